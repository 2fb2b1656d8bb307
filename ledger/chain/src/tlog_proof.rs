//! The text form of an inclusion proof with its checkpoint (C2SP tlog-proof).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>             (optional; not covered by anything)
//! index <decimal>
//! <base64 hash>              (0 to 63 lines, from the sibling of the leaf upwards)
//!
//! <checkpoint note, to the end of the text>
//! ```

use std::error::Error;
use std::fmt;

use crate::base64::{self, Base64Error};
use crate::decimal;
use crate::digest::Digest;
use crate::position::Position;

const HEADER: &str = "c2sp.org/tlog-proof@v1\n";

/// No tree of 64-bit size has a longer path.
const HASHES_MAX: usize = 63;

/// A proof as it stands in a text. Nothing in it is verified: see
/// [`verify_proof`](crate::verify_proof).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Bytes that travel with the proof and that nothing covers. In a receipt they are the entry.
    pub extra: Option<Vec<u8>>,
    /// Where the leaf stands.
    pub index: Position,
    /// The hashes from the sibling of the leaf upwards.
    pub proof: Vec<Digest>,
    /// The checkpoint note, byte for byte.
    pub checkpoint: String,
}

/// Why a text is not a proof in its one canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlogProofError {
    /// The extra data is not canonical base64.
    Extra(Base64Error),
    /// A hash is not canonical base64 of 32 bytes.
    Hash {
        /// Index of the hash.
        hash: usize,
        /// What is wrong.
        error: Base64Error,
    },
    /// The first line is not that of this format and version.
    Header,
    /// There is no `index` line with a decimal number in its shortest form.
    Index,
    /// There are more hashes than any tree needs.
    TooManyHashes {
        /// The most there can be.
        max: usize,
    },
    /// A line has no line end, or the empty line before the checkpoint is missing.
    Unterminated,
}

impl fmt::Display for TlogProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extra(error) => write!(f, "extra data of the proof: {error}"),
            Self::Hash { hash, error } => write!(f, "hash {hash} of the proof: {error}"),
            Self::Header => {
                write!(
                    f,
                    "proof does not start with the line {}",
                    HEADER.trim_end()
                )
            }
            Self::Index => f.write_str(
                "proof has no line \"index <n>\" with a decimal number in its shortest form",
            ),
            Self::TooManyHashes { max } => write!(f, "proof has more than {max} hashes"),
            Self::Unterminated => {
                f.write_str("proof ends before the empty line that precedes its checkpoint")
            }
        }
    }
}

impl Error for TlogProofError {}

impl TlogProof {
    /// Reads a proof. The checkpoint is taken as it is.
    ///
    /// # Errors
    ///
    /// Refuses every other spelling than that of [`Self::render`].
    pub fn parse(text: &str) -> Result<Self, TlogProofError> {
        let mut rest = text.strip_prefix(HEADER).ok_or(TlogProofError::Header)?;
        let mut line = take_line(&mut rest)?;
        let mut extra = None;
        if let Some(data) = line.strip_prefix("extra ") {
            extra = Some(base64::decode(data).map_err(TlogProofError::Extra)?);
            line = take_line(&mut rest)?;
        }
        let index = line.strip_prefix("index ").and_then(decimal::parse);
        let index = Position::new(index.ok_or(TlogProofError::Index)?);
        let mut proof = Vec::new();
        loop {
            let line = take_line(&mut rest)?;
            if line.is_empty() {
                break;
            }
            if proof.len() == HASHES_MAX {
                return Err(TlogProofError::TooManyHashes { max: HASHES_MAX });
            }
            let hash = Digest::from_base64(line).map_err(|error| TlogProofError::Hash {
                hash: proof.len(),
                error,
            })?;
            proof.push(hash);
        }
        Ok(Self {
            extra,
            index,
            proof,
            checkpoint: rest.to_owned(),
        })
    }

    /// Writes the proof as text.
    pub fn render(&self) -> String {
        let mut out = String::new();
        let Self {
            extra,
            index,
            proof,
            checkpoint,
        } = self;
        Self::render_into(&mut out, *index, proof, extra.as_deref(), checkpoint);
        out
    }

    /// Appends the text of a proof made of these parts to `out`, without copying them first.
    pub fn render_into(
        out: &mut String,
        index: Position,
        proof: &[Digest],
        extra: Option<&[u8]>,
        checkpoint_note: &str,
    ) {
        let extra_len = extra.map_or(0, |extra| extra.len().div_ceil(3) * 4 + 7);
        out.reserve(HEADER.len() + extra_len + 28 + proof.len() * 45 + checkpoint_note.len());
        out.push_str(HEADER);
        if let Some(extra) = extra {
            out.push_str("extra ");
            base64::push(out, extra);
            out.push('\n');
        }
        out.push_str("index ");
        out.push_str(&index.to_string());
        out.push('\n');
        for hash in proof {
            hash.push_base64(out);
            out.push('\n');
        }
        out.push('\n');
        out.push_str(checkpoint_note);
    }
}

/// Takes the next line off the text, without its line end.
fn take_line<'a>(rest: &mut &'a str) -> Result<&'a str, TlogProofError> {
    let (line, after) = rest.split_once('\n').ok_or(TlogProofError::Unterminated)?;
    *rest = after;
    Ok(line)
}

#[cfg(test)]
mod tests;
