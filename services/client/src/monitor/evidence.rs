//! Evidence: two signed checkpoints that no one log can have, and what shows that.
//!
//! ```text
//! caseledger/evidence@v1
//! root <base64>         (of the first entries of the second tree, as many as the first has)
//! <base64 hash>         (consistency proof from that root to the second; none for equal sizes)
//!
//! first <bytes>
//! <note, verbatim>
//! second <bytes>
//! <note, verbatim>
//! ```
//!
//! The proof shows that whoever signed the second checkpoint signed `root` for the size of the
//! first. The first is signed for another root. Nothing but the key has to be believed.

use std::fmt::Write as _;

use caseledger_chain::{
    Checkpoint, CheckpointError, Digest, Size, VerifierKey, VerifyError, verify_consistency,
};

/// First line of the file.
const HEADER: &str = "caseledger/evidence@v1\n";

/// What it begins with, whatever the version.
const NAME: &[u8] = b"caseledger/evidence@";

/// The most that a file of evidence has, in bytes: two checkpoints of 64 KiB, and the proof.
const BYTES_MAX: usize = 192 * 1024;

/// A checkpoint whose signature holds, with its note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    checkpoint: Checkpoint,
    note: String,
}

impl Signed {
    /// Opens a note.
    ///
    /// # Errors
    /// [`CheckpointError`] for what is no checkpoint that this key signed.
    pub fn open(note: &[u8], key: &VerifierKey) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::open(note, key)?;
        // What was opened is text, byte for byte.
        let note = String::from_utf8_lossy(note).into_owned();
        Ok(Self { checkpoint, note })
    }

    /// What was signed.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// How many entries it is for.
    pub const fn size(&self) -> Size {
        self.checkpoint.size
    }

    /// The root over them.
    pub const fn root(&self) -> Digest {
        self.checkpoint.root
    }

    /// The note, byte for byte.
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// Why a file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Not a file of evidence.
    #[error("it is not in the form of caseledger/evidence@v1: {0}")]
    Form(&'static str),
    /// A checkpoint that the key did not sign.
    #[error("the {which} checkpoint does not hold: {source}")]
    Checkpoint {
        /// Which of the two.
        which: &'static str,
        /// What is wrong.
        #[source]
        source: CheckpointError,
    },
    /// The proof does not hold.
    #[error("its proof does not lead to the second checkpoint: {0}")]
    Proof(#[source] VerifyError),
    /// Nothing contradicts.
    #[error("the two checkpoints are consistent: the second tree extends the first")]
    Consistent,
}

/// Two checkpoints signed by one key of which the second does not extend the first: proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    first: Signed,
    second: Signed,
    root: Digest,
    proof: Vec<Digest>,
}

impl Evidence {
    /// Takes two checkpoints of one key, the root that the first entries of the second tree have,
    /// as many as the first counts, and the consistency proof from that root to the second.
    ///
    /// # Errors
    /// [`EvidenceError`] if that proves no contradiction.
    pub fn prove(
        first: Signed,
        second: Signed,
        root: Digest,
        proof: Vec<Digest>,
    ) -> Result<Self, EvidenceError> {
        verify_consistency(first.size(), second.size(), &proof, &root, &second.root())
            .map_err(EvidenceError::Proof)?;
        if root == first.root() {
            return Err(EvidenceError::Consistent);
        }
        Ok(Self {
            first,
            second,
            root,
            proof,
        })
    }

    /// Whether a file is meant as evidence: by its first line, or by the next one, which no other
    /// file has, so that a slip in the first does not make something else of it.
    pub fn is_claimed_by(text: &[u8]) -> bool {
        let mut lines = text.split(|byte| *byte == b'\n').take(3);
        text.starts_with(NAME) || lines.any(|line| line.starts_with(b"root "))
    }

    /// The most bytes that a file has.
    pub const fn bytes_max() -> usize {
        BYTES_MAX
    }

    /// Reads a file and verifies all of it with the key of the log.
    ///
    /// # Errors
    /// [`EvidenceError`] if it proves nothing.
    pub fn verify(text: &str, key: &VerifierKey) -> Result<Self, EvidenceError> {
        use EvidenceError::Form;

        if text.len() > BYTES_MAX {
            return Err(Form("it is longer than any evidence"));
        }
        let mut rest = text.strip_prefix(HEADER).ok_or(Form("another header"))?;
        let root = take_line(&mut rest).and_then(|line| line.strip_prefix("root "));
        let root = root.and_then(|root| Digest::from_base64(root).ok());
        let root = root.ok_or(Form("no root of 32 bytes in base64"))?;
        let mut proof = Vec::new();
        loop {
            let line = take_line(&mut rest).ok_or(Form("no empty line behind the proof"))?;
            if line.is_empty() {
                break;
            }
            let hash = Digest::from_base64(line).ok();
            proof.push(hash.ok_or(Form("a hash that is not 32 bytes in base64"))?);
        }
        let first = take_note(&mut rest, "first", key)?;
        let second = take_note(&mut rest, "second", key)?;
        let evidence = Self::prove(first, second, root, proof)?;
        if evidence.render() == text {
            Ok(evidence)
        } else {
            Err(Form("it has another spelling, or something behind its end"))
        }
    }

    /// Writes the file.
    pub fn render(&self) -> String {
        let mut text = format!("{HEADER}root {}\n", self.root.to_base64());
        for hash in &self.proof {
            text.push_str(&hash.to_base64());
            text.push('\n');
        }
        for (which, Signed { note, .. }) in [("\nfirst", &self.first), ("second", &self.second)] {
            // Writing to a string does not fail.
            let _infallible = write!(text, "{which} {}\n{note}", note.len());
        }
        text
    }

    /// The checkpoint of the smaller size, or either for equal sizes.
    pub const fn first(&self) -> &Signed {
        &self.first
    }

    /// The other one.
    pub const fn second(&self) -> &Signed {
        &self.second
    }

    /// The root that the second checkpoint commits to for the size of the first.
    pub const fn root(&self) -> Digest {
        self.root
    }
}

/// Takes the next line off the text, without its line end.
fn take_line<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (line, after) = rest.split_once('\n')?;
    *rest = after;
    Some(line)
}

/// Takes a note off the text, behind the line with its length.
fn take_note(
    rest: &mut &str,
    which: &'static str,
    key: &VerifierKey,
) -> Result<Signed, EvidenceError> {
    let line = take_line(rest).and_then(|line| line.strip_prefix(which)?.strip_prefix(' '));
    let length = line.and_then(|length| length.parse().ok());
    let divided = length.and_then(|length| rest.split_at_checked(length));
    let (note, after) = divided.ok_or(EvidenceError::Form("a note without its length"))?;
    *rest = after;
    Signed::open(note.as_bytes(), key).map_err(|source| EvidenceError::Checkpoint { which, source })
}
