//! What a log asks of a witness, and what a witness answers (C2SP tlog-witness v1.0.0).
//!
//! ```text
//! old <size of the checkpoint that the witness cosigned last>
//! <hash, base64>                    0 to 63 lines: the consistency proof from there
//! <empty line>
//! <checkpoint note, byte for byte>
//! ```
//!
//! [`judge`] is the whole decision, without a clock, a file or a network: the witness around it
//! has only to store what it accepts, before it says so.

use crate::checkpoint::{Checkpoint, CheckpointError, Origin, UnverifiedCheckpoint};
use crate::decimal;
use crate::digest::Digest;
use crate::key::VerifierKey;
use crate::note::{Note, NoteError, Statement};
use crate::position::Size;
use crate::tree::verify_consistency;

pub use self::error::{AddCheckpointError, Refusal};

mod error;

/// No tree of 64-bit size has a longer proof.
const HASHES_MAX: usize = 63;

/// A request to cosign a checkpoint. Nothing in it is verified: see [`judge`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size of the checkpoint that the witness cosigned last, as the log knows it; 0 for none.
    pub old: Size,
    /// The consistency proof from that size to the size of the checkpoint.
    pub proof: Vec<Digest>,
    /// The checkpoint note, byte for byte.
    pub checkpoint: String,
}

/// A cosignature that holds for a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    line: String,
    time: u64,
}

impl AddCheckpoint {
    /// A longer request is refused before it is read: 63 hashes and a note with a hundred
    /// signatures have room, in bytes.
    pub const BYTES_MAX: usize = 64 * 1024;

    /// Reads a request. The checkpoint is taken as it is.
    ///
    /// # Errors
    ///
    /// Refuses every other spelling than that of [`Self::render`], and more than
    /// [`Self::BYTES_MAX`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AddCheckpointError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(AddCheckpointError::TooLong {
                max: Self::BYTES_MAX,
                found: bytes.len(),
            });
        }
        let mut rest = std::str::from_utf8(bytes).map_err(|error| AddCheckpointError::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        let old = take_line(&mut rest)?.strip_prefix("old ");
        let old = old.and_then(decimal::parse);
        let old = Size::new(old.ok_or(AddCheckpointError::Old)?);
        let mut proof = Vec::new();
        loop {
            let line = take_line(&mut rest)?;
            if line.is_empty() {
                break;
            }
            if proof.len() == HASHES_MAX {
                return Err(AddCheckpointError::TooManyHashes { max: HASHES_MAX });
            }
            let hash = Digest::from_base64(line).map_err(|error| AddCheckpointError::Hash {
                hash: proof.len(),
                error,
            })?;
            proof.push(hash);
        }
        Ok(Self {
            old,
            proof,
            checkpoint: rest.to_owned(),
        })
    }

    /// Writes the request as text.
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(28 + self.proof.len() * 45 + self.checkpoint.len());
        out.push_str("old ");
        out.push_str(&self.old.to_string());
        out.push('\n');
        for hash in &self.proof {
            hash.push_base64(&mut out);
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.checkpoint);
        out
    }

    /// The log that the checkpoint claims to be of; only good for finding its key and what was
    /// cosigned of it last.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] of a request whose checkpoint cannot be read.
    pub fn origin_unverified(&self) -> Result<Origin, Refusal> {
        let checkpoint = parse_checkpoint(&self.checkpoint)?;
        Ok(checkpoint.origin_unverified().clone())
    }
}

