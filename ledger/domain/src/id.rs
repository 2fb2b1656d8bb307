//! Identifiers: parsed once, never confused with each other.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Why an identifier is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not hexadecimal of the right length.
    #[error("not an identifier of {0} lower-case hexadecimal digits")]
    Hex(usize),
    /// A slug with a character or length that is not allowed.
    #[error("not {what}: {rule}")]
    Slug {
        /// Which identifier was asked for, with its article.
        what: &'static str,
        /// Its rule.
        rule: &'static str,
    },
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Wraps the bytes.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn to_bytes(self) -> [u8; $len] {
                self.0
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError::Hex(2 * $len);
                if text.len() != 2 * $len || text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(error);
                }
                let mut bytes = [0; $len];
                for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
                    let digits = core::str::from_utf8(pair).map_err(|_| error)?;
                    if digits.starts_with('+') {
                        return Err(error);
                    }
                    *byte = u8::from_str_radix(digits, 16).map_err(|_| error)?;
                }
                Ok(Self(bytes))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = IdError;

            fn try_from(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| IdError::Hex(2 * $len))
            }
        }
    };
}

byte_id!(
    /// A defendant's case. Random, so that it says nothing about the docket number.
    CaseId, 16
);
byte_id!(
    /// Keyed hash of (court, normalised docket number, defendant): the look-up key of a case.
    /// It stands in the index and the journal's sidecar records, never in an entry.
    CaseToken, 16
);
byte_id!(
    /// A filing or list delivery: keyed hash of (court, filing id).
    FilingId, 16
);
byte_id!(
    /// A court order: keyed hash of (court, order number).
    OrderId, 16
);
byte_id!(
    /// A person's pseudonym: keyed hash of (issuer, identifier). It stands in the clear in
    /// entries, so that distinct people can be counted by outsiders.
    PersonRef, 16
);

/// A charge within its case, numbered from 1 in the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChargeId(pub u16);

impl fmt::Display for ChargeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(Text<16>);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The text, padded with zero bytes: its 16 bytes in an entry header.
            pub fn to_bytes(self) -> [u8; 16] {
                let mut bytes = [0; 16];
                for (to, from) in bytes.iter_mut().zip(self.as_str().bytes()) {
                    *to = from;
                }
                bytes
            }

            /// From the padded bytes of an entry header.
            ///
            /// # Errors
            /// [`IdError::Slug`] if they are not what [`Self::to_bytes`] gives.
            pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, IdError> {
                let text = core::str::from_utf8(&bytes)
                    .map_err(|_| IdError::Slug { what: $what, rule: $rule })?;
                text.trim_end_matches('\0').parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                let error = IdError::Slug { what: $what, rule: $rule };
                if !check(text) {
                    return Err(error);
                }
                Text::parse(text).map(Self).map_err(|_| error)
            }
        }
    };
}

fn slug(text: &str, max: usize, extra: &[u8]) -> bool {
    (1..=max).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || extra.contains(&b))
        && text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric())
        && text
            .bytes()
            .last()
            .is_some_and(|b| b.is_ascii_alphanumeric())
}

slug_id!(
    /// An organisation that posts or acts: `lada`, `lasc`, `ca-doj`.
    OrgId, "an organisation id", "1 to 16 of a-z 0-9 - . beginning and ending with a letter or digit",
    |text| slug(text, 16, b"-.") && !text.bytes().any(|b| b.is_ascii_uppercase())
);
slug_id!(
    /// An initiative: `LA-2021-COURT`.
    InitiativeId, "an initiative slug", "1 to 13 of A-Z 0-9 - beginning and ending with a letter or digit",
    |text| slug(text, 13, b"-") && !text.bytes().any(|b| b.is_ascii_lowercase())
);
slug_id!(
    /// One imported list of an initiative, with its sequence 1 to 99: `LA-2021-COURT.1`.
    CohortId, "a cohort id", "1 to 13 of A-Z 0-9 - beginning and ending with a letter or digit, a dot, and a sequence from 1 to 99",
    |text| text.rsplit_once('.').is_some_and(|(initiative, sequence)| {
        initiative.parse::<InitiativeId>().is_ok()
            && !sequence.starts_with('0')
            && sequence.bytes().all(|b| b.is_ascii_digit())
            && sequence.parse::<u8>().is_ok_and(|n| (1..=99).contains(&n))
    })
);

