//! The file with the checkpoint that was shown last: a copy of what was public, made anew when it
//! is gone. It keeps the cosignatures over a restart, and readers from seeing a smaller size.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use bytes::Bytes;
use caseledger_chain::{Checkpoint, CheckpointError, Digest, Note, NoteError, Size, VerifierKey};

use super::Published;
use crate::witnesses::Quorum;

/// A longer file is not read, in bytes: a hundred signature lines are shorter.
const LENGTH_MAX: u64 = 64 * 1024;

/// Why what is kept is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeptError {
    #[error("it cannot be read")]
    File(#[from] io::Error),
    #[error("it is no checkpoint of this ledger")]
    Checkpoint(#[from] CheckpointError),
    #[error("its cosignatures do not hold")]
    Cosignatures(#[from] NoteError),
    #[error(
        "size {size} with root {root} is not in this ledger; was it restored from an older copy?"
    )]
    Other { size: Size, root: Digest },
}

/// Reads what is kept and verifies all of it: none if there is nothing, or if it has not reached
/// its quorum. `root_at` is the root of this ledger at a size, if it has that.
pub(super) fn load(
    file: &Path,
    key: &VerifierKey,
    quorum: Option<&Quorum>,
    root_at: impl FnOnce(Size) -> Option<Digest>,
) -> Result<Option<Published>, KeptError> {
    let Some(quorum) = quorum else {
        return Ok(None);
    };
    let mut note = Vec::new();
    match File::open(file) {
        Ok(file) => file.take(LENGTH_MAX).read_to_end(&mut note)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Checkpoint { size, root, .. } = Checkpoint::open(&note, key)?;
    let (cosigned, reached) = quorum.judge(&note)?;
    if root_at(size) != Some(root) {
        return Err(KeptError::Other { size, root });
    }
    let bare = Note::parse(&note)?;
    let line = bare.line_unverified(key).unwrap_or_default();
    let signed = Bytes::from(format!("{}\n{line}", bare.text_unverified()));
    Ok(reached.then(|| Published {
        size,
        signed,
        note: note.into(),
        cosigned,
        reached,
    }))
}

/// Replaces what is kept, or takes it away. When this returns, a power cut leaves the new state; a
/// crash before leaves the old or the new one, whole.
pub(super) fn store(file: &Path, note: Option<&[u8]>) -> io::Result<()> {
    match note {
        Some(note) => {
            // A crash here leaves a file of a name that nobody reads.
            let unfinished = file.with_extension("new");
            let mut open = File::create(&unfinished)?;
            open.write_all(note)?;
            open.sync_all()?;
            fs::rename(&unfinished, file)?;
        }
        None => match fs::remove_file(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed?,
        },
    }
    let folder = file.parent().filter(|path| !path.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