/// What a witness says to a request: the checkpoint that it may cosign, or why not.
///
/// `stored` is size and root of the checkpoint of this log that was cosigned last, and `key` that
/// of the log, if it is one that the witness watches. Whoever cosigns what this returns must have
/// stored it as the last one first, and no other request may be judged in between: two that were
/// judged by the same `stored` may contradict each other.
///
/// # Errors
///
/// [`Refusal`], which names the HTTP status.
pub fn judge(
    stored: Option<(Size, Digest)>,
    request: &AddCheckpoint,
    key: Option<&VerifierKey>,
) -> Result<Checkpoint, Refusal> {
    let checkpoint = parse_checkpoint(&request.checkpoint)?;
    let size = checkpoint.size_unverified();
    if request.old > size {
        return Err(Refusal::OldAbove {
            old: request.old,
            size,
        });
    }
    let Some(key) = key else {
        return Err(Refusal::UnknownLog(checkpoint.origin_unverified().clone()));
    };
    let checkpoint = checkpoint.verify(key).map_err(unverified)?;
    let last = stored.map_or(Size::ZERO, |(size, _)| size);
    if request.old != last {
        return Err(Refusal::Conflict { stored: last });
    }
    match stored.filter(|_| !last.is_zero()) {
        // Every log extends the one without entries: there is nothing to prove.
        None if request.proof.is_empty() => Ok(checkpoint),
        None => Err(Refusal::ProofFromNothing {
            found: request.proof.len(),
        }),
        Some((last, root)) => {
            let proof = &request.proof;
            verify_consistency(last, checkpoint.size, proof, &root, &checkpoint.root)
                .map_err(Refusal::Inconsistent)?;
            Ok(checkpoint)
        }
    }
}

/// Reads the checkpoint of a request.
fn parse_checkpoint(note: &str) -> Result<UnverifiedCheckpoint<'_>, Refusal> {
    UnverifiedCheckpoint::parse(note.as_bytes()).map_err(Refusal::Checkpoint)
}

/// Why a checkpoint that can be read is not one to cosign.
const fn unverified(error: CheckpointError) -> Refusal {
    match error {
        // The log itself signed it, and no log without entries has this root.
        error @ CheckpointError::EmptyRoot { .. } => Refusal::EmptyRoot(error),
        error @ (CheckpointError::Extension
        | CheckpointError::KeyType { .. }
        | CheckpointError::Lines { .. }
        | CheckpointError::Note(_)
        | CheckpointError::Origin(_)
        | CheckpointError::OtherLog { .. }
        | CheckpointError::Root(_)
        | CheckpointError::Size) => Refusal::Unsigned(error),
    }
}

/// Takes the next line off the text, without its line end.
fn take_line<'a>(rest: &mut &'a str) -> Result<&'a str, AddCheckpointError> {
    let (line, after) = rest
        .split_once('\n')
        .ok_or(AddCheckpointError::Unterminated)?;
    *rest = after;
    Ok(line)
}

impl Cosignature {
    /// Finds the cosignature of the witness `key` in what the witness answered, and verifies it
    /// for the text of the checkpoint. Lines of other keys are ignored.
    ///
    /// # Errors
    ///
    /// Refuses an answer with a line that is no signature line, one whose line of this key does
    /// not hold, and one that has none.
    pub fn find(
        checkpoint_text: &str,
        answer: &[u8],
        key: &VerifierKey,
    ) -> Result<Self, NoteError> {
        let answer = std::str::from_utf8(answer).map_err(|error| NoteError::NotUtf8 {
            offset: error.valid_up_to(),
        })?;
        let mut found = None;
        for line in answer.split_inclusive('\n') {
            let note = format!("{checkpoint_text}\n{line}");
            let open = match Note::open(note.as_bytes(), std::slice::from_ref(key)) {
                Ok(open) => open,
                Err(NoteError::NoKnownKey) => continue,
                Err(error) => return Err(error),
            };
            // A line cannot change what the note before it says.
            let statement = open.signatures().first().map(|signed| signed.statement);
            if open.text() == checkpoint_text
                && let Some(Statement::Cosigned { time }) = statement
                && found.is_none()
            {
                let line = line.to_owned();
                found = Some(Self { line, time });
            }
        }
        found.ok_or(NoteError::NoKnownKey)
    }

    /// The signature line with its line end, to be appended to the note.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// When the witness saw the checkpoint, in seconds since 1970-01-01T00:00:00Z by its clock.
    pub const fn time(&self) -> u64 {
        self.time
    }
}

#[cfg(test)]
mod tests;
