//! `cabinet-recount FILE --root FINGERPRINT`.

use cabinet_domain::{Decision, Grounds, QuestionResult};
use cabinet_recount::{Recounted, recount};
use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about = "Recounts an exported opinion form, without the app or the hub.")]
struct Arguments {
    /// The exported record.
    file: PathBuf,
    /// The organisation's fingerprint, from elsewhere. Without it the record is called consistent, never genuine.
    #[arg(long)]
    root: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let bytes = match std::fs::read(&arguments.file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{}: {error}", arguments.file.display());
            return ExitCode::from(2);
        }
    };
    match recount(&bytes, arguments.root.as_deref()) {
        Ok(recounted) => {
            print(&recounted);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("REFUSED: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(recounted: &Recounted) {
    let verdict = if recounted.is_genuine { "genuine" } else { "consistent" };
    println!("{verdict}: {} register entries, {} form entries", recounted.checked.0, recounted.checked.1);
    println!("root {}", recounted.fingerprint);
    if let Some(content) = &recounted.state.content {
        println!("form {} {}", content.number, content.title);
    }
    println!("rule {} ({})", recounted.result.act, recounted.result.rule_set);
    for (index, question) in recounted.result.questions.iter().enumerate() {
        println!("question {}: {}", index + 1, line(question));
    }
    println!(
        "signed in time, received late: {}; late: {}",
        recounted.result.signed_in_time.len(),
        recounted.result.late.len()
    );
}

fn line(q: &QuestionResult) -> String {
    let decision = match q.decision {
        Decision::Adopted => "adopted",
        Decision::NotAdopted => "not adopted",
        Decision::NoQuorum => "no quorum",
    };
    let why = match q.grounds {
        Grounds::Majority { yes, needed } => format!("{yes} of the {needed} needed"),
        Grounds::TooFew { yes, needed } => format!("{yes}, below the {needed} needed"),
        Grounds::TieBroken { each, needed, .. } => {
            format!("{each} : {each} (needed {needed}), the Prime Minister's vote decides")
        }
        Grounds::TieNotBroken { each, needed } => format!("{each} : {each} (needed {needed}), not broken"),
        Grounds::NoQuorum { present, needed } => format!("{present} present, {needed} needed"),
    };
    format!(
        "{decision}: {why}; members {}, asked {}, agreed {}, deemed {}, disagreed {}, other {}, reserved {}",
        q.members, q.asked, q.agreed, q.deemed, q.disagreed, q.other, q.reserved
    )
}
