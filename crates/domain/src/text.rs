//! Text as people write it: put right once, where it enters, and judged by the rules where it stands.

use crate::{Excess, Limited};
use unicode_normalization::UnicodeNormalization;

/// Limit: a text, in characters; an annex belongs in a paper.
pub const TEXT_CHARS_MAX: usize = 20_000;

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// More than [`TEXT_CHARS_MAX`] characters.
    TooLong(Excess),
    /// It has signs that are not seen, or turn around what is.
    NotPlain,
}

/// Checks a text that stands in the ledger. Invariant: every version of the program judges alike, so only ranges count that Unicode has fixed
/// for good; whether it is composed does not, since that rests on a version of Unicode.
pub fn check_text(text: &str) -> Result<(), TextFault> {
    if text.chars().any(is_unseen) {
        return Err(TextFault::NotPlain);
    }
    // Bytes first: most texts are short.
    if text.len() <= TEXT_CHARS_MAX {
        return Ok(());
    }
    Limited::Characters.within(text.chars().count(), TEXT_CHARS_MAX).map_err(TextFault::TooLong)
}

/// A text as it is kept: composed (NFC), with plain line ends, without what is not seen. Word's bullets, which it takes from the private range,
/// become bullets.
pub fn clean_text(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}'], "\n");
    let seen = lines.chars().map(|c| if WORD_BULLETS.contains(&c) { '•' } else { c });
    seen.filter(|c| !is_unseen(*c) && !is_joiner(*c)).nfc().collect()
}

/// Bullets of Word's symbol fonts: a disc, a square, a dash, an arrow, a tick.
const WORD_BULLETS: [char; 6] = ['\u{f0b7}', '\u{f0a7}', '\u{f02d}', '\u{f0d8}', '\u{f0fc}', '\u{f0a8}'];

/// Control characters, signs that turn the direction of others, and private ones, which everybody's fonts draw otherwise.
fn is_unseen(c: char) -> bool {
    let is_control = c.is_control() && c != '\n' && c != '\t';
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}');
    is_control || turns || is_private
}

/// Signs of no width that copying from web pages and byte order marks leave behind.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_kept_composed_and_as_it_is_seen() {
        assert_eq!(clean_text("Nghi\u{323} \u{111}i\u{323}nh\r\n\u{feff}s\u{1ed1} 1\u{200b}"), "Nghị định\nsố 1");
        assert_eq!(clean_text("\u{f0b7}\tTờ trình\u{0}\u{202e}"), "•\tTờ trình");
    }

    #[test]
    fn what_turns_or_hides_text_is_refused() {
        for hidden in ["\u{202e}ýồn", "a\u{0}", "\u{e001}", "a\u{7f}", "\u{2066}x\u{2069}", "a\u{85}"] {
            assert_eq!(check_text(hidden), Err(TextFault::NotPlain), "{hidden:?}");
        }
        assert_eq!(check_text("Điều 1.\n\tKhoản 2"), Ok(()));
    }

    #[test]
    fn longest_text_is_counted_in_characters() {
        assert_eq!(check_text(&"ệ".repeat(TEXT_CHARS_MAX)), Ok(()));
        assert_eq!(
            check_text(&"ệ".repeat(TEXT_CHARS_MAX + 1)),
            Err(TextFault::TooLong(Excess { of: Limited::Characters, is: 20_001, most: 20_000 }))
        );
    }

    proptest! {
        #[test]
        fn cleaned_text_is_plain_and_stays_as_it_is(text in any::<String>()) {
            let clean = clean_text(&text);
            prop_assert_eq!(check_text(&clean), Ok(()));
            prop_assert_eq!(clean_text(&clean), clean);
        }
    }
}
