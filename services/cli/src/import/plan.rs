//! What a file turns into: cases to submit, and a summary that accounts for every row.

use core::fmt;
use std::collections::BTreeMap;

use caseledger_domain::vocabulary::Severity;
use caseledger_domain::{Charge, ControlTotals, Date, OrgId, Text};
use sha2::{Digest, Sha256};

/// A text that must not be printed: a docket number, a defendant, an identifier of a person.
///
/// `Debug` shows nothing of it, and there is no `Display`. What it may contain is the business of
/// [`key`](crate::import::key), which makes them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Private(Box<str>);

impl Private {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that turns it into a keyed hash.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<private>")
    }
}

/// An identifier of a person with the authority that issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PersonKey {
    /// Who issued it: `CA-CII` for the state's criminal identification number.
    pub(crate) issuer: Text<16>,
    /// The identifier.
    pub(crate) id: Private,
}

/// What a list says of a person and no entry may: kept apart from the ledger, encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// Names, in the order in which the list has them, each once.
    pub(crate) names: Vec<Private>,
    /// Birth date, where the list has a whole one.
    pub(crate) birth_date: Option<BirthDate>,
}

/// A birth date, which must not be printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct BirthDate(Date);

/// Most names of one case, and bytes of a name, that the ledger keeps (`docs/API.md`).
const NAMES_MAX: usize = 8;
const NAME_BYTES_MAX: usize = 200;

impl BirthDate {
    /// The date, for the one place that posts it.
    pub(crate) const fn expose(self) -> Date {
        self.0
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<private>")
    }
}

impl Details {
    /// What one row says. A name is cut where it is longer than what is kept.
    pub(crate) fn of_row(name: &str, birth_date: Option<Date>) -> Self {
        let name: String = name
            .trim()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let name = name.get(..name.floor_char_boundary(NAME_BYTES_MAX));
        let name = name.filter(|name| !name.trim().is_empty());
        Self {
            names: name.map(Private::new).into_iter().collect(),
            birth_date: birth_date.map(BirthDate),
        }
    }

    /// Adds what another row says. The first birth date is kept.
    pub(crate) fn add(&mut self, other: &Self) {
        for name in &other.names {
            if self.names.len() < NAMES_MAX && !self.names.contains(name) {
                self.names.push(name.clone());
            }
        }
        self.birth_date = self.birth_date.or(other.birth_date);
    }
}

/// A case of the list, ready to be submitted.
///
/// Its key is (court, case number, defendant); what may stand in an entry is coarse and typed,
/// what may not is [`Private`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImportedCase {
    pub(crate) ordinal: u64,
    pub(crate) lines: Vec<u32>,
    pub(crate) case_number: Private,
    pub(crate) defendant: Private,
    pub(crate) person: Option<PersonKey>,
    pub(crate) details: Details,
    pub(crate) court: Text<16>,
    pub(crate) county: u16,
    pub(crate) agency: OrgId,
    pub(crate) charges: Vec<Charge>,
}

impl ImportedCase {
    /// Number within the import, from 0, the same at every import of the same file with the same
    /// options.
    pub(crate) const fn ordinal(&self) -> u64 {
        self.ordinal
    }

    /// Lines of the file that its convictions come from, ascending, at least one.
    #[cfg(test)]
    pub(crate) fn lines(&self) -> &[u32] {
        &self.lines
    }

    /// The first of its lines: its row of the list.
    pub(crate) fn row(&self) -> u32 {
        self.lines.first().copied().unwrap_or_default()
    }

    /// Docket number as the source has it; several are joined with ` + `.
    pub(crate) const fn case_number(&self) -> &Private {
        &self.case_number
    }

    /// The defendant within the docket number: the subject of a state extract.
    pub(crate) const fn defendant(&self) -> &Private {
        &self.defendant
    }

    /// Who it is, where the source says so.
    pub(crate) const fn person(&self) -> Option<&PersonKey> {
        self.person.as_ref()
    }

