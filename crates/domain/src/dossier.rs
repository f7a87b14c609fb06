//! A dossier of more than 10 A4 pages needs a summary of at most 6.

use crate::RuleSet;

/// Page counts of a dossier, A4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dossier {
    /// Pages without the summary.
    pub pages: u32,
    /// Pages of its summary, if it has one.
    pub summary_pages: Option<u32>,
}

/// Why a dossier is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DossierError {
    /// Too long to go without a summary.
    #[error("a dossier of {pages} pages needs a summary (more than {limit})")]
    SummaryMissing { pages: u32, limit: u32 },
    /// The summary is too long to be one.
    #[error("the summary has {pages} pages, more than {limit}")]
    SummaryTooLong { pages: u32, limit: u32 },
}

impl Dossier {
    /// Checks the page limits of a rule set.
    pub fn check(self, rules: &RuleSet) -> Result<(), DossierError> {
        let limits = &rules.dossier;
        match self.summary_pages {
            None if self.pages > limits.pages_before_summary => {
                Err(DossierError::SummaryMissing { pages: self.pages, limit: limits.pages_before_summary })
            }
            Some(pages) if pages > limits.summary_pages_max => {
                Err(DossierError::SummaryTooLong { pages, limit: limits.summary_pages_max })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleBook;

    #[test]
    fn vector_10_long_dossier_without_summary_and_with_a_long_one_is_refused() {
        let book = RuleBook::shipped();
        let rules = book.named("nd191-2026").expect("shipped");
        let check = |pages, summary_pages| Dossier { pages, summary_pages }.check(rules);
        assert_eq!(check(11, None), Err(DossierError::SummaryMissing { pages: 11, limit: 10 }));
        assert_eq!(check(11, Some(7)), Err(DossierError::SummaryTooLong { pages: 7, limit: 6 }));
        assert_eq!(check(11, Some(6)), Ok(()));
        assert_eq!(check(10, None), Ok(()));
    }
}
