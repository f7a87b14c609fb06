//! What people type, paste and open.

use cabinet_domain::{
    Calendar, Law, RuleSet, TEXT_CHARS_MAX, check_text, clean_text, excerpt, fold_for_search, match_files, read_outline,
};

/// A text is cleaned once for all, can be searched, and is read as an agenda.
pub fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let clean = clean_text(&text);
    assert_eq!(clean_text(&clean), clean, "what is clean stays as it is");
    if clean.chars().count() <= TEXT_CHARS_MAX {
        assert_eq!(check_text(&clean), Ok(()), "what is clean may stand in the ledger");
    }
    let (first, rest) = clean.split_once('\n').unwrap_or((&clean, ""));
    let _ = (excerpt(rest, first).len(), fold_for_search(&clean).len());
    let outline = read_outline(&text);
    assert!(outline.len() <= text.lines().count().max(1) * 2, "an agenda is no longer than its list");
    let items: Vec<_> = outline.iter().map(|line| (String::new(), line.title.clone())).collect();
    let paths: Vec<_> = rest.lines().map(str::to_owned).take(50).collect();
    assert_eq!(match_files(&items, &paths).len(), paths.len());
}

/// A rule set or a calendar that an organisation adds.
pub fn law(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(rules) = RuleSet::parse(text) {
        for members in [0, 1, 2, 27, 1_000] {
            assert!(rules.adopts_at(members) <= members.max(1) + 1);
            let _ = rules.quorum_at(members);
        }
    }
    let _ = (Calendar::parse(&[text]).is_ok(), Law::shipped().with(text).is_ok());
}