    /// What else is said of the person.
    pub(crate) const fn details(&self) -> &Details {
        &self.details
    }

    /// Court code.
    pub(crate) const fn court(&self) -> Text<16> {
        self.court
    }

    /// FIPS county number within the state (Los Angeles 37).
    pub(crate) const fn county(&self) -> u16 {
        self.county
    }

    /// Prosecuting agency.
    pub(crate) const fn agency(&self) -> OrgId {
        self.agency
    }

    /// One to 200 charges, numbered from 1, at least one of them about cannabis.
    pub(crate) fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// The gravest severity that is known of its cannabis charges.
    pub(crate) fn severity(&self) -> Severity {
        severity_of(&self.charges)
    }
}

/// The gravest known severity of the cannabis charges.
pub(crate) fn severity_of(charges: &[Charge]) -> Severity {
    // The vocabulary runs from felony down to unknown.
    charges
        .iter()
        .filter(|charge| charge.family.is_cannabis())
        .map(|charge| charge.severity)
        .min()
        .unwrap_or(Severity::Unknown)
}

/// Adds one case or row to control totals.
pub(crate) fn count_severity(totals: &mut ControlTotals, severity: Severity) {
    totals.rows = totals.rows.saturating_add(1);
    let part = match severity {
        Severity::Felony => &mut totals.felonies,
        Severity::Misdemeanor => &mut totals.misdemeanors,
        Severity::Infraction => &mut totals.infractions,
        Severity::Unknown => &mut totals.unknown,
    };
    *part = part.saturating_add(1);
}

/// Why a case that could be read is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SkipReason {
    /// No conviction of a cannabis section. Expected: state extracts hold whole histories.
    NotCannabis,
    /// A cannabis section is mentioned in a comment of another conviction only.
    CommentOnly,
    /// No conviction of a cannabis section that could be read, and one that could not.
    SectionUnknown,
    /// Not of the county that was asked for.
    OtherCounty,
    /// The county is not named, or not in California.
    NoCounty,
    /// No docket number.
    NoCaseNumber,
    /// More docket numbers than fit one key.
    TooManyCaseNumbers,
    /// More charges than one entry takes.
    TooManyCharges,
}

impl SkipReason {
    /// The stable code in summaries.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotCannabis => "NOT_CANNABIS",
            Self::CommentOnly => "COMMENT_ONLY",
            Self::SectionUnknown => "SECTION_UNKNOWN",
            Self::OtherCounty => "OTHER_COUNTY",
            Self::NoCounty => "NO_COUNTY",
            Self::NoCaseNumber => "NO_CASE_NUMBER",
            Self::TooManyCaseNumbers => "TOO_MANY_CASE_NUMBERS",
            Self::TooManyCharges => "TOO_MANY_CHARGES",
        }
    }
}

/// How many cases, and how many of the file's rows stand behind them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Cases.
    pub(crate) cases: u64,
    /// Rows of convictions of those cases.
    pub(crate) rows: u64,
}

/// What became of the rows. Every row of the file is in exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowFates {
    /// Rows that became a charge of an imported case.
    pub(crate) charges: u64,
    /// Further sentence parts of a conviction that another row stands for.
    pub(crate) sentence_parts: u64,
    /// Rows equal to an earlier row of the same subject in every column.
    pub(crate) duplicates: u64,
    /// Arrests, dismissals, registrations and the like.
    pub(crate) not_convictions: u64,
    /// Convictions of cases that are not imported, by reason.
    pub(crate) skipped: BTreeMap<SkipReason, Skipped>,
    /// Rows with an error of their own.
    pub(crate) bad: u64,
    /// Sound rows that were refused with a bad one, or with the whole file.
    pub(crate) refused: u64,
}

