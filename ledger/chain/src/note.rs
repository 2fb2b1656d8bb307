//! Signed notes (C2SP signed-note v1.0.0): a text, an empty line, and signature lines.
//!
//! ```text
//! <text, UTF-8, every line ends in U+000A>
//! <empty line>
//! — <key name> <base64(key id || signature)>
//! ```
//!
//! A signature covers exactly the text, up to and including the line end before the empty line.
//! A verifier ignores lines of keys it does not know, and rejects the whole note when a line of a
//! key it does know is wrong.

use crate::base64;
use crate::key::{Algorithm, KeyId, KeyName, SigningKey, VerifierKey};

pub use self::error::NoteError;

mod error;

/// What every signature line starts with: U+2014 and a space.
const LINE_START: &str = "\u{2014} ";

/// A note with more signature lines than this is refused before any is decoded.
const SIGNATURES_MAX: usize = 100;

/// Shortest signature that any algorithm could have: a key id and one byte.
const BLOB_MIN: usize = KeyId::LEN + 1;

/// A note that is well-formed, but for a signature that it may lack. Nothing in it is verified.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    text: &'a str,
    signatures: Vec<SignatureLine<'a>>,
}

#[derive(Clone, Debug)]
struct SignatureLine<'a> {
    name: &'a str,
    id: KeyId,
    signature: Vec<u8>,
}

impl SignatureLine<'_> {
    /// Whether it claims to be by this key.
    fn is_by(&self, key: &VerifierKey) -> bool {
        key.name().as_str() == self.name && key.id() == self.id
    }
}

/// A note of which at least one signature by a known key holds.
#[derive(Clone, Debug)]
pub struct OpenNote<'a> {
    text: &'a str,
    signatures: Vec<VerifiedSignature>,
}

/// One signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    /// The name of the key that made it.
    pub name: KeyName,
    /// The id of the key that made it.
    pub id: KeyId,
    /// What it says.
    pub statement: Statement,
}

/// What a signature on a note says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// The signer made the text.
    Signed,
    /// The signer saw the checkpoint at a time, in seconds since 1970-01-01T00:00:00Z.
    Cosigned {
        /// That time.
        time: u64,
    },
}

impl<'a> Note<'a> {
    /// Takes a note apart without verifying anything. That nobody has signed it is for
    /// [`Self::verify`] to say.
    ///
    /// # Errors
    ///
    /// Refuses anything that is not a note byte for byte: other line ends, control characters,
    /// text after the signatures, base64 that is not canonical.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NoteError> {
        let note = std::str::from_utf8(bytes).map_err(|error| NoteError::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        refuse_control_characters(note)?;
        let blank = note.rfind("\n\n").ok_or(NoteError::NoBlankLine)?;
        let (text, rest) = note.split_at(blank + 1);
        let lines = rest.strip_prefix('\n').unwrap_or_default();
        if lines.is_empty() {
            let signatures = Vec::new();
            return Ok(Self { text, signatures });
        }
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Unterminated)?;
        let found = lines.split('\n').count();
        if found > SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures {
                max: SIGNATURES_MAX,
                found,
            });
        }
        let signatures = lines
            .split('\n')
            .enumerate()
            .map(|(i, line)| parse_line(i + 1, line));
        Ok(Self {
            text,
            signatures: signatures.collect::<Result<_, _>>()?,
        })
    }

    /// Takes a note apart and verifies the signatures of `known` keys.
    ///
    /// # Errors
    ///
    /// As [`Self::parse`] and [`Self::verify`].
    pub fn open(bytes: &'a [u8], known: &[VerifierKey]) -> Result<OpenNote<'a>, NoteError> {
        Self::parse(bytes)?.verify(known)
    }

    /// Verifies every signature line of a `known` key. A key that signed twice counts once.
    ///
    /// # Errors
    ///
    /// Refuses the note when one such line does not hold, and when there is none.
    pub fn verify(self, known: &[VerifierKey]) -> Result<OpenNote<'a>, NoteError> {
        if self.signatures.is_empty() {
            return Err(NoteError::NoSignature);
        }
        let mut signatures: Vec<VerifiedSignature> = Vec::new();
        for line in &self.signatures {
            let Some(key) = known.iter().find(|key| line.is_by(key)) else {
                continue;
            };
            let statement = verify_line(key, self.text, &line.signature)?;
            if !signatures
                .iter()
                .any(|seen| seen.id == line.id && seen.name == *key.name())
            {
                signatures.push(VerifiedSignature {
                    name: key.name().clone(),
                    id: key.id(),
                    statement,
                });
            }
        }
        if signatures.is_empty() {
            return Err(NoteError::NoKnownKey);
        }
        Ok(OpenNote {
            text: self.text,
            signatures,
        })
    }

    /// The text, which nobody may have signed.
    pub const fn text_unverified(&self) -> &'a str {
        self.text
    }

    /// The first signature line that claims to be by `key`, with its line end, as it stands in the
    /// note. Whether it holds is for [`Self::verify`] to say.
    pub fn line_unverified(&self, key: &VerifierKey) -> Option<String> {
        let line = self.signatures.iter().find(|line| line.is_by(key))?;
        let mut out = String::new();
        push_line(&mut out, key, &[&line.signature]);
        Some(out)
    }
}

