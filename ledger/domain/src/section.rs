//! What a code section looks like, whichever code it is of.

use crate::text::Text;

/// What stands where a source named no section that can be read.
const UNKNOWN: &str = "UNKNOWN";

/// Whether the text is a section as `HS 11357(b)`, or `UNKNOWN`.
///
/// A section is a number with its letters and subdivisions, or several with a slash between them (`664/11359`), behind
/// the two capitals of its code. Sources leave the code out now and then, and nobody may guess it, so it may be missing;
/// the number may not.
pub(crate) fn is_section(section: &Text<24>) -> bool {
    let text = section.as_str();
    let numbers = match text.split_once(' ') {
        Some((code, numbers)) if is_code(code) => numbers,
        Some(_) => return false,
        None => text,
    };
    text == UNKNOWN || numbers.split('/').all(is_number)
}

fn is_code(word: &str) -> bool {
    word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// `11357(b)`, `148.9`, `288a(c)(1)`.
fn is_number(text: &str) -> bool {
    let digits = |byte: char| byte.is_ascii_digit() || byte == '.';
    let letters = |byte: char| byte.is_ascii_alphabetic() || byte == '&';
    let rest = text.trim_start_matches(digits);
    let groups = rest.trim_start_matches(letters);
    text.starts_with(|first: char| first.is_ascii_digit())
        && groups
            .split_inclusive(')')
            .all(|group| matches!(group.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')), Some(inner) if is_subdivision(inner)))
}

fn is_subdivision(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_a_number() {
        for good in [
            "HS 11357(b)",
            "PC 667(e)(2)(C)(iv)",
            "PC 664/11359",
            "PC 182(a)(1)/11360(a)",
            "PC 148.9",
            "PC 288a(c)",
            "11357",
            "1320",
            "UNKNOWN",
        ] {
            assert!(is_section(&good.parse().unwrap()), "{good}");
        }
        for bad in [
            "../..",
            "HS",
            "HS ..",
            "hs 11357",
            "H&S 11357",
            "HS  11357",
            "HS 11357 (b)",
            "HS 11357()",
            "HS 11357(b",
            "HS 11357b)",
            "HS 11357(b)x",
            "HS 11357/",
            "/11357",
            "HS UNKNOWN",
            "JOHN DOE",
            "DOE 11357",
        ] {
            assert!(!is_section(&bad.parse().unwrap()), "{bad}");
        }
    }
}
