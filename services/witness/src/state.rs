//! The file of a watched log: its key, and the checkpoint that was cosigned last.
//!
//! ```text
//! caseledger witness state 1 <SHA-256, hexadecimal, of everything below this line>
//! <vkey of the log>
//! [<checkpoint note with the signature of the log and the cosignature>]
//! ```
//!
//! Without a note nothing was cosigned yet. The hash tells that from a file that was cut.

use caseledger_chain::{
    Checkpoint, Digest, Note, Origin, Size, Statement, UnverifiedCheckpoint, VerifierKey,
};
use sha2::{Digest as _, Sha256};

use crate::error::StateFault;

const HEADER: &str = "caseledger witness state 1 ";

/// What is known of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The key of the log.
    pub(crate) key: VerifierKey,
    /// What was cosigned last.
    pub(crate) last: Option<Cosigned>,
}

/// A checkpoint that this witness has cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cosigned {
    pub(crate) size: Size,
    pub(crate) root: Digest,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub(crate) time: u64,
    /// The checkpoint, the signature of the log, the cosignature.
    pub(crate) note: String,
}

impl State {
    /// Which log it is.
    pub(crate) fn origin(&self) -> Origin {
        Origin::from(self.key.name().clone())
    }

    /// Size and root of what was cosigned last.
    pub(crate) fn stored(&self) -> Option<(Size, Digest)> {
        self.last.as_ref().map(|last| (last.size, last.root))
    }

    /// The bytes of the file.
    pub(crate) fn render(&self) -> String {
        let note = self.last.as_ref().map_or("", |last| &last.note);
        let content = format!("{}\n{note}", self.key);
        format!(
            "{HEADER}{}\n{content}",
            hex::encode(Sha256::digest(&content))
        )
    }

    /// Reads the bytes of a file and verifies both signatures anew.
    pub(crate) fn parse(bytes: &[u8], witness: &VerifierKey) -> Result<Self, StateFault> {
        let text = std::str::from_utf8(bytes).map_err(|_position| StateFault::Form)?;
        let (hash, content) = text
            .strip_prefix(HEADER)
            .and_then(|rest| rest.split_once('\n'))
            .ok_or(StateFault::Form)?;
        if hash != hex::encode(Sha256::digest(content)) {
            return Err(StateFault::Hash);
        }
        let (key, note) = content.split_once('\n').ok_or(StateFault::Form)?;
        let key = VerifierKey::parse_log(key).map_err(StateFault::Key)?;
        let last = if note.is_empty() {
            None
        } else {
            Some(Cosigned::open(note, &key, witness)?)
        };
        Ok(Self { key, last })
    }
}

impl Cosigned {
    fn open(note: &str, log: &VerifierKey, witness: &VerifierKey) -> Result<Self, StateFault> {
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes())
            .and_then(|checkpoint| checkpoint.verify(log))
            .map_err(StateFault::Checkpoint)?;
        let Checkpoint { size, root, .. } = checkpoint;
        let open = Note::open(note.as_bytes(), std::slice::from_ref(witness));
        let signed = open.map_err(|_cause| StateFault::NotCosigned)?;
        match signed.signatures().first().map(|signed| signed.statement) {
            Some(Statement::Cosigned { time }) => Ok(Self {
                size,
                root,
                time,
                note: note.to_owned(),
            }),
            Some(Statement::Signed) | None => Err(StateFault::NotCosigned),
        }
    }
}

/// What the file of a log is called, and where its checkpoint is shown: SHA-256 of the origin.
pub(crate) fn name_of(origin: &Origin) -> String {
    hex::encode(Sha256::digest(origin.as_str()))
}
