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
    } else if for_it == disagreed && for_it > 0 && tie_overrides {
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