impl<'a> OpenNote<'a> {
    /// The text, with the line end that closes it.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The signatures that hold, in the order of their lines.
    pub fn signatures(&self) -> &[VerifiedSignature] {
        &self.signatures
    }
}

impl SigningKey {
    /// Makes a note of `text`: the text, an empty line, one signature line.
    ///
    /// # Errors
    ///
    /// Refuses a text that does not end in a line end or has control characters.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        refuse_control_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Unterminated);
        }
        let mut note = String::with_capacity(text.len() + self.name().as_str().len() + 104);
        note.push_str(text);
        note.push('\n');
        self.push_signature(&mut note, text);
        Ok(note)
    }

    /// Appends a signature line over `text` to a note of it.
    pub(crate) fn push_signature(&self, note: &mut String, text: &str) {
        let signature = self.sign_bytes(text.as_bytes());
        push_line(note, self.verifier(), &[&signature]);
    }
}

/// Appends a signature line made of the parts of the signature.
pub(crate) fn push_line(out: &mut String, key: &VerifierKey, signature: &[&[u8]]) {
    let mut blob = Vec::with_capacity(KeyId::LEN + 8 + 64);
    blob.extend_from_slice(&key.id().to_bytes());
    for part in signature {
        blob.extend_from_slice(part);
    }
    out.push_str(LINE_START);
    out.push_str(key.name().as_str());
    out.push(' ');
    base64::push(out, &blob);
    out.push('\n');
}

fn refuse_control_characters(text: &str) -> Result<(), NoteError> {
    let control = |(_, byte): &(usize, u8)| *byte < 0x20 && *byte != b'\n';
    match text.bytes().enumerate().find(control) {
        Some((offset, found)) => Err(NoteError::ControlCharacter { offset, found }),
        None => Ok(()),
    }
}

fn parse_line(line: usize, text: &str) -> Result<SignatureLine<'_>, NoteError> {
    let rest = text
        .strip_prefix(LINE_START)
        .ok_or(NoteError::Line { line })?;
    let (name, blob) = rest.split_once(' ').ok_or(NoteError::Line { line })?;
    KeyName::parse(name).map_err(|error| NoteError::Name { line, error })?;
    let blob = base64::decode(blob).map_err(|error| NoteError::Base64 { line, error })?;
    match blob.split_first_chunk::<{ KeyId::LEN }>() {
        Some((id, signature)) if !signature.is_empty() => Ok(SignatureLine {
            name,
            id: KeyId::from_bytes(*id),
            signature: signature.to_vec(),
        }),
        _ => Err(NoteError::ShortSignature {
            line,
            expected: BLOB_MIN,
            found: blob.len(),
        }),
    }
}

fn verify_line(key: &VerifierKey, text: &str, signature: &[u8]) -> Result<Statement, NoteError> {
    let wrong = || NoteError::Signature {
        name: key.name().clone(),
        id: key.id(),
    };
    match key.algorithm() {
        Algorithm::Ed25519 => {
            let signature = <&[u8; 64]>::try_from(signature).map_err(|_length| wrong())?;
            key.verifies(text.as_bytes(), signature)
                .then_some(Statement::Signed)
                .ok_or_else(wrong)
        }
        Algorithm::CosignatureV1 => crate::cosign::verify(key, text, signature).ok_or_else(wrong),
    }
}

#[cfg(test)]
mod tests;
