//! Order among neighbours that two people can change at once: a text between two texts, so that nobody renumbers.

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Limit: an order, in characters; about five moves to one place make it one longer.
const ORDER_CHARS_MAX: usize = 400;

/// Whether a text is an order: of the digits that orders are made of, and something fits before it.
pub(super) fn is_order(text: &str) -> bool {
    text.len() <= ORDER_CHARS_MAX && text.bytes().all(|b| DIGITS.contains(&b)) && !text.ends_with('0')
}

fn digit(text: &[u8], at: usize) -> Option<usize> {
    text.get(at).map(|c| DIGITS.iter().position(|d| d == c).unwrap_or(0))
}

/// A text that sorts after `before` and ahead of `after`; either may be missing. Equal or crossed neighbours give one after `before`.
pub fn order_between(before: Option<&str>, after: Option<&str>) -> String {
    let low = before.unwrap_or_default().as_bytes();
    let high = after.map(str::as_bytes).filter(|h| *h > low);
    let mut out = Vec::new();
    let mut is_bounded = high.is_some();
    for at in 0.. {
        let from = digit(low, at).unwrap_or(0);
        let to = match high.filter(|_| is_bounded) {
            Some(high) => digit(high, at).unwrap_or(0),
            None => DIGITS.len(),
        };
        if to > from + 1 {
            out.push(DIGITS[from + (to - from) / 2]);
            break;
        }
        out.push(DIGITS[from]);
        // One step below the bound, everything that follows is below it too.
        is_bounded &= to == from;
    }
    String::from_utf8(out).expect("digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_something_fits_before_is_an_order() {
        for text in ["A", "B", "a0", "0", "a b", "ệ", &"1".repeat(ORDER_CHARS_MAX + 1)] {
            assert!(!is_order(text), "{text}");
        }
        for text in ["", "1", "a", "01"] {
            assert!(is_order(text), "{text}");
        }
    }

    #[test]
    fn something_fits_between_any_two_neighbours() {
        let (mut low, mut high) = (order_between(None, None), order_between(None, None));
        for _ in 0..200 {
            let next = order_between(None, Some(&low));
            assert!(next < low, "{next} {low}");
            low = next;
            let next = order_between(Some(&high), None);
            assert!(next > high, "{next} {high}");
            high = next;
        }
    }

    proptest! {
        #[test]
        fn insertions_anywhere_keep_the_order(places in prop::collection::vec(0usize..1000, 1..200)) {
            let mut all: Vec<String> = vec![];
            for place in places {
                let at = place % (all.len() + 1);
                let before = at.checked_sub(1).map(|i| all[i].as_str());
                let made = order_between(before, all.get(at).map(String::as_str));
                all.insert(at, made);
            }
            prop_assert!(all.windows(2).all(|w| w[0] < w[1]), "{:?}", all);
            prop_assert!(all.iter().all(|order| is_order(order)), "{:?}", all);
        }
    }
}
