//! Code sections as clerks write them: `11357(C)HS-POSSESS MARIJUANA`, `11359HS`, `314(1) PC`,
//! `H&S 11358`, `664/11359 HS`.
//!
//! A section is brought into one form, `HS 11357(c)`, and classed into a family. Nothing else is
//! inferred: a subdivision that the source does not name stays unnamed, and a predecessor section
//! keeps its old number.

use caseledger_domain::Text;
use caseledger_domain::vocabulary::Family;

/// A code section in normal form, with what its number alone says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// `HS 11357(c)`.
    pub(crate) text: Text<24>,
    /// Its family.
    pub(crate) family: Family,
    /// Whether it is among the offences of Penal Code 667(e)(2)(C)(iv).
    pub(crate) superstrike: bool,
}

/// Reads the section at the start of an offence description, up to the first hyphen.
///
/// None if there is no number with or without a code to be found there.
pub(crate) fn parse(description: &str) -> Option<Section> {
    let head = description.split('-').next().unwrap_or_default();
    let upper = head.to_ascii_uppercase();
    let mut scan = Scan(upper.trim_ascii());
    let before = match scan.letters() {
        "" => None,
        word => Some(canonical(word)?),
    };
    scan.skip_spaces();
    let mut parts = vec![scan.part()?];
    while parts.len() < PARTS_MAX && scan.eat('/') {
        parts.push(scan.part()?);
    }
    let code = before.or_else(|| {
        parts
            .last_mut()
            .and_then(Part::take_code)
            .or_else(|| scan.code_after())
    });
    classify(code, &parts)
}

/// The section of an offence description: the one it begins with, unless a cannabis section
/// stands further on before the hyphen, as in `182(A)(1) PC/11359 HS-CONSPIRACY`.
pub(crate) fn of_description(description: &str) -> Option<Section> {
    let first = parse(description);
    if first.is_some_and(|section| section.family.is_cannabis()) {
        return first;
    }
    let head = description.split('-').next().unwrap_or_default();
    cannabis_in(head).or(first)
}

/// The first cannabis section anywhere in a free comment.
///
/// Only the number counts there, unless a code other than the Health and Safety Code follows it.
pub(crate) fn cannabis_in(comment: &str) -> Option<Section> {
    let mut rest = comment;
    let mut inside_number = false;
    while let Some(next) = rest.chars().next() {
        if next.is_ascii_digit() && !inside_number {
            let found = parse(rest).filter(|section| section.family.is_cannabis());
            if found.is_some() {
                return found;
            }
        }
        inside_number = next.is_ascii_digit() || (inside_number && next == '.');
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    None
}

/// Numbers of a compound section such as `664/11359`.
const PARTS_MAX: usize = 4;

/// One number of a section with its subdivisions.
#[derive(Debug, Default)]
struct Part<'a> {
    /// `11357`, `148.9`.
    number: &'a str,
    /// Letters that stand directly after the number: of the section (`288A`), or the code.
    suffix: &'a str,
    /// `C`, `1`, as in `(C)(1)`.
    groups: Vec<&'a str>,
}

impl<'a> Part<'a> {
    /// Takes the code off the end of the suffix, as in `11359HS` and `653FPC`.
    fn take_code(&mut self) -> Option<&'static str> {
        if !self.groups.is_empty() {
            return None;
        }
        let suffix: &'a str = self.suffix;
        (0..suffix.len().min(3)).find_map(|at| {
            let code = canonical(suffix.get(at..)?)?;
            self.suffix = suffix.get(..at)?;
            Some(code)
        })
    }

    /// `288a(c)(1)`: letters after the number and the first subdivision are written small, the
    /// third is a capital, deeper ones are small Roman numerals.
    fn normal_form(&self) -> String {
        let mut text = format!("{}{}", self.number, self.suffix.to_ascii_lowercase());
        for (depth, group) in self.groups.iter().enumerate() {
            text.push('(');
            if depth == 1 || depth == 2 {
                text.push_str(group);
            } else {
                text.push_str(&group.to_ascii_lowercase());
            }
            text.push(')');
        }
        text
    }

    fn family(&self) -> Option<Family> {
        // 11357.5 and 11361 are other offences; 11532 is the predecessor of 11361.
        Some(match self.number {
            "11357" => Family::Possession,
            "11358" => Family::Cultivation,
            "11359" => Family::SalePossession,
            "11360" => Family::Transport,
            "11530" | "11530.1" | "11530.5" | "11531" => Family::Predecessor,
            _ => return None,
        })
    }
}

/// What is left to read.
struct Scan<'a>(&'a str);

impl<'a> Scan<'a> {
    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    fn eat(&mut self, expected: char) -> bool {
        self.skip_spaces();
        match self.0.strip_prefix(expected) {
            Some(rest) => {
                self.0 = rest;
                self.skip_spaces();
                true
            }
            None => false,
        }
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let end = self
            .0
            .bytes()
            .position(|b| !wanted(b))
            .unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn letters(&mut self) -> &'a str {
        self.take_while(|b| b.is_ascii_uppercase() || b == b'&')
    }

    /// A number, letters and subdivisions.
    fn part(&mut self) -> Option<Part<'a>> {
        let number = self
            .take_while(|b| b.is_ascii_digit() || b == b'.')
            .trim_end_matches('.');
        if !number.starts_with(|c: char| c.is_ascii_digit()) || number.len() > 8 {
            return None;
        }
        let suffix = self.letters();
        let mut groups = Vec::new();
        loop {
            let before = self.0;
            self.skip_spaces();
            let group = self
                .0
                .strip_prefix('(')
                .and_then(|inner| inner.split_once(')'))
                .map(|(group, rest)| (group.trim_ascii(), rest));
            match group {
                Some((group, rest)) if is_subdivision(group) => {
                    groups.push(group);
                    self.0 = rest;
                }
                _ => {
                    self.0 = before;
                    break;
                }
            }
        }
        Some(Part {
            number,
            suffix,
            groups,
        })
    }

    /// The code that follows the numbers: `11357(C)HS`, `503 VC`.
    fn code_after(&mut self) -> Option<&'static str> {
        self.skip_spaces();
        canonical(self.letters())
    }
}

