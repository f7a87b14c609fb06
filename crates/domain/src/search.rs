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
}
