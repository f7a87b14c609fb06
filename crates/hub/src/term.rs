//! The term of the hub's stamps across restarts and restores.

use crate::{LedgerStore, Orderer};
use anyhow::{Context, Result};
use cabinet_disk::write_whole;
use std::path::Path;

/// Says that a restore is under way; the next ordinary start begins a new term.
const RESTORING: &str = "restoring";
const TERM: &str = "term";

/// Whether a restore is under way.
pub(crate) fn is_restoring(data: &Path) -> bool {
    data.join(RESTORING).exists()
}

/// Brings the orderer to its term. An ordinary start after a restore begins the next one, so that no two stamps of one term
/// can name the same place.
pub(crate) fn settle<S: LedgerStore>(data: &Path, orderer: &mut Orderer<S>, is_restored: bool) -> Result<()> {
    let (restoring, term) = (data.join(RESTORING), data.join(TERM));
    if term.exists() {
        let text = std::fs::read_to_string(&term)?;
        orderer.begin_term(text.trim().parse().context("DATA/term is not a number")?);
    }
    if is_restored {
        return Ok(std::fs::write(&restoring, "")?);
    }
    if restoring.exists() {
        orderer.begin_term(orderer.term() + 1);
        // The term first: it must not be used twice, whatever happens in between.
        write_whole(&term, orderer.term().to_string().as_bytes())?;
        std::fs::remove_file(&restoring)?;
    }
    Ok(())
}