fn is_subdivision(group: &str) -> bool {
    (1..=4).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The two-letter form of a California code, as the state's offence tables abbreviate them.
fn canonical(word: &str) -> Option<&'static str> {
    const CODES: [&str; 32] = [
        "BP", "CC", "CI", "CO", "CP", "EC", "ED", "EL", "EV", "FA", "FC", "FG", "FI", "FN", "GC",
        "HN", "HS", "IC", "IN", "LA", "LC", "MC", "MV", "PC", "PR", "PU", "RT", "SH", "UI", "US",
        "VC", "WI",
    ];
    match word {
        "B&P" => Some("BP"),
        "F&G" => Some("FG"),
        "H&S" | "H&SC" | "HSC" => Some("HS"),
        "R&T" => Some("RT"),
        "W&I" | "WIC" => Some("WI"),
        _ => CODES.into_iter().find(|code| *code == word),
    }
}

/// None if not even the bare numbers fit.
fn classify(code: Option<&'static str>, parts: &[Part<'_>]) -> Option<Section> {
    let cannabis = parts.iter().find_map(Part::family);
    // A cannabis number without a code can only be meant as one.
    let code = code.or(cannabis.and(Some("HS")));
    let numbers: Vec<String> = parts.iter().map(Part::normal_form).collect();
    let bare: Vec<&str> = parts.iter().map(|part| part.number).collect();
    let with_code = |numbers: String| match code {
        Some(code) => format!("{code} {numbers}"),
        None => numbers,
    };
    let text = Text::parse(&with_code(numbers.join("/")))
        .or_else(|_| Text::parse(&with_code(bare.join("/"))))
        .ok()?;
    let family = match cannabis {
        Some(family) if code == Some("HS") => family,
        _ if parts.iter().any(|part| is_related(code, part)) => Family::Related,
        _ => Family::Other,
    };
    let superstrike = parts.iter().any(|part| is_superstrike(code, part));
    Some(Section {
        text,
        family,
        superstrike,
    })
}

/// Offences that pleas commonly reached from a cannabis charge, as county programmes listed them
/// for review.
fn is_related(code: Option<&str>, part: &Part<'_>) -> bool {
    const RELATED: [(&str, &str); 14] = [
        ("BP", "4060"),
        ("BP", "4140"),
        ("BP", "4149"),
        ("HS", "11364"),
        ("HS", "11366"),
        ("HS", "11550"),
        ("PC", "1320"),
        ("PC", "148"),
        ("PC", "148.9"),
        ("PC", "32"),
        ("PC", "466"),
        ("PC", "602"),
        ("PC", "647"),
        ("VC", "40508"),
    ];
    let listed = RELATED.contains(&(code.unwrap_or_default(), part.number));
    // Of section 647 only disorderly conduct under (f).
    listed && (part.number != "647" || part.groups.first() == Some(&"F"))
}

/// Penal Code 667(e)(2)(C)(iv): number with its letters, and the subdivisions that it takes.
/// No subdivision in the list means the whole section; `""` means the section without any.
fn is_superstrike(code: Option<&str>, part: &Part<'_>) -> bool {
    const LISTED: [(&str, &[&str]); 47] = [
        ("37", &[]),
        ("128", &[]),
        ("187", &[]),
        ("188", &[]),
        ("189", &[]),
        ("189.1", &[]),
        ("189.5", &[]),
        ("190", &[]),
        ("190.03", &[]),
        ("190.05", &[]),
        ("190.1", &[]),
        ("190.2", &[]),
        ("190.25", &[]),
        ("190.3", &[]),
        ("191", &[]),
        ("191.5", &[]),
        ("205", &[]),
        ("207", &[]),
        ("209", &[]),
        ("209.5", &[]),
        ("217.1", &[]),
        ("218", &[]),
        ("219", &[]),
        ("220", &[]),
        ("245", &["D3"]),
        ("261", &[]),
        ("262", &[]),
        ("264.1", &[]),
        ("269", &[]),
        ("273AB", &[]),
        ("286", &["", "C1", "C2", "C3", "D1", "D2", "D3"]),
        ("287", &[]),
        ("288", &["", "A", "B1", "B2"]),
        ("288A", &["", "C1", "C2", "D"]),
        ("288.5", &[]),
        ("289", &["", "A1", "A2C", "J"]),
        ("451.5", &[]),
        ("4500", &[]),
        ("653F", &[]),
        ("667.61", &[]),
        ("667.7", &[]),
        ("667.71", &[]),
        ("11418", &["A1", "B1", "B2"]),
        ("12308", &[]),
        ("12310", &[]),
        ("18745", &[]),
        ("18755", &[]),
    ];
    let number = format!("{}{}", part.number, part.suffix);
    let path = part.groups.concat();
    if code == Some("MV") {
        return number == "1672" && path == "A";
    }
    code == Some("PC")
        && LISTED.iter().any(|(listed, paths)| {
            *listed == number
                && (paths.is_empty()
                    || paths.iter().any(|wanted| match *wanted {
                        "" => path.is_empty(),
                        wanted => path.starts_with(wanted),
                    }))
        })
}

#[cfg(test)]
mod tests;
