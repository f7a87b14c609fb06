//! `cabinet-paper-worker LIBPDFIUM`: serves one parent over stdin and stdout.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Locks this process, tries to get out, and says of each act how it was refused, in the one way that is left.
fn tried() -> Result<(), Box<dyn std::error::Error>> {
    let mut pipes = cabinet_paper::pipes()?;
    cabinet_paper::lock::lock(&pipes)?;
    let said: String = cabinet_paper::escapes::escapes()
        .into_iter()
        .map(|(act, refused)| match refused {
            Some(errno) => format!("{act}: errno {errno}\n"),
            None => format!("{act}: GOT THROUGH\n"),
        })
        .collect();
    Ok(pipes.1.write_all(said.as_bytes())?)
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(library) = arguments.next().map(PathBuf::from) else { return ExitCode::from(2) };
    if arguments.next().is_some_and(|a| a == "--escapes") {
        return if tried().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match cabinet_paper::serve(&library) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
