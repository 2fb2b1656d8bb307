//! What is private of a post: taken out of it, in the form in which it is kept, and who asks for it or has it destroyed.
//!
//! Keys and identifiers are checked as those are that become pseudonyms; a part is read back by whoever may see it.

use caseledger_domain::vocabulary::{ReadPurpose, ShredBasis, Tombstone};
use caseledger_domain::{CaseId, CaseToken, Date, FactKind, StreamKind, Target};
use prost::Message as _;
use zeroize::Zeroizing;

use super::key::{court, identifier, take_case_key};
use super::request::{Cursor, take_page};
use crate::field::{Wire, exact_bytes};
use crate::pb::v1::{self as pb, get_private_request, shred_request, target};
use crate::submission::{PRIVATE_PART_MAX, Pseudonyms};
use crate::wire_error::{Reader, Why, WireErrors, read};

/// Most names of a person.
const NAMES_MAX: usize = 8;

/// Longest name, in bytes.
const NAME_MAX: usize = 200;

/// Most identifiers that are given beside the reference.
const IDENTIFIERS_MAX: usize = 16;

/// Longest note, in bytes.
const NOTE_MAX: usize = 2_000;

/// Most cases of one request to destroy private parts.
pub const SHRED_CASES_MAX: usize = 10_000;

/// Everything that fits the bounds fits the part: key, identifiers, names and note, with a tag and a length each.
const _: () = assert!(
    128 + (IDENTIFIERS_MAX + 1) * 96 + NAMES_MAX * (NAME_MAX + 3) + NOTE_MAX + 16
        <= PRIVATE_PART_MAX
);

/// Takes what is private of a post: whether details were given, and the part that is kept. Nothing, if neither details are
/// given nor the case is named by its key, or if the reader knows what is wrong with them.
pub(super) fn take_private(
    wire: &pb::Post,
    about: Option<(FactKind, StreamKind)>,
    r: &mut Reader,
) -> Option<(bool, Zeroizing<Vec<u8>>)> {
    let key = match wire
        .target
        .as_ref()
        .and_then(|target| target.target.as_ref())
    {
        Some(target::Target::CaseKey(key)) => Some(key.clone()),
        _ => None,
    };
    let person = wire
        .references
        .as_ref()
        .and_then(|references| references.person.as_ref())
        // What is wrong with it is said where the fact is read.
        .and_then(|person| read(|r| normalised(person, r)).ok());
    let mut part = pb::PrivatePart {
        key,
        identifiers: person.into_iter().collect(),
        ..pb::PrivatePart::default()
    };
    let explicit = match (&wire.private, about) {
        (None, _) => false,
        (Some(_), Some((kind, stream))) if stream != StreamKind::Case => {
            r.reject("private", Why::PrivateNotTaken(kind));
            return None;
        }
        (Some(details), _) => {
            r.field("private", |r| take_details(details, &mut part, r))?;
            true
        }
    };
    let kept = explicit || part.key.is_some();
    kept.then(|| (explicit, Zeroizing::new(part.encode_to_vec())))
}

fn take_details(
    wire: &pb::PrivateDetails,
    part: &mut pb::PrivatePart,
    r: &mut Reader,
) -> Option<()> {
    if *wire == pb::PrivateDetails::default() {
        r.reject_here(Why::Missing);
        return None;
    }
    let few = r.count("names", wire.names.len(), (0, NAMES_MAX));
    let names = r.items("names", wire.names.iter(), |name, r| {
        readable(name, (1, NAME_MAX), |_| false)
            .map_err(|why| r.reject_here(why))
            .ok()
    });
    let birth_date: Option<Option<Date>> = Wire::take(&wire.birth_date, "birth_date", r);
    let bounded = r.count("identifiers", wire.identifiers.len(), (0, IDENTIFIERS_MAX));
    let identifiers = r.items("identifiers", wire.identifiers.iter(), normalised);
    let note = match wire.note.as_str() {
        "" => Some(String::new()),
        note => r.accept("note", readable(note, (1, NOTE_MAX), |c| c == '\n')),
    };
    few.and(bounded)?;
    part.names = names?;
    part.birth_date = birth_date?.put();
    part.note = note?;
    let identifiers = identifiers?;
    for (at, identifier) in identifiers.iter().enumerate() {
        if identifiers
            .iter()
            .skip(at + 1)
            .any(|other| other == identifier)
        {
            r.reject("identifiers", Why::Repeated);
            return None;
        }
    }
    for identifier in identifiers {
        if !part.identifiers.contains(&identifier) {
            part.identifiers.push(identifier);
        }
    }
    Some(())
}

/// An identifier as it is compared: agencies print the same one in many ways.
fn normalised(wire: &pb::PersonIdentifier, r: &mut Reader) -> Option<pb::PersonIdentifier> {
    let issuer = court(&wire.issuer, "issuer", r);
    let value = identifier(&wire.value, "value", r);
    Some(pb::PersonIdentifier {
        issuer: issuer?,
        value: value?,
    })
}

