//! `cabinet-paper-worker LIBPDFIUM`: serves one parent over stdin and stdout.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(library) = arguments.next().map(PathBuf::from) else { return ExitCode::from(2) };
    if arguments.next().is_some_and(|a| a == "--escapes") {
        let locked = cabinet_paper::lock::lock();
        let through = cabinet_paper::lock::escapes();
        println!("{locked:?} {through:?}");
        return if locked.is_ok() && through.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match cabinet_paper::serve(&library) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
