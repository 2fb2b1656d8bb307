//! What is wrong with bytes from strangers: which field, and why.

use core::fmt;

use caseledger_domain::view::QueryError;
use caseledger_domain::{DateError, FactKind, IdError, StreamKind, TextError, UriError};

/// How many violations one message is answered with; more are counted, not listed.
pub const VIOLATIONS_MAX: usize = 50;

/// One field that is not what it should be. It never holds the value of the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct WireError {
    /// Path of the field: `posts[3].fact.case_identified.charges[0].section`.
    pub field: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The fact carries the identifier, and a reference for it is given as well.
    #[error("the fact carries the identifier already; give one of the two")]
    AlreadyGiven,
    /// Another length than the one that there is.
    #[error("{found} bytes, expected {expected}")]
    ByteCount {
        /// Bytes that it must have.
        expected: usize,
        /// Bytes that it has.
        found: usize,
    },
    /// A character that is not allowed in an identifier of a court or an agency. Which one is not
    /// said: it may be somebody's.
    #[error("a character that is not allowed; use ASCII letters, digits and punctuation, no `;`")]
    Character,
    /// The court differs from that of the case key.
    #[error("not the court of the case key")]
    CourtDiffers,
    /// No day as courts write it.
    #[error("no day; write 2020-02-11, or the court's own time as 2020-02-11T16:40:00-08:00")]
    Day,
    /// A time that does not say which court day it was.
    #[error("a time in UTC does not say which court day it was; write the court's own time")]
    DayInUtc,
    /// No date of an official act.
    #[error(transparent)]
    Date(#[from] DateError),
    /// Given although the ledger fills it in.
    #[error("filled in by the ledger; leave it empty")]
    FilledInByLedger,
    /// Given although the header of the batch says it for every row.
    #[error("follows from the header of the batch; leave it empty")]
    FollowsFromHeader,
    /// No identifier.
    #[error(transparent)]
    Id(#[from] IdError),
    /// Too few or too many items.
    #[error("{found} items, expected {min} to {max}")]
    ItemCount {
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// A fact that the ledger makes and nobody states.
    #[error("{} is made by the ledger; state the confirmed fact itself", .0.as_str())]
    LedgerMade(FactKind),
    /// Too short or too long for an identifier of a court or an agency.
    #[error("{found} bytes, expected {min} to {max}")]
    Length {
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// Bytes that say nothing, where what is signed is kept as it came.
    #[error(
        "{found} bytes, its message needs {expected}; leave out what this release does not know"
    )]
    Hidden {
        /// Bytes that the message needs.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// Not there.
    #[error("missing; it has no default")]
    Missing,
    /// Not a message of the kind that it should be.
    #[error("not an encoded {0}")]
    NotMessage(&'static str),
    /// What is signed is not what is posted.
    #[error("does not say what the post says; encode it from the post")]
    SignedOtherwise,
    /// Items that must ascend do not.
    #[error("not in ascending order without repeats")]
    NotAscending,
    /// A fact within a fact that is not about a case.
    #[error("{} is not about a case", .0.as_str())]
    NotAboutCase(FactKind),
    /// Nothing that it says can take effect.
    #[error("{} has nothing that this could fill; leave it out", .0.as_str())]
    NothingToFill(FactKind),
    /// A question for totals that makes no sense.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Private details for a fact that is about no case.
    #[error("{} is not about a case, and nothing private is kept with it; leave it out", .0.as_str())]
    PrivateNotTaken(FactKind),
    /// Given twice.
    #[error("given more than once")]
    Repeated,
    /// A control character, or nothing but spaces.
    #[error("a control character, or nothing but spaces; write it as people read it")]
    NotReadable,
    /// Outside the range.
    #[error("{found} is not in {min} to {max}")]
    Range {
        /// Least.
        min: u64,
        /// Greatest.
        max: u64,
        /// What it is.
        found: u64,
    },
    /// A scope for a fact that is about no charge.
    #[error("{} is not about charges; leave the scope out", .0.as_str())]
    ScopeNotTaken(FactKind),
    /// No code.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Totals of no rows, or rows by severity that are not all rows.
    #[error("the rows by severity do not add up to all rows, at least one")]
    Totals,
    /// A name that no dimension of totals has.
    #[error("no such dimension; docs/USING.md lists them")]
    UnknownDimension,
    /// Bits of flags that there are not.
    #[error("flags {0:#x} have bits that are no known flag")]
    UnknownFlags(u32),
    /// A number that its enum does not have.
    #[error(
        "{0} is not a number of this enum; keep an unknown code as `unmapped` where there is one"
    )]
    UnknownNumber(i32),
    /// A page token that no answer gave.
    #[error("not a page token; use `next` of the answer before")]
    UnknownToken,
    /// A code that is none of the vocabulary named, where no other can be kept.
    #[error("no word of {0}; docs/COURTS.md lists them, and how an operator maps a source's codes")]
    UnknownWord(&'static str),
    /// A character that does not print, or is not ASCII.
    #[error("a character that is not allowed; use printable ASCII")]
    Unprintable,
    /// No name of a principal.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// The fact belongs to another kind of stream than the target.
    #[error("{} is not about {}", fact.as_str(), target.with_article())]
    WrongStream {
        /// Kind of the target.
        target: StreamKind,
        /// The fact.
        fact: FactKind,
    },
}

/// Everything found wrong with one message, at least one violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireErrors {
    listed: Vec<WireError>,
    omitted: usize,
}

impl WireErrors {
    /// The violations, in order of fields; the first [`VIOLATIONS_MAX`] of them.
    pub fn violations(&self) -> &[WireError] {
        &self.listed
    }

    /// How many more there were.
    pub const fn omitted(&self) -> usize {
        self.omitted
    }
}

impl From<WireError> for WireErrors {
    fn from(error: WireError) -> Self {
        Self {
            listed: vec![error],
            omitted: 0,
        }
    }
}

impl fmt::Display for WireErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.listed.iter().enumerate() {
            let gap = if at == 0 { "" } else { "; " };
            write!(f, "{gap}{error}")?;
        }
        match self.omitted {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl core::error::Error for WireErrors {}

/// Reads a message; what comes of it, or every violation.
pub(crate) fn read<T>(take: impl FnOnce(&mut Reader) -> Option<T>) -> Result<T, WireErrors> {
    let mut r = Reader::default();
    let taken = take(&mut r);
    r.finish(taken)
}

/// Collects violations while a message is read, and knows the path to where the reading is.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    path: Vec<Step>,
    listed: Vec<WireError>,
    omitted: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Field(&'static str),
    Index(usize),
}

impl Reader {
    /// Notes what is wrong with a field of the message being read.
    pub(crate) fn reject(&mut self, field: &'static str, why: Why) {
        self.within(Step::Field(field), |r| r.reject_here(why));
    }

    /// Notes what is wrong with the field or item being read.
    pub(crate) fn reject_here(&mut self, why: Why) {
        if self.listed.len() < VIOLATIONS_MAX {
            let field = self.path();
            self.listed.push(WireError { field, why });
        } else {
            self.omitted += 1;
        }
    }

    /// Notes a violation, if it is one.
    pub(crate) fn accept<T>(
        &mut self,
        field: &'static str,
        parsed: Result<T, impl Into<Why>>,
    ) -> Option<T> {
        parsed.map_err(|why| self.reject(field, why.into())).ok()
    }

    /// What must be there.
    pub(crate) fn present<T>(&mut self, field: &'static str, wire: Option<T>) -> Option<T> {
        if wire.is_none() {
            self.reject(field, Why::Missing);
        }
        wire
    }

    /// Reads a nested message.
    pub(crate) fn field<T>(&mut self, field: &'static str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.within(Step::Field(field), read)
    }

    /// Reads every item of a list; none if any item is wrong.
    pub(crate) fn items<P, T>(
        &mut self,
        field: &'static str,
        items: impl ExactSizeIterator<Item = P>,
        mut read: impl FnMut(P, &mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.field(field, |r| {
            let mut taken = Some(Vec::with_capacity(items.len()));
            for (at, item) in items.enumerate() {
                match r.within(Step::Index(at), |r| read(item, r)) {
                    Some(value) => {
                        if let Some(taken) = &mut taken {
                            taken.push(value);
                        }
                    }
                    None => taken = None,
                }
            }
            taken
        })
    }

    /// Checks the number of items in a list.
    pub(crate) fn count(
        &mut self,
        field: &'static str,
        found: usize,
        (min, max): (usize, usize),
    ) -> Option<()> {
        if (min..=max).contains(&found) {
            return Some(());
        }
        self.reject(field, Why::ItemCount { min, max, found });
        None
    }

    /// What was read, if nothing was wrong.
    fn finish<T>(self, read: Option<T>) -> Result<T, WireErrors> {
        match read {
            Some(value) if self.listed.is_empty() => Ok(value),
            // Whoever gives up a value has said why; were it forgotten, the message as a whole is
            // refused rather than half of it accepted.
            _ if self.listed.is_empty() => Err(WireErrors::from(WireError {
                field: String::new(),
                why: Why::Missing,
            })),
            _ => Err(WireErrors {
                listed: self.listed,
                omitted: self.omitted,
            }),
        }
    }

    fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let value = read(self);
        self.path.pop();
        value
    }

    fn path(&self) -> String {
        use fmt::Write as _;

        let mut path = String::new();
        for step in &self.path {
            let written = match step {
                Step::Field(name) if path.is_empty() => write!(path, "{name}"),
                Step::Field(name) => write!(path, ".{name}"),
                Step::Index(at) => write!(path, "[{at}]"),
            };
            debug_assert!(written.is_ok(), "a String grows");
        }
        path
    }
}