slug_id!(
    /// An announcement: who publishes it, and its number 1 to 999 there: `lada-press.7`.
    AnnouncementId, "an announcement id", "the publisher's organisation id of at most 12 letters, a dot, and a number from 1 to 999",
    |text| text.rsplit_once('.').is_some_and(|(publisher, number)| {
        publisher.len() <= 12
            && publisher.parse::<OrgId>().is_ok()
            && !number.starts_with('0')
            && number.bytes().all(|b| b.is_ascii_digit())
            && number.parse::<u16>().is_ok_and(|n| (1..=999).contains(&n))
    })
);

impl AnnouncementId {
    /// Who publishes it.
    pub fn publisher(&self) -> OrgId {
        let slug = self.as_str().rsplit_once('.').map_or("", |(slug, _)| slug);
        // The rule of `AnnouncementId` is that this part parses.
        slug.parse().unwrap_or(OrgId(self.0))
    }
}

impl OrgId {
    /// Whoever operates the ledger. Its stream has the keys of checkpoints.
    pub const OPERATOR: Self = Self(Text::literal("operator"));
}

impl CohortId {
    /// The list number `sequence` (1 to 99) of an initiative.
    ///
    /// # Errors
    /// [`IdError::Slug`] if the sequence is out of range.
    pub fn new(initiative: InitiativeId, sequence: u8) -> Result<Self, IdError> {
        format!("{initiative}.{sequence}").parse()
    }

    /// The initiative the list belongs to.
    pub fn initiative(&self) -> InitiativeId {
        let slug = self.as_str().rsplit_once('.').map_or("", |(slug, _)| slug);
        // The rule of `CohortId` is that this part parses.
        slug.parse().unwrap_or(InitiativeId(self.0))
    }
}

/// The kinds of streams; the number stands in the entry header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum StreamKind {
    /// One defendant's case.
    Case = 1,
    /// A programme of relief.
    Initiative = 2,
    /// One imported list.
    Cohort = 3,
    /// A motion, petition or list delivery.
    Filing = 4,
    /// An individual or blanket court order.
    Order = 5,
    /// Figures that somebody published.
    Announcement = 7,
    /// An organisation. The ledger records its own keys in that of its operator.
    Org = 9,
}

impl StreamKind {
    /// All kinds, in order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Case,
        Self::Initiative,
        Self::Cohort,
        Self::Filing,
        Self::Order,
        Self::Announcement,
        Self::Org,
    ];

    /// The number in the entry header.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind with that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The lower-case noun used in the API and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Initiative => "initiative",
            Self::Cohort => "cohort",
            Self::Filing => "filing",
            Self::Order => "order",
            Self::Announcement => "announcement",
            Self::Org => "org",
        }
    }

    /// The noun for people: where it differs, the API has a short form of it.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Org => "organisation",
            Self::Case
            | Self::Initiative
            | Self::Cohort
            | Self::Filing
            | Self::Order
            | Self::Announcement => self.as_str(),
        }
    }

    /// The same with its indefinite article.
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Case => "a case",
            Self::Initiative => "an initiative",
            Self::Cohort => "a cohort",
            Self::Filing => "a filing",
            Self::Order => "an order",
            Self::Announcement => "an announcement",
            Self::Org => "an organisation",
        }
    }
}

/// A stream: the consistency boundary of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StreamId {
    /// A case.
    Case(CaseId),
    /// An initiative.
    Initiative(InitiativeId),
    /// A cohort.
    Cohort(CohortId),
    /// A filing.
    Filing(FilingId),
    /// An order.
    Order(OrderId),
    /// An announcement.
    Announcement(AnnouncementId),
    /// An organisation.
    Org(OrgId),
}

impl StreamId {
    /// Its kind.
    pub const fn kind(&self) -> StreamKind {
        match self {
            Self::Case(_) => StreamKind::Case,
            Self::Initiative(_) => StreamKind::Initiative,
            Self::Cohort(_) => StreamKind::Cohort,
            Self::Filing(_) => StreamKind::Filing,
            Self::Order(_) => StreamKind::Order,
            Self::Announcement(_) => StreamKind::Announcement,
            Self::Org(_) => StreamKind::Org,
        }
    }

