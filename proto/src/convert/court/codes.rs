//! Codes as courts write them. Every system has its own; what one means here is said by the ledger's
//! operator, per source, and what nobody has said is kept as it came.

use std::collections::BTreeMap;

use caseledger_domain::Text;
use caseledger_domain::vocabulary::{
    Coded, DenialGround, DestructionAuthority, DismissalReason, FilingRejection, NewDisposition,
    RawCode, Remedy, SealExtent, SealSurface, SearchResult, Severity, Vocabulary,
};

use crate::field::parse;
use crate::pb::v1 as pb;
use crate::wire_error::{Reader, Why};

/// A vocabulary that a court's message uses.
pub(super) trait CourtWord: Vocabulary {
    /// Its name, as in the operator's file.
    const FIELD: &'static str;
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($member:ident = $number:literal $code:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum $name {
            $(#[doc = concat!("`", $code, "`")] $member = $number,)+
        }

        impl Vocabulary for $name {
            const ALL: &'static [Self] = &[$(Self::$member,)+];

            fn number(self) -> u8 {
                self as u8
            }

            fn code(self) -> &'static str {
                match self {
                    $(Self::$member => $code,)+
                }
            }
        }
    )+};
}

words! {
    /// What the clerk's review came to.
    Review {
        Accepted = 1 "ACCEPTED",
        PartiallyAccepted = 2 "PARTIALLY_ACCEPTED",
        Rejected = 3 "REJECTED",
        Received = 4 "RECEIVED",
    }
    /// Whether it stands on the docket.
    Docketing {
        Docketed = 1 "DOCKETED",
        Pending = 2 "PENDING",
        Rejected = 3 "REJECTED",
    }
    /// What a judge ruled.
    RulingKind {
        Granted = 1 "GRANTED",
        Denied = 2 "DENIED",
        SealingOrdered = 3 "SEALING_ORDERED",
    }
    /// Why there is no record.
    Finding {
        NotFound = 1 "NOT_FOUND",
        Destroyed = 2 "DESTROYED",
    }
}

macro_rules! fields {
    ($($word:ident = $name:literal,)+) => {
        $(impl CourtWord for $word {
            const FIELD: &'static str = $name;
        })+

        /// The vocabularies that an operator can map codes of a source to, by name, and their words.
        pub const CODE_FIELDS: &[(&str, fn() -> Vec<&'static str>)] = &[$(($name, || {
            <$word as Vocabulary>::ALL.iter().map(|word| word.code()).collect()
        }),)+];
    };
}

fields! {
    DenialGround = "denial_ground",
    DestructionAuthority = "destruction_authority",
    DismissalReason = "dismissal_reason",
    NewDisposition = "disposition",
    Docketing = "docketing_status",
    FilingRejection = "filing_rejection",
    Finding = "finding",
    Remedy = "remedy",
    Review = "review_status",
    RulingKind = "ruling",
    SealExtent = "seal_extent",
    SealSurface = "seal_surface",
    SearchResult = "search_result",
    Severity = "severity",
}

/// How sources' own codes are to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// By source, vocabulary and code, in their compared forms.
    words: BTreeMap<(String, &'static str, String), &'static str>,
}

/// Why a code cannot be mapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// No such vocabulary.
    #[error("{found:?} is no vocabulary of courts; there are {known}")]
    Field {
        /// As given.
        found: String,
        /// All there are.
        known: String,
    },
    /// No such word in it.
    #[error("{field} has no word {found:?}; it has {known}")]
    Word {
        /// The vocabulary.
        field: &'static str,
        /// As given.
        found: String,
        /// All there are.
        known: String,
    },
    /// The source system, or its code, is no code.
    #[error("{found:?} is no code: {source}")]
    Text {
        /// As given.
        found: String,
        /// Why.
        source: caseledger_domain::TextError,
    },
    /// The same code twice.
    #[error("{field} of {found:?} is mapped twice; keep one of the two")]
    Twice {
        /// The vocabulary.
        field: &'static str,
        /// The code.
        found: String,
    },
}

