//! More of something than there may be, with both figures: who is stopped by a limit is told how far beyond it they are.

use serde::{Deserialize, Serialize};

/// What has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limited {
    /// Characters of one text.
    Characters,
    /// Bytes of all remarks of one answer together.
    AnswerBytes,
    /// Questions of a form.
    Questions,
    /// Papers of a form.
    Papers,
    /// People in one field.
    People,
    /// Fields written by one edit, or writes that one of them has before it.
    Writes,
}

/// How much there is of it, and how much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{is} of {of:?}, where {most} may be")]
pub struct Excess {
    pub of: Limited,
    pub is: u32,
    pub most: u32,
}

impl Limited {
    /// Whether there is no more than may be.
    pub fn within(self, is: usize, most: usize) -> Result<(), Excess> {
        let figure = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if is > most { Err(Excess { of: self, is: figure(is), most: figure(most) }) } else { Ok(()) }
    }
}
