//! Who issues what is printed.

/// Limit: characters of a line.
const LINE_CHARS_MAX: usize = 120;

/// The lines at the head of every document, as Nghị định 30/2020 (Phụ lục I, II.2 and II.4) asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letterhead {
    /// The body above; empty for one that has none.
    pub above: String,
    /// Who issues.
    pub agency: String,
    /// The place that stands before the date.
    pub place: String,
}

impl Default for Letterhead {
    /// The office that this program is modelled on.
    fn default() -> Self {
        Letterhead {
            above: "Chính phủ".into(), agency: "Văn phòng Chính phủ".into(), place: "Hà Nội".into()
        }
    }
}

impl Letterhead {
    /// Without blanks around its lines; none if who issues or the place is missing, or a line is too long to print.
    pub fn checked(self) -> Option<Self> {
        let [above, agency, place] = [self.above, self.agency, self.place].map(|line| line.trim().to_owned());
        let is_short = [&above, &agency, &place].iter().all(|line| line.chars().count() <= LINE_CHARS_MAX);
        (is_short && !agency.is_empty() && !place.is_empty()).then_some(Letterhead { above, agency, place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letterhead_without_an_office_or_with_endless_lines_is_none() {
        let with = |agency: &str| Letterhead { agency: agency.into(), ..Letterhead::default() }.checked();
        assert_eq!(with("  "), None);
        assert_eq!(with(&"Ủ".repeat(121)), None);
        assert_eq!(with(" Văn phòng Ủy ban ").map(|l| l.agency), Some("Văn phòng Ủy ban".into()));
        let alone = Letterhead { above: String::new(), ..Letterhead::default() };
        assert_eq!(alone.clone().checked(), Some(alone));
    }
}
