//! The rule of opinion forms a second time, from the text of RULES and without `cabinet-domain`: whoever trusts one must find the
//! other agreeing.

/// What one member did about one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    NotAsked,
    Silent,
    Yes,
    No,
    Other,
}

/// Counts and outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub agreed: u32,
    pub deemed: u32,
    pub disagreed: u32,
    pub other: u32,
    pub adopted: bool,
}

/// The outcome of a form. `said` has one item a member of the roster; `pm` is the Prime Minister's place in it.
pub fn outcome(said: &[Said], pm: Option<usize>, tie_overrides: bool) -> Outcome {
    let count = |what: Said| said.iter().filter(|s| **s == what).count() as u32;
    let (agreed, deemed) = (count(Said::Yes), count(Said::Silent));
    let (disagreed, other) = (count(Said::No), count(Said::Other));
    let for_it = agreed + deemed;
    let adopted = if 2 * for_it > said.len() as u32 {
        true
    } else if for_it == disagreed && 2 * (for_it + disagreed) > said.len() as u32 && tie_overrides {
        pm.is_some_and(|pm| matches!(said[pm], Said::Yes | Said::Silent))
    } else {
        false
    };
    Outcome { agreed, deemed, disagreed, other, adopted }
}

/// An answer as it arrived: who, when, what. In the order of arrival.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    pub member: usize,
    pub at_ms: i64,
    pub said: Said,
}

/// What each member of the roster is taken to have said when the form closes: the last answer that arrived by the deadline;
/// whoever was asked and gave none is silent.
pub fn taken(asked: &[bool], arrived: &[Arrived], deadline_ms: i64) -> Vec<Said> {
    let mut said: Vec<Said> = asked.iter().map(|a| if *a { Said::Silent } else { Said::NotAsked }).collect();
    for answer in arrived.iter().filter(|a| a.at_ms <= deadline_ms && asked[a.member]) {
        said[answer.member] = answer.said;
    }
    said
}

/// A ballot as it stands in the ledger, in its order.
pub struct Cast {
    pub person: u128,
    pub id: u128,
    pub device: u128,
    pub counter: u64,
    pub replaces: Vec<u128>,
    /// 1 yes, 2 no, 3 other.
    pub says: u8,
}

/// A vote in a session, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tallied {
    pub yes: u32,
    pub no: u32,
    pub other: u32,
    pub attending: u32,
    pub adopted: bool,
}

/// Counts a vote. `members` says who is the Prime Minister, `present` who was there when it was opened, `by_hand` what a teller wrote down,
/// which yields to a ballot; a quorum of two thirds.
pub fn tally(members: &[(u128, bool)], present: &[u128], ballots: &[Cast], by_hand: &[(u128, u8)]) -> Tallied {
    let last = |person: u128| {
        let mine: Vec<&Cast> = ballots.iter().filter(|b| b.person == person).collect();
        let is_over = |b: &&&Cast| {
            mine.iter().any(|o| (o.device == b.device && o.counter > b.counter) || o.replaces.contains(&b.id))
        };
        mine.iter().rfind(|b| !is_over(b)).map(|b| b.says)
    };
    let said = |person: u128| {
        let written = by_hand.iter().find(|(p, _)| *p == person).map(|(_, says)| *says);
        last(person).or(written)
    };
    let count = |what: u8| members.iter().filter(|(p, _)| said(*p) == Some(what)).count() as u32;
    let (yes, no, other) = (count(1), count(2), count(3));
    let is_there = |p: u128| present.contains(&p) || said(p).is_some();
    let attending = members.iter().filter(|(p, _)| is_there(*p)).count() as u32;
    let all = members.len() as u32;
    let pm = members.iter().find(|(_, is_pm)| *is_pm).and_then(|(p, _)| said(*p));
    let has_quorum = 3 * attending >= 2 * all;
    let is_tie = yes == no && 2 * (yes + no) > all;
    let adopted = has_quorum && (2 * yes > all || (is_tie && pm == Some(1)));
    Tallied { yes, no, other, attending, adopted }
}