    /// The 16 bytes in the entry header.
    pub fn id_bytes(&self) -> [u8; 16] {
        match self {
            Self::Case(id) => id.to_bytes(),
            Self::Initiative(id) => id.to_bytes(),
            Self::Cohort(id) => id.to_bytes(),
            Self::Filing(id) => id.to_bytes(),
            Self::Order(id) => id.to_bytes(),
            Self::Announcement(id) => id.to_bytes(),
            Self::Org(id) => id.to_bytes(),
        }
    }

    /// From the kind and bytes of an entry header.
    ///
    /// # Errors
    /// [`IdError`] if the bytes are not an identifier of that kind.
    pub fn from_parts(kind: StreamKind, id: [u8; 16]) -> Result<Self, IdError> {
        Ok(match kind {
            StreamKind::Case => Self::Case(CaseId(id)),
            StreamKind::Initiative => Self::Initiative(InitiativeId::from_bytes(id)?),
            StreamKind::Cohort => Self::Cohort(CohortId::from_bytes(id)?),
            StreamKind::Filing => Self::Filing(FilingId(id)),
            StreamKind::Order => Self::Order(OrderId(id)),
            StreamKind::Announcement => Self::Announcement(AnnouncementId::from_bytes(id)?),
            StreamKind::Org => Self::Org(OrgId::from_bytes(id)?),
        })
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.kind().as_str())?;
        match self {
            Self::Case(id) => id.fmt(f),
            Self::Initiative(id) => id.fmt(f),
            Self::Cohort(id) => id.fmt(f),
            Self::Filing(id) => id.fmt(f),
            Self::Order(id) => id.fmt(f),
            Self::Announcement(id) => id.fmt(f),
            Self::Org(id) => id.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_survive_the_header_and_refuse_nonsense() {
        let cohort: CohortId = "LA-2021-COURT.12".parse().unwrap();
        assert_eq!(CohortId::from_bytes(cohort.to_bytes()), Ok(cohort));
        assert_eq!(cohort.initiative().as_str(), "LA-2021-COURT");
        for bad in [
            "LA.0", "LA.01", "LA.100", "LA", "LA.", "la.1", "LA.+1", ".1",
        ] {
            assert!(bad.parse::<CohortId>().is_err(), "{bad}");
        }
        let announcement: AnnouncementId = "lada.pr.999".parse().unwrap();
        assert_eq!(
            AnnouncementId::from_bytes(announcement.to_bytes()),
            Ok(announcement)
        );
        assert_eq!(announcement.publisher().as_str(), "lada.pr");
        for bad in [
            "lada",
            "lada.",
            ".1",
            "lada.0",
            "lada.01",
            "lada.1000",
            "LADA.1",
            "thirteen-long.1",
        ] {
            assert!(bad.parse::<AnnouncementId>().is_err(), "{bad}");
        }
        for bad in ["", "LADA", "a b", "-a", "a-", "12345678901234567"] {
            assert!(bad.parse::<OrgId>().is_err(), "{bad}");
        }
        let mut inner_zero = "lada".parse::<OrgId>().unwrap().to_bytes();
        inner_zero[2] = 0;
        assert!(OrgId::from_bytes(inner_zero).is_err());
    }

    #[test]
    fn a_slug_that_is_none_is_told_the_whole_rule() {
        let said = |error: IdError| error.to_string();
        assert_eq!(
            said("DOJ-NO-HEADERS.1".parse::<CohortId>().unwrap_err()),
            "not a cohort id: 1 to 13 of A-Z 0-9 - beginning and ending with a letter or digit, \
             a dot, and a sequence from 1 to 99"
        );
        assert_eq!(
            said("DOJ-NO-HEADERS".parse::<InitiativeId>().unwrap_err()),
            "not an initiative slug: 1 to 13 of A-Z 0-9 - beginning and ending with a letter or digit"
        );
        for kind in StreamKind::ALL {
            let (article, noun) = kind.with_article().split_once(' ').unwrap();
            assert_eq!(noun, kind.noun());
            assert!(noun.starts_with(kind.as_str()), "{noun}");
            assert_eq!(
                article == "an",
                noun.starts_with(['a', 'e', 'i', 'o', 'u']),
                "{noun}"
            );
        }
    }

    #[test]
    fn byte_ids_read_only_their_own_hex() {
        let id = CaseId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in [
            "",
            "ab",
            &"AB".repeat(16),
            &"+a".repeat(16),
            &"zz".repeat(16),
        ] {
            assert!(bad.parse::<CaseId>().is_err(), "{bad}");
        }
    }
}