/// A text for people, of so many bytes, without control characters but those that may be.
fn readable(
    wire: &str,
    (min, max): (usize, usize),
    may: impl Fn(char) -> bool,
) -> Result<String, Why> {
    let found = wire.len();
    if !(min..=max).contains(&found) {
        return Err(Why::Length { min, max, found });
    }
    let refused = |c: char| c.is_control() && !may(c);
    // Most texts are ASCII, and need not be decoded.
    let controls = if wire.is_ascii() {
        wire.bytes().any(|byte| refused(char::from(byte)))
    } else {
        wire.chars().any(refused)
    };
    if controls || wire.trim().is_empty() {
        return Err(Why::NotReadable);
    }
    Ok(wire.to_owned())
}

/// A private part, as it was kept.
///
/// # Errors
/// Bytes that are none; what is in them is not said.
pub fn private_part(bytes: &[u8]) -> Result<pb::PrivatePart, prost::DecodeError> {
    pb::PrivatePart::decode(bytes)
}

/// The token of the docket key in a private part; none if it has no such key, or is none.
pub fn token_of_part(part: &[u8], pseudonyms: &dyn Pseudonyms) -> Option<CaseToken> {
    let key = private_part(part).ok()?.key?;
    read(|r| take_case_key(&key, r, pseudonyms)).ok()
}

/// Whose private parts are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateAsked {
    /// [`Target::Case`] or [`Target::CaseKey`].
    pub case: Target,
    /// For what, if that is said.
    pub purpose: Option<ReadPurpose>,
    /// Which of them, in terms of positions.
    pub page: Cursor,
}

/// Reads whose private parts are asked for, and for what.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn get_private(
    wire: &pb::GetPrivateRequest,
    pseudonyms: &dyn Pseudonyms,
) -> Result<PrivateAsked, WireErrors> {
    use get_private_request::Case;

    read(|r| {
        let purpose = Wire::take(&wire.purpose, "purpose", r);
        let page = take_page(wire.page.as_ref(), r);
        let case = match r.present("case", wire.case.as_ref())? {
            Case::CaseId(id) => {
                exact_bytes(id, "case_id", r).map(|id| Target::Case(CaseId::from_bytes(id)))
            }
            Case::CaseKey(key) => r
                .field("case_key", |r| take_case_key(key, r, pseudonyms))
                .map(Target::CaseKey),
        };
        Some(PrivateAsked {
            case: case?,
            purpose: purpose?,
            page: page?,
        })
    })
}

/// Whose private parts are to be destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shred {
    /// Those of these cases.
    Cases {
        /// Which, each once.
        cases: Vec<CaseId>,
        /// Under what authority.
        basis: ShredBasis,
        /// What stays of their keys.
        tombstone: Tombstone,
    },
    /// Those of every case whose days of retention are over.
    Due {
        /// What stays of their keys.
        tombstone: Tombstone,
    },
    /// Those of every case of which it is ordered and not confirmed.
    Open,
}

/// Reads whose private parts are to be destroyed.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn shred(wire: &pb::ShredRequest) -> Result<Shred, WireErrors> {
    use shred_request::Which;

    read(|r| match r.present("which", wire.which.as_ref())? {
        Which::Cases(wire) => r.field("cases", |r| take_cases(wire, r)),
        Which::Due(pb::ShredDue { tombstone }) => r.field("due", |r| {
            let tombstone = Wire::take(tombstone, "tombstone", r)?;
            Some(Shred::Due { tombstone })
        }),
        Which::Open(pb::ShredOpen {}) => Some(Shred::Open),
    })
}

fn take_cases(wire: &pb::ShredCases, r: &mut Reader) -> Option<Shred> {
    let counted = r.count("case_ids", wire.case_ids.len(), (1, SHRED_CASES_MAX));
    let basis = Wire::take(&wire.basis, "basis", r);
    let tombstone = Wire::take(&wire.tombstone, "tombstone", r);
    counted?;
    let cases = r.items("case_ids", wire.case_ids.iter(), |id, r| {
        let exact = <[u8; CaseId::LEN]>::try_from(id.as_ref());
        let (expected, found) = (CaseId::LEN, id.len());
        let exact = exact.map_err(|_len| r.reject_here(Why::ByteCount { expected, found }));
        exact.ok().map(CaseId::from_bytes)
    })?;
    let mut once = cases.clone();
    once.sort_unstable();
    once.dedup();
    if once.len() != cases.len() {
        r.reject("case_ids", Why::Repeated);
        return None;
    }
    Some(Shred::Cases {
        cases,
        basis: basis?,
        tombstone: tombstone?,
    })
}
