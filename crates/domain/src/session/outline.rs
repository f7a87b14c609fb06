//! A numbered list out of a text, and files matched to items by name: how an agenda of 15 items is made in minutes.

use super::ItemKind;
use crate::fold_for_search;

/// Limit: longer lists are something else.
const LINES_MAX: usize = 300;

/// One line of a pasted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineLine {
    /// 1 for the left.
    pub level: u32,
    /// A section, or a decision.
    pub kind: ItemKind,
    /// The line without its number.
    pub title: String,
    /// Who presents, if the line ends with "(... trình)" or the like.
    pub presenter: String,
}

/// Reads a list: "I." and "A." begin sections, "1." items, "1.1", "a)" and "-" sub-items. A line without a sign goes on with the one
/// before; a text without any sign has one item a line.
pub fn read_outline(text: &str) -> Vec<OutlineLine> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty()).take(LINES_MAX);
    let has_signs = text.lines().any(|l| sign(l.trim()).is_some());
    let mut out: Vec<OutlineLine> = Vec::new();
    let mut has_sections = false;
    for line in lines {
        match (sign(line), has_signs) {
            (Some((Sign::Section, rest)), _) => {
                has_sections = true;
                out.push(made(1, ItemKind::Section, rest));
            }
            (Some((Sign::Item, rest)), _) => out.push(made(1 + u32::from(has_sections), ItemKind::Decision, rest)),
            (Some((Sign::SubItem, rest)), _) => out.push(made(2 + u32::from(has_sections), ItemKind::Decision, rest)),
            (None, true) => {
                // Without one before it is a heading above the list.
                if let Some(last) = out.last_mut() {
                    let longer = made(last.level, last.kind, &format!("{} {line}", last.title));
                    let is_named = longer.presenter.is_empty();
                    let presenter = if is_named { std::mem::take(&mut last.presenter) } else { longer.presenter };
                    *last = OutlineLine { presenter, ..longer };
                }
            }
            (None, false) => out.push(made(1, ItemKind::Decision, line)),
        }
    }
    out
}

fn made(level: u32, kind: ItemKind, text: &str) -> OutlineLine {
    let (title, presenter) = presenter(text);
    OutlineLine { level, kind, title, presenter }
}

/// "… (Bộ Tài chính trình)" or "… (Bộ Tài chính)" at the end names who presents.
fn presenter(text: &str) -> (String, String) {
    let text = text.trim().trim_end_matches([';', '.', ',']).trim();
    let found = text.strip_suffix(')').and_then(|t| t.rsplit_once('('));
    let offices = ["Bộ", "Thanh tra", "Văn phòng", "Ngân hàng", "Ủy ban", "Phó Thủ tướng", "Thủ tướng"];
    match found {
        Some((title, inside)) if offices.iter().any(|o| inside.trim().starts_with(o)) => {
            let who = inside.trim().trim_end_matches("trình bày").trim_end_matches("trình").trim();
            (title.trim().to_owned(), who.to_owned())
        }
        _ => (text.to_owned(), String::new()),
    }
}

enum Sign {
    Section,
    Item,
    SubItem,
}

fn sign(line: &str) -> Option<(Sign, &str)> {
    if let Some(rest) = line.strip_prefix(['-', '–', '•', '+', '*']) {
        return Some((Sign::SubItem, rest.trim()));
    }
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))?;
    let (head, rest) = line.split_at(end);
    let (head, rest) = match rest.strip_prefix([')', ':', '/']) {
        Some(rest) => (head, rest),
        // "8 - Việc khác"
        None if ["- ", "– "].iter().any(|dash| rest.trim_start().starts_with(dash)) => {
            (head, rest.trim_start().trim_start_matches(['-', '–']))
        }
        None if head.contains('.') && rest.starts_with(char::is_whitespace) => (head, rest),
        None => return None,
    };
    let head = head.trim_end_matches('.');
    let numbers: Vec<&str> = head.split('.').collect();
    let sign = match numbers.as_slice() {
        [one] if one.chars().all(|c| "IVXL".contains(c)) && !one.is_empty() => Sign::Section,
        [one] if one.len() == 1 && one.chars().all(|c| c.is_ascii_uppercase()) => Sign::Section,
        [one] if one.len() <= 3 && one.chars().all(|c| c.is_ascii_digit()) && !one.is_empty() => Sign::Item,
        [one] if one.len() == 1 && one.chars().all(|c| c.is_ascii_lowercase()) => Sign::SubItem,
        [_, _, ..] if numbers.iter().all(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit())) => Sign::SubItem,
        _ => return None,
    };
    Some((sign, rest.trim()))
}

/// For each file the item that it belongs to, by what names say: a leading number first ("03", "3.1", "ND3", "Nội dung 3"), else the most words
/// in common. `items` are numbers and titles. None if no item stands out: it is listed, and a person decides.
pub fn match_files(items: &[(String, String)], paths: &[String]) -> Vec<Option<usize>> {
    let titles: Vec<Vec<String>> = items.iter().map(|(_, title)| words(title)).collect();
    paths.iter().map(|path| by_number(items, path).or_else(|| by_words(&titles, path))).collect()
}

fn by_number(items: &[(String, String)], path: &str) -> Option<usize> {
    // The folder says it as well as the file: "03 Dau tu cong/To trinh.pdf".
    path.split(['/', '\\']).find_map(|part| {
        let plain = fold_for_search(part);
        let plain = ["noi dung", "nd", "muc", "item"].iter().find_map(|p| plain.strip_prefix(p)).unwrap_or(&plain);
        let plain = plain.trim_start_matches([' ', '_', '-']);
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        let head: &str = &plain[..plain.find(|c| !digits(c)).unwrap_or(plain.len())];
        let head = head.trim_matches('.');
        let is_date = head.len() > 5;
        let number: Vec<&str> = head.split('.').map(|n| n.trim_start_matches('0')).collect();
        let number = number.join(".");
        if number.is_empty() || is_date { None } else { items.iter().position(|(n, _)| *n == number) }
    })
}

fn by_words(titles: &[Vec<String>], path: &str) -> Option<usize> {
    let own = words(path);
    let shares: Vec<f32> = titles
        .iter()
        .map(|title| own.iter().filter(|w| title.contains(w)).count() as f32 / (title.len() as f32).sqrt().max(1.0))
        .collect();
    let best = (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]))?;
    let stands_out = shares.iter().enumerate().all(|(i, s)| i == best || *s < shares[best] * 0.8);
    (shares[best] >= 0.8 && stands_out).then_some(best)
}

/// Words that tell items apart; those of every title don't.
fn words(text: &str) -> Vec<String> {
    const COMMON: [&str; 18] = [
        "ve", "cua", "va", "cac", "theo", "cho", "to", "trinh", "du", "thao", "bao", "cao", "nghi", "dinh", "quyet",
        "pdf", "an", "viec",
    ];
    let folded = fold_for_search(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 1 && !COMMON.contains(w));
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}
