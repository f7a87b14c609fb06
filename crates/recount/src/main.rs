//! `cabinet-recount FILE --root FINGERPRINT`, and `cabinet-recount tally VOTES.csv --rules ID [--date D]`.

use cabinet_domain::{
    BallotChoice, Decision, FormResult, FormState, QuestionResult, RuleBook, SessionState, VoteOutcome,
};
use cabinet_recount::{Found, Recounted, recount, tally, why};
use chrono::NaiveDate;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about = "Recounts exported records and tables of votes, without the app or the hub.")]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The exported record.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// The organisation's fingerprint, from elsewhere. Without it the record is called consistent, never genuine.
    #[arg(long)]
    root: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Count a table `vote,seat,choice,pm`: choice yes, no, other or none; pm 1 for the Prime Minister, 0 else.
    Tally {
        /// The table.
        votes: PathBuf,
        /// The rule set: nd138-2016, nd39-2022 or nd191-2026.
        #[arg(long)]
        rules: String,
        /// The day of the vote; the rule set must have been in force.
        #[arg(long)]
        date: Option<NaiveDate>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let counted = match (arguments.command, arguments.file) {
        (Some(Command::Tally { votes, rules, date }), _) => count_table(&votes, &rules, date),
        (None, Some(file)) => count_record(&file, arguments.root.as_deref()),
        (None, None) => Err((2, "no file".to_owned())),
    };
    match counted {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            eprintln!("{error}");
            ExitCode::from(code)
        }
    }
}

/// Exit code 2: it could not be read; 1: it was read and is refused.
type Counted = Result<(), (u8, String)>;

fn read(file: &Path) -> Result<Vec<u8>, (u8, String)> {
    std::fs::read(file).map_err(|error| (2, format!("{}: {error}", file.display())))
}

fn count_record(file: &Path, root: Option<&str>) -> Counted {
    let recounted = recount(&read(file)?, root).map_err(|error| (1, format!("REFUSED: {error}")))?;
    print(&recounted);
    Ok(())
}

fn count_table(file: &Path, rules: &str, date: Option<NaiveDate>) -> Counted {
    let book = RuleBook::shipped();
    let rules = book.named(rules).map_err(|error| (2, error.to_string()))?;
    if let Some(date) = date.filter(|d| !rules.is_in_force(*d)) {
        return Err((1, format!("REFUSED: {} was not in force on {date}", rules.id)));
    }
    let counted = tally::tally(&read(file)?, rules).map_err(|error| (1, format!("REFUSED: {error}")))?;
    print!("{}", tally::csv_of(&counted));
    Ok(())
}

fn print(recounted: &Recounted) {
    let verdict = if recounted.is_genuine { "genuine" } else { "consistent" };
    println!("{verdict}: {} register entries, {} entries", recounted.checked.0, recounted.checked.1);
    println!("root {}", recounted.fingerprint);
    match &recounted.found {
        Found::Form(state, result) => print_form(state, result),
        Found::Session(state) => print_session(state),
    }
}

fn print_form(state: &FormState, result: &FormResult) {
    if let Some(content) = &state.content {
        println!("form {} {}", content.number, content.title);
    }
    println!("rule {} ({})", result.act, result.rule_set);
    for (index, question) in result.questions.iter().enumerate() {
        println!("question {}: {}", index + 1, line(question));
    }
    println!("signed in time, received late: {}; late: {}", result.signed_in_time.len(), result.late.len());
}

fn print_session(state: &SessionState) {
    if let Some(issued) = state.issued() {
        let letter = SessionState::letter(state.versions.len() - 1);
        println!("session {} (version {letter})", issued.content.title());
    }
    if let Some(rules) = state.opening.as_ref().map(|o| &o.rule_set) {
        println!("rule set {rules}");
    }
    let there = state.attendance.iter().filter(|a| a.now().is_there()).count();
    println!("attendance: {there} there at the end, {} seen", state.attendance.len());
    for (index, vote) in state.votes.iter().enumerate() {
        let Some(result) = &vote.result else { continue };
        let said =
            result.counts.iter().map(|c| format!("{} {}", choice(c.choice), c.count)).collect::<Vec<_>>().join(", ");
        let outcome = match &result.outcome {
            VoteOutcome::YesNo { decision, grounds } => format!("{}: {}", decided(*decision), why(grounds)),
            VoteOutcome::OneOf { chosen: Some(n), needed } => format!("option {} chosen, {needed} needed", n + 1),
            VoteOutcome::OneOf { chosen: None, needed } => format!("no option reaches {needed}"),
        };
        let repeated = if vote.repeated_by.is_some() { " (repeated later)" } else { "" };
        println!(
            "vote {}{repeated}: {outcome}; members {}, attending {}, {said}",
            index + 1,
            result.members,
            result.attending
        );
    }
}

fn choice(choice: BallotChoice) -> String {
    match choice {
        BallotChoice::Yes => "yes".to_owned(),
        BallotChoice::No => "no".to_owned(),
        BallotChoice::Other => "other".to_owned(),
        BallotChoice::Option(n) => format!("option {}", n + 1),
    }
}

fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Adopted => "adopted",
        Decision::NotAdopted => "not adopted",
        Decision::NoQuorum => "no quorum",
    }
}

fn line(q: &QuestionResult) -> String {
    let decision = decided(q.decision);
    let why = why(&q.grounds);
    format!(
        "{decision}: {why}; members {}, asked {}, agreed {}, deemed {}, disagreed {}, other {}, reserved {}",
        q.members, q.asked, q.agreed, q.deemed, q.disagreed, q.other, q.reserved
    )
}
