//! Whose word counts for a checkpoint (C2SP tlog-policy): logs, witnesses, and how many of them.
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> all|any|<k> <member> ...
//! quorum <name>|none
//! ```
//!
//! Fields are divided by spaces and tabs; empty lines, and lines that begin with `#`, say nothing.
//! A name stands on a line before it is used, and in one group at most, so that no witness counts
//! twice.

use std::collections::BTreeMap;

use crate::decimal;
use crate::key::{Algorithm, VerifierKey};
use crate::note::{OpenNote, Statement};

pub use self::error::{PolicyError, PolicyFault};

mod error;

/// What a group must not be called, because a quorum of this name asks for nobody.
const NONE: &str = "none";

/// A policy. No two of its witnesses, and no two of its logs, have the same key.
#[derive(Clone, Debug)]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    quorum: Rule,
}

/// A log that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key, which has the name of its origin.
    pub key: VerifierKey,
    /// Where it is, if the policy says so.
    pub url: Option<String>,
}

/// A witness, whether or not the quorum counts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// What it is called in the policy, and nowhere else.
    pub name: String,
    /// The key of its cosignatures.
    pub key: VerifierKey,
    /// Where it takes checkpoints, if the policy says so: `/add-checkpoint` is below this.
    pub url: Option<String>,
}

/// What must have cosigned.
#[derive(Clone, Debug)]
enum Rule {
    /// This one, which is at this index of the witnesses.
    Witness { name: String, index: usize },
    /// So many of these: at least one and at most all, or none of none.
    Group {
        name: String,
        threshold: usize,
        members: Vec<Self>,
    },
}

/// Whether enough witnesses have cosigned. Names are those of the policy, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuorumVerdict {
    /// Enough have.
    Reached {
        /// All that have, whether or not the quorum counts them.
        cosigned: Vec<String>,
    },
    /// Not enough have.
    Missing {
        /// All that have, whether or not the quorum counts them.
        cosigned: Vec<String>,
        /// Those that have not, of groups that need more. Not all of them need be needed.
        missing: Vec<String>,
        /// The witness or group that the quorum is.
        quorum: String,
    },
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    ///
    /// [`PolicyError`], with the line, for anything that is not a policy to the letter.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut reader = Reader::default();
        let mut count = 0;
        for (line, text) in (1..).zip(text.split_terminator('\n')) {
            count = line;
            let at = |fault| PolicyError { line, fault };
            let control = |c: &char| *c != '\t' && c.is_ascii_control();
            if let Some(found) = text.chars().find(control) {
                return Err(at(PolicyFault::ControlCharacter { found }));
            }
            reader.line(text).map_err(at)?;
        }
        if !text.is_empty() && !text.ends_with('\n') {
            let fault = PolicyFault::Unterminated;
            return Err(PolicyError { line: count, fault });
        }
        let Reader {
            logs,
            witnesses,
            quorum,
            ..
        } = reader;
        let quorum = quorum.ok_or(PolicyError {
            line: count,
            fault: PolicyFault::NoQuorum,
        })?;
        Ok(Self {
            logs,
            witnesses,
            quorum,
        })
    }

    /// The logs, in the order of their lines. A policy without any leaves them to whoever uses it.
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses, in the order of their lines.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The keys to open a note of the log `log` with, so that [`Self::satisfied`] can count: its
    /// own and those of all witnesses. A signature line of any of them that does not hold rejects
    /// the note.
    pub fn keys(&self, log: &VerifierKey) -> Vec<VerifierKey> {
        let witnesses = self.witnesses.iter().map(|witness| witness.key.clone());
        std::iter::once(log.clone()).chain(witnesses).collect()
    }

    /// Whether enough witnesses have cosigned this note, which was opened with [`Self::keys`].
    pub fn satisfied(&self, note: &OpenNote<'_>) -> QuorumVerdict {
        let has_cosigned = |key: &VerifierKey| {
            note.signatures().iter().any(|signed| {
                signed.name == *key.name()
                    && signed.id == key.id()
                    && matches!(signed.statement, Statement::Cosigned { .. })
            })
        };
        let signed: Vec<bool> = self
            .witnesses
            .iter()
            .map(|witness| has_cosigned(&witness.key))
            .collect();
        let with = self.witnesses.iter().zip(&signed);
        let cosigned = with
            .filter(|(_, signed)| **signed)
            .map(|(witness, _)| witness.name.clone())
            .collect();
        if self.quorum.reached(&signed) {
            return QuorumVerdict::Reached { cosigned };
        }
        let mut missing = Vec::new();
        self.quorum.missing(&signed, &mut missing);
        QuorumVerdict::Missing {
            cosigned,
            missing,
            quorum: self.quorum.name().to_owned(),
        }
    }
}

impl QuorumVerdict {
    /// Whether enough have cosigned.
    pub const fn is_reached(&self) -> bool {
        matches!(self, Self::Reached { .. })
    }
}

impl Rule {
    fn name(&self) -> &str {
        match self {
            Self::Witness { name, .. } | Self::Group { name, .. } => name,
        }
    }

    fn reached(&self, signed: &[bool]) -> bool {
        match self {
            Self::Witness { index, .. } => signed.get(*index).copied().unwrap_or(false),
            Self::Group {
                threshold, members, ..
            } => {
                let reached = members.iter().filter(|member| member.reached(signed));
                reached.count() >= *threshold
            }
        }
    }

