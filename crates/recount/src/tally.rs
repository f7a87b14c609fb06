//! Any table of votes, counted anew under a rule set: `vote,seat,choice,pm` in, one line a vote out.
//!
//! A table holds no attendance: a seat with a choice counts as attending.

use cabinet_domain::{Decision, Grounds, PrimeMinister, RuleSet, SessionVote};
use std::collections::BTreeSet;

const COLUMNS: [&str; 4] = ["vote", "seat", "choice", "pm"];

/// Why a table is refused. Lines count from 1, the header's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// The first line is another.
    #[error("line 1: the columns are `vote,seat,choice,pm`")]
    Columns,
    /// A line is no CSV of four fields.
    #[error("line {line}: not four fields")]
    Fields { line: u64 },
    /// A choice that there is not.
    #[error("line {line}: `{choice}` is none of yes, no, other, none")]
    Choice { line: u64, choice: String },
    /// Neither 1 nor 0.
    #[error("line {line}: pm is 1 or 0, not `{pm}`")]
    PrimeMinister { line: u64, pm: String },
    /// A seat stands twice in a vote.
    #[error("line {line}: seat `{seat}` stands twice in vote `{vote}`")]
    SeatTwice { line: u64, vote: String, seat: String },
    /// Two Prime Ministers in one vote.
    #[error("line {line}: a second Prime Minister in vote `{vote}`")]
    TwoPrimeMinisters { line: u64, vote: String },
    /// A vote or a seat without a name.
    #[error("line {line}: a vote and a seat need a name")]
    Nameless { line: u64 },
}

/// One vote's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Its name in the table.
    pub vote: String,
    /// Seats on its roster.
    pub members: u32,
    /// Seats with a choice.
    pub cast: u32,
    /// Members needed to decide.
    pub quorum: u32,
    /// For.
    pub yes: u32,
    /// Against.
    pub no: u32,
    /// Other opinions.
    pub other: u32,
    /// The outcome.
    pub decision: Decision,
    /// Why.
    pub grounds: Grounds,
}

struct Votes {
    name: String,
    seats: BTreeSet<String>,
    counted: SessionVote,
    has_prime_minister: bool,
}

/// Counts every vote of a table, in the order in which they first stand there.
pub fn tally(table: &[u8], rules: &RuleSet) -> Result<Vec<Tally>, TallyError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table);
    if reader.headers().ok().is_none_or(|h| h.iter().map(str::trim).ne(COLUMNS)) {
        return Err(TallyError::Columns);
    }
    let mut votes: Vec<Votes> = Vec::new();
    for (n, row) in reader.records().enumerate() {
        let line = row.as_ref().ok().and_then(|r| r.position()).map_or(n as u64 + 2, csv::Position::line);
        let row = row.map_err(|_| TallyError::Fields { line })?;
        let fields: Vec<&str> = row.iter().map(str::trim).collect();
        let [vote, seat, choice, pm] = fields[..] else { return Err(TallyError::Fields { line }) };
        take(&mut votes, line, vote, seat, choice, pm)?;
    }
    Ok(votes.into_iter().map(|v| result(v, rules)).collect())
}

fn take(votes: &mut Vec<Votes>, line: u64, vote: &str, seat: &str, choice: &str, pm: &str) -> Result<(), TallyError> {
    if vote.is_empty() || seat.is_empty() {
        return Err(TallyError::Nameless { line });
    }
    let is_prime_minister = match pm {
        "1" => true,
        "0" => false,
        other => return Err(TallyError::PrimeMinister { line, pm: other.to_owned() }),
    };
    let at = votes.iter().position(|v| v.name == vote).unwrap_or_else(|| {
        let prime_minister = PrimeMinister::Neither;
        let counted = SessionVote { members: 0, attending: 0, yes: 0, no: 0, other: 0, prime_minister };
        votes.push(Votes { name: vote.to_owned(), seats: BTreeSet::new(), counted, has_prime_minister: false });
        votes.len() - 1
    });
    let known = &mut votes[at];
    if !known.seats.insert(seat.to_owned()) {
        return Err(TallyError::SeatTwice { line, vote: vote.to_owned(), seat: seat.to_owned() });
    }
    if is_prime_minister && std::mem::replace(&mut known.has_prime_minister, true) {
        return Err(TallyError::TwoPrimeMinisters { line, vote: vote.to_owned() });
    }
    let counted = &mut known.counted;
    let (count, said) = match choice {
        "yes" => (Some(&mut counted.yes), PrimeMinister::Yes),
        "no" => (Some(&mut counted.no), PrimeMinister::No),
        "other" => (Some(&mut counted.other), PrimeMinister::Neither),
        "none" => (None, PrimeMinister::Neither),
        other => return Err(TallyError::Choice { line, choice: other.to_owned() }),
    };
    counted.members += 1;
    if let Some(count) = count {
        *count += 1;
        counted.attending += 1;
    }
    if is_prime_minister {
        counted.prime_minister = said;
    }
    Ok(())
}