impl Codes {
    /// From now on the code `raw` of the source system means `word` of the vocabulary.
    ///
    /// # Errors
    /// [`CodeError`] for a vocabulary or word that there is not, or a code that cannot be one.
    pub fn insert(
        &mut self,
        source: &str,
        field: &str,
        raw: &str,
        word: &str,
    ) -> Result<(), CodeError> {
        let known = |names: Vec<&str>| names.join(", ");
        let Some((field, words)) = CODE_FIELDS.iter().find(|(name, _)| *name == field) else {
            return Err(CodeError::Field {
                found: field.to_owned(),
                known: known(CODE_FIELDS.iter().map(|(name, _)| *name).collect()),
            });
        };
        let Some(word) = words().into_iter().find(|known| *known == word) else {
            return Err(CodeError::Word {
                field,
                found: word.to_owned(),
                known: known(words()),
            });
        };
        for text in [source, raw] {
            let parsed: Result<RawCode, _> = Text::parse(text);
            parsed.map_err(|source| CodeError::Text {
                found: text.to_owned(),
                source,
            })?;
        }
        let key = (compared(source), *field, compared(raw));
        match self.words.insert(key, word) {
            None => Ok(()),
            Some(_) => Err(CodeError::Twice {
                field,
                found: raw.to_owned(),
            }),
        }
    }

    /// The mapping that an answer tells of, for checking what was recorded.
    ///
    /// # Errors
    /// [`CodeError`] if it tells of a word that there is not.
    pub fn of_readings(source: &str, readings: &[pb::CodeReading]) -> Result<Self, CodeError> {
        let mut codes = Self::default();
        for reading in readings.iter().filter(|reading| !reading.code.is_empty()) {
            match codes.insert(source, &reading.field, &reading.raw, &reading.code) {
                Ok(()) | Err(CodeError::Twice { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(codes)
    }
}

/// Capitals, with underscores for spaces and hyphens: systems vary in these.
fn compared(text: &str) -> String {
    let letter = |letter: char| match letter {
        ' ' | '-' => '_',
        other => other.to_ascii_uppercase(),
    };
    text.chars().map(letter).collect()
}

/// The codes of one message while it is read.
pub(super) struct Words<'a> {
    codes: &'a Codes,
    source: String,
    readings: Vec<pb::CodeReading>,
}

impl<'a> Words<'a> {
    pub(super) fn new(codes: &'a Codes, source: &str) -> Self {
        Self {
            codes,
            source: compared(source),
            readings: Vec::new(),
        }
    }

    /// The codes that are no words of the ledger.
    pub(super) fn readings(self) -> Vec<pb::CodeReading> {
        self.readings
    }

    /// A code that must be known: there is no place to keep another one.
    pub(super) fn closed<T: CourtWord>(
        &mut self,
        raw: &str,
        field: &'static str,
        r: &mut Reader,
    ) -> Option<T> {
        r.field(field, |r| self.closed_here(raw, r))
    }

    /// The same for the item being read.
    pub(super) fn closed_here<T: CourtWord>(&mut self, raw: &str, r: &mut Reader) -> Option<T> {
        if raw.is_empty() {
            r.reject_here(Why::Missing);
            return None;
        }
        let known = self.find(raw);
        if known.is_none() {
            r.reject_here(Why::UnknownWord(T::FIELD));
        }
        known
    }

    /// A code with a place to be kept where it is not known.
    pub(super) fn coded<T: CourtWord>(
        &mut self,
        raw: &str,
        field: &'static str,
        r: &mut Reader,
    ) -> Option<Coded<T>> {
        Some(match self.known(raw, field, r)? {
            Ok(known) => Coded::Known(known),
            Err(raw) => Coded::Unmapped(parse(&raw, field, r)?),
        })
    }

    /// A word, or the code as it came: short, and of few characters, so that it can be no note about
    /// somebody.
    pub(super) fn known<T: CourtWord>(
        &mut self,
        raw: &str,
        field: &'static str,
        r: &mut Reader,
    ) -> Option<Result<T, String>> {
        parse::<RawCode>(raw, field, r)?;
        if let Some(known) = self.find(raw) {
            return Some(Ok(known));
        }
        self.note(T::FIELD, raw, "");
        Some(Err(raw.to_owned()))
    }

    /// The operator's word goes before the ledger's own: a source may use a word of the ledger for
    /// something else.
    fn find<T: CourtWord>(&mut self, raw: &str) -> Option<T> {
        let compared = compared(raw);
        let key = (self.source.clone(), T::FIELD, compared);
        if let Some(code) = self.codes.words.get(&key) {
            self.note(T::FIELD, raw, code);
            return T::from_code(code);
        }
        T::from_code(&key.2)
    }

    fn note(&mut self, field: &'static str, raw: &str, code: &str) {
        let reading = pb::CodeReading {
            field: field.to_owned(),
            raw: raw.to_owned(),
            code: code.to_owned(),
        };
        if !self.readings.contains(&reading) {
            self.readings.push(reading);
        }
    }
}