    /// Appends the witnesses whose cosignature could still help.
    fn missing(&self, signed: &[bool], out: &mut Vec<String>) {
        if self.reached(signed) {
            return;
        }
        match self {
            Self::Witness { name, .. } => out.push(name.clone()),
            Self::Group { members, .. } => {
                for member in members {
                    member.missing(signed, out);
                }
            }
        }
    }
}

/// What the lines so far have said.
#[derive(Default)]
struct Reader {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    /// By name, until a group takes it: what is left here can be a member or the quorum.
    rules: BTreeMap<String, Rule>,
    /// Names that a group has taken.
    taken: BTreeMap<String, Rule>,
    quorum: Option<Rule>,
}

impl Reader {
    fn line(&mut self, text: &str) -> Result<(), PolicyFault> {
        let mut fields = text.split([' ', '\t']).filter(|field| !field.is_empty());
        let Some(keyword) = fields.next() else {
            return Ok(());
        };
        if keyword.starts_with('#') {
            return Ok(());
        }
        let fields: Vec<&str> = fields.collect();
        match (keyword, &*fields) {
            ("log", [key]) => self.log(key, None),
            ("log", [key, url]) => self.log(key, Some(url)),
            ("witness", [name, key]) => self.witness(name, key, None),
            ("witness", [name, key, url]) => self.witness(name, key, Some(url)),
            ("group", [name, threshold, members @ ..]) if !members.is_empty() => {
                self.group(name, threshold, members)
            }
            ("quorum", [name]) => self.quorum(name),
            ("log", _) => Err(PolicyFault::Form("log <vkey> [<url>]")),
            ("witness", _) => Err(PolicyFault::Form("witness <name> <vkey> [<url>]")),
            ("group", _) => Err(PolicyFault::Form("group <name> all|any|<k> <member> ...")),
            ("quorum", _) => Err(PolicyFault::Form("quorum <name>|none")),
            (unknown, _) => Err(PolicyFault::Keyword(unknown.to_owned())),
        }
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), PolicyFault> {
        let key = parse_key(key, Algorithm::Ed25519)?;
        if self.logs.iter().any(|log| log.key.same_public(&key)) {
            return Err(PolicyFault::SameKey);
        }
        let url = url.map(str::to_owned);
        self.logs.push(PolicyLog { key, url });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), PolicyFault> {
        let key = parse_key(key, Algorithm::CosignatureV1)?;
        // Signature lines name a key by name and id, so two such keys could not be told apart.
        let same = |witness: &PolicyWitness| {
            let known = &witness.key;
            known.same_public(&key) || (known.name() == key.name() && known.id() == key.id())
        };
        if self.witnesses.iter().any(same) {
            return Err(PolicyFault::SameKey);
        }
        let rule = Rule::Witness {
            name: name.to_owned(),
            index: self.witnesses.len(),
        };
        self.define(rule)?;
        self.witnesses.push(PolicyWitness {
            name: name.to_owned(),
            key,
            url: url.map(str::to_owned),
        });
        Ok(())
    }

    fn group(&mut self, name: &str, threshold: &str, names: &[&str]) -> Result<(), PolicyFault> {
        let all = names.len();
        let threshold = match threshold {
            "all" => Some(all),
            "any" => Some(1),
            number => decimal::parse(number).and_then(|number| usize::try_from(number).ok()),
        };
        let threshold = threshold.filter(|threshold| (1..=all).contains(threshold));
        let threshold = threshold.ok_or(PolicyFault::Threshold { members: all })?;
        let mut members = Vec::with_capacity(all);
        for name in names {
            let Some(member) = self.rules.remove(*name) else {
                let name = (*name).to_owned();
                return Err(if self.taken.contains_key(&name) {
                    PolicyFault::Taken(name)
                } else {
                    PolicyFault::Undefined(name)
                });
            };
            self.taken.insert((*name).to_owned(), member.clone());
            members.push(member);
        }
        self.define(Rule::Group {
            name: name.to_owned(),
            threshold,
            members,
        })
    }

    fn quorum(&mut self, name: &str) -> Result<(), PolicyFault> {
        if self.quorum.is_some() {
            return Err(PolicyFault::SecondQuorum);
        }
        let rule = if name == NONE {
            Rule::Group {
                name: name.to_owned(),
                threshold: 0,
                members: Vec::new(),
            }
        } else {
            let rule = self.rules.get(name).or_else(|| self.taken.get(name));
            let undefined = || PolicyFault::Undefined(name.to_owned());
            rule.cloned().ok_or_else(undefined)?
        };
        self.quorum = Some(rule);
        Ok(())
    }

    fn define(&mut self, rule: Rule) -> Result<(), PolicyFault> {
        let name = rule.name().to_owned();
        if name == NONE || self.rules.contains_key(&name) || self.taken.contains_key(&name) {
            return Err(PolicyFault::NameTaken(name));
        }
        self.rules.insert(name, rule);
        Ok(())
    }
}

fn parse_key(text: &str, expected: Algorithm) -> Result<VerifierKey, PolicyFault> {
    let key = VerifierKey::parse(text).map_err(PolicyFault::Key)?;
    if key.algorithm() == expected {
        Ok(key)
    } else {
        Err(PolicyFault::KeyType {
            expected: expected.code(),
            found: key.algorithm().code(),
        })
    }
}

#[cfg(test)]
mod tests;