fn result(votes: Votes, rules: &RuleSet) -> Tally {
    let v = votes.counted;
    let (decision, grounds) = v.decide(rules).expect("votes are counted from the seats that attend");
    Tally {
        vote: votes.name,
        members: v.members,
        cast: v.attending,
        quorum: rules.quorum_at(v.members),
        yes: v.yes,
        no: v.no,
        other: v.other,
        decision,
        grounds,
    }
}

/// The results as CSV: `vote,members,cast,quorum,yes,no,other,result,why`.
pub fn csv_of(tallies: &[Tally]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut row = |fields: &[&str]| writer.write_record(fields).expect("all rows have nine fields");
    row(&["vote", "members", "cast", "quorum", "yes", "no", "other", "result", "why"]);
    for t in tallies {
        let numbers = [t.members, t.cast, t.quorum, t.yes, t.no, t.other].map(|n| n.to_string());
        let result = match t.decision {
            Decision::Adopted => "adopted",
            Decision::NotAdopted => "not_adopted",
            Decision::NoQuorum => "no_quorum",
        };
        let mut fields = vec![t.vote.as_str()];
        fields.extend(numbers.iter().map(String::as_str));
        let why = crate::why(&t.grounds);
        fields.extend([result, &why]);
        row(&fields);
    }
    String::from_utf8(writer.into_inner().expect("writing to memory does not fail")).expect("all fields are text")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use cabinet_domain::RuleBook;

    fn table(vote: &str, yes: u32, no: u32, other: u32, members: u32, pm: &str) -> String {
        let mut out = String::new();
        let choices = [("yes", yes), ("no", no), ("other", other), ("none", members - yes - no - other)];
        let mut prime_minister = Some(pm).filter(|p| !p.is_empty());
        let mut seat = 0;
        for (choice, count) in choices {
            for _ in 0..count {
                seat += 1;
                let is_pm = prime_minister.take_if(|p| *p == choice).is_some();
                out += &format!("{vote},{seat},{choice},{}\n", u8::from(is_pm));
            }
        }
        out
    }

    fn count(rows: &str) -> Result<Vec<Tally>, TallyError> {
        let book = RuleBook::shipped();
        tally(format!("vote,seat,choice,pm\n{rows}").as_bytes(), book.named("nd191-2026").unwrap())
    }

    /// Vectors 1, 2, 3, 4, 5, 11 of the law.
    #[test]
    fn vectors_of_the_law() {
        let rows = [
            table("1", 25, 0, 0, 27, "yes"),
            table("2", 13, 4, 3, 27, "yes"),
            table("3", 10, 4, 3, 27, ""),
            table("4", 14, 4, 0, 27, "no"),
            table("5", 12, 12, 0, 27, "yes"),
            table("11", 12, 12, 0, 27, ""),
        ];
        let results: Vec<Decision> = count(&rows.concat()).unwrap().into_iter().map(|t| t.decision).collect();
        use Decision::*;
        assert_eq!(results, [Adopted, NotAdopted, NoQuorum, Adopted, Adopted, NotAdopted]);
    }

    #[test]
    fn numbers_and_rule_stand_in_the_line() {
        let text = csv_of(&count(&table("A", 13, 4, 3, 27, "yes")).unwrap());
        let line = text.lines().nth(1).unwrap();
        assert_eq!(line, "A,27,20,18,13,4,3,not_adopted,\"13, below the 14 needed\"");
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        let refused = |rows: &str| count(rows).unwrap_err();
        assert_eq!(refused("a,1,maybe,0\n"), TallyError::Choice { line: 2, choice: "maybe".into() });
        assert_eq!(
            refused("a,1,yes,0\na,1,no,0\n"),
            TallyError::SeatTwice { line: 3, vote: "a".into(), seat: "1".into() }
        );
        assert_eq!(
            refused("a,1,yes,1\nb,1,yes,1\na,2,no,1\n"),
            TallyError::TwoPrimeMinisters { line: 4, vote: "a".into() }
        );
        assert_eq!(refused("a,1,yes,2\n"), TallyError::PrimeMinister { line: 2, pm: "2".into() });
        assert_eq!(refused("a,1,yes\n"), TallyError::Fields { line: 2 });
        assert_eq!(refused(",1,yes,0\n"), TallyError::Nameless { line: 2 });
        let book = RuleBook::shipped();
        assert_eq!(tally(b"seat,vote\n", &book.all()[0]), Err(TallyError::Columns));
    }
}
