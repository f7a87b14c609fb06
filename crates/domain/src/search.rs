//! How Vietnamese is folded, to find words and to match names of files: NFC at the door, marks off, đ as d. FTS5's own folding never touches đ.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case, without marks: "Đầu tư công" becomes "dau tu cong".
pub fn fold_for_search(text: &str) -> String {
    let folded = text.nfd().filter(|c| !is_combining_mark(*c)).map(|c| match c {
        'đ' | 'Đ' => 'd',
        other => other,
    });
    folded.flat_map(char::to_lowercase).collect()
}

/// Words of an excerpt, and how many of them stand before the place that was found.
const EXCERPT_WORDS: usize = 24;
const EXCERPT_LEAD: usize = 6;

/// The part of a text around where most of the words stand nearest to each other, with "…" for what is left out. `words` begin those of the text, with or without
/// marks; where none does, it is the text's beginning.
pub fn excerpt(text: &str, words: &str) -> String {
    let fold = |word: &str| fold_for_search(word.trim_start_matches(|c: char| !c.is_alphanumeric()));
    let wanted: Vec<String> = words.split_whitespace().map(fold).filter(|w| !w.is_empty()).collect();
    let all: Vec<&str> = text.split_whitespace().collect();
    let found: Vec<Option<usize>> =
        (all.iter().map(|word| fold(word))).map(|word| wanted.iter().position(|w| word.starts_with(w))).collect();
    // Each place that was found is judged by how many different words follow it closely.
    let follow = |at: usize| {
        let near = found[at..].iter().take(EXCERPT_WORDS - EXCERPT_LEAD).flatten();
        near.collect::<std::collections::BTreeSet<_>>().len()
    };
    let places = (0..all.len()).filter(|at| found[*at].is_some());
    let best = places.max_by_key(|at| (follow(*at), std::cmp::Reverse(*at))).unwrap_or(0);
    let from = best.saturating_sub(EXCERPT_LEAD);
    let to = (from + EXCERPT_WORDS).min(all.len());
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < all.len() { "…" } else { "" });
    format!("{before}{}{after}", all[from..to].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accented_letter_folds_to_its_base() {
        let letters = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ";
        let folded = fold_for_search(&(letters.to_owned() + &letters.to_uppercase()));
        assert_eq!(folded.chars().count(), 134);
        assert!(folded.chars().all(|c| "aeiouyd".contains(c)), "{folded}");
        assert_eq!(fold_for_search("Đầu tư công"), "dau tu cong");
    }

    #[test]
    fn excerpt_shows_what_was_looked_for() {
        let filler = vec!["chữ"; 40].join(" ");
        let text = format!("Tờ trình đầu tiên {filler} về “Đầu tư công” năm 2026 {filler}");
        for words in ["đầu tư công", "dau tu cong", "CÔNG đầu", "dau tu co"] {
            let shown = excerpt(&text, words);
            assert!(shown.contains("về “Đầu tư công” năm 2026"), "{words}: {shown}");
            assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        }
        assert_eq!(excerpt("Một hai", "ba"), "Một hai");
        assert_eq!(excerpt("", "ba"), "");
    }
}
