//! What can be wrong with a policy.

use std::error::Error;
use std::fmt;

use crate::key::KeyError;

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The line, counted from 1; the last one for what is missing.
    pub line: usize,
    /// What is wrong with it.
    pub fault: PolicyFault,
}

/// What is wrong with a line of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyFault {
    /// A control character other than tab and line end.
    ControlCharacter {
        /// The character.
        found: char,
    },
    /// A known keyword with other fields than it takes.
    Form(&'static str),
    /// The key cannot be read.
    Key(KeyError),
    /// The key of a log where that of a witness belongs, or the other way round.
    KeyType {
        /// The type byte that belongs here.
        expected: u8,
        /// The type byte of the key.
        found: u8,
    },
    /// A first field that says nothing.
    Keyword(String),
    /// A name that stands for something already.
    NameTaken(String),
    /// There is no quorum line.
    NoQuorum,
    /// A key that stands for another log or witness already.
    SameKey,
    /// There is a quorum already.
    SecondQuorum,
    /// A member that is one of another group, or twice of this one.
    Taken(String),
    /// The number of a group is not one that its members can reach, or asks for nobody.
    Threshold {
        /// How many members there are.
        members: usize,
    },
    /// A name that no line before this one has given.
    Undefined(String),
    /// The last line has no line end.
    Unterminated,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the policy: {}", self.line, self.fault)
    }
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter { found } => {
                write!(
                    f,
                    "control character {found:?}, expected tab and line end only"
                )
            }
            Self::Form(form) => write!(f, "fields are missing or too many, expected {form}"),
            Self::Key(error) => error.fmt(f),
            Self::KeyType { expected, found } => write!(
                f,
                "key has type 0x{found:02x}, expected 0x{expected:02x} (0x01 for a log, 0x04 for \
                 a witness)"
            ),
            Self::Keyword(found) => {
                write!(
                    f,
                    "begins with {found:?}, expected log, witness, group or quorum"
                )
            }
            Self::NameTaken(name) => write!(f, "name {name:?} is taken, expected another"),
            Self::NoQuorum => {
                f.write_str("no quorum up to here, expected a line quorum <name>|none")
            }
            Self::SameKey => f.write_str("key stands on a line before, expected each key once"),
            Self::SecondQuorum => f.write_str("second quorum, expected one"),
            Self::Taken(name) => {
                write!(
                    f,
                    "{name:?} is in a group already, expected each name in one group"
                )
            }
            Self::Threshold { members } => {
                write!(
                    f,
                    "group needs a number from 1 to {members}, or all, or any"
                )
            }
            Self::Undefined(name) => {
                write!(
                    f,
                    "{name:?} is not defined, expected a witness or group of a line before"
                )
            }
            Self::Unterminated => f.write_str("no line end"),
        }
    }
}

impl Error for PolicyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            PolicyFault::Key(error) => Some(error),
            PolicyFault::ControlCharacter { .. }
            | PolicyFault::Form(_)
            | PolicyFault::KeyType { .. }
            | PolicyFault::Keyword(_)
            | PolicyFault::NameTaken(_)
            | PolicyFault::NoQuorum
            | PolicyFault::SameKey
            | PolicyFault::SecondQuorum
            | PolicyFault::Taken(_)
            | PolicyFault::Threshold { .. }
            | PolicyFault::Undefined(_)
            | PolicyFault::Unterminated => None,
        }
    }
}