impl RowFates {
    /// The sum of all.
    #[cfg(test)]
    pub(crate) fn total(&self) -> u64 {
        self.charges
            + self.sentence_parts
            + self.duplicates
            + self.not_convictions
            + self
                .skipped
                .values()
                .map(|skipped| skipped.rows)
                .sum::<u64>()
            + self.bad
            + self.refused
    }
}

/// What the extract says about its subjects that a prosecutor weighs as evidence. Nothing is
/// decided from it here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Subjects reported deceased.
    pub(crate) deceased: u64,
    /// Subjects with a registration under Penal Code 290.
    pub(crate) pc290_registrations: u64,
    /// Subjects with a conviction listed in Penal Code 667(e)(2)(C)(iv).
    pub(crate) superstrikes: u64,
}

/// Why nothing of a file was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The header is not that of the format.
    #[error("header is not that of the state extract; nothing was imported")]
    Header,
    /// The totals row disagrees with the rows.
    #[error(
        "totals row declares {}, but the file has {}; nothing was imported, ask for the list again",
        said(*declared),
        said(*found)
    )]
    ControlTotals {
        /// What the totals row says.
        declared: ControlTotals,
        /// What the rows add up to.
        found: ControlTotals,
    },
}

/// Totals as a sentence has them.
fn said(totals: ControlTotals) -> String {
    let ControlTotals {
        rows,
        felonies,
        misdemeanors,
        infractions,
        unknown,
    } = totals;
    format!(
        "rows {rows}, felonies {felonies}, misdemeanors {misdemeanors}, infractions {infractions}, \
         unknown {unknown}"
    )
}

/// What an import read, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ImportSummary {
    /// SHA-256 of the file.
    pub(crate) file_digest: [u8; 32],
    /// Size of the file in bytes.
    pub(crate) bytes: u64,
    /// Rows without header and totals row.
    pub(crate) rows: u64,
    /// Distinct subjects (state extract) or cases (court records) of the rows that could be read.
    pub(crate) subjects: u64,
    /// Those of which nothing was imported because of a bad row.
    pub(crate) subjects_refused: u64,
    /// Convictions: sentence parts folded, duplicates left out. A count that a court-records row
    /// declares several times is one conviction.
    pub(crate) convictions: u64,
    /// Cases handed on.
    pub(crate) cases: u64,
    /// Charges of those cases.
    pub(crate) charges: u64,
    /// Charges of those cases whose cannabis section stands in a comment only.
    pub(crate) charges_in_comment: u64,
    /// The cases by their gravest cannabis charge.
    pub(crate) controls: ControlTotals,
    /// What the totals row of court records declares, in rows.
    pub(crate) declared: Option<ControlTotals>,
    /// What became of the rows.
    pub(crate) fates: RowFates,
    /// How often each code stands in the error file.
    pub(crate) errors: BTreeMap<&'static str, u64>,
    /// Evidence about subjects.
    pub(crate) evidence: Evidence,
    /// Why nothing was imported, if nothing was.
    pub(crate) refusal: Option<Refusal>,
}

impl ImportSummary {
    /// Rows in the error file.
    #[cfg(test)]
    pub(crate) fn error_rows(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// The message id of the case with that ordinal: the same whenever the same file is imported into
/// the same cohort, so that a resumed or repeated import adds nothing.
///
/// The first 16 bytes of SHA-256 over a label, the length of the cohort id (8 bytes, big-endian),
/// the cohort id, the file's digest and the ordinal (8 bytes, big-endian). There is nothing
/// private in it, so no key is needed.
pub(crate) fn message_id(cohort: &str, digest_of_file: &[u8; 32], ordinal: u64) -> [u8; 16] {
    let digest = Sha256::new()
        .chain_update(b"caseledger v1 import message\0")
        .chain_update((cohort.len() as u64).to_be_bytes())
        .chain_update(cohort)
        .chain_update(digest_of_file)
        .chain_update(ordinal.to_be_bytes())
        .finalize();
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(digest) {
        *to = from;
    }
    id
}
