//! Where a ledger's files are, and the small file that says which ledger it is.
//!
//! ```text
//! <data>/ledger.toml   written once by init: format, ledger id, origin, which keys, creating version
//! <data>/lock          locked while open
//! <data>/journal/      the commits
//! <data>/store/        the derived store; may be deleted, is rebuilt
//! <data>/store.mark    what the derived store had at its last flush
//! <data>/read-only.store/, read-only.store.mark   the same for a log that was opened read-only
//! <data>/shown.checkpoint   what the server shows over HTTP, if it has witnesses; may be deleted
//! <guard>.lock         locked while open for writing
//! <guard>              the high-water mark, outside the data folder so that a restored copy cannot bring its own
//! ```

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use caseledger_chain::{Digest, LedgerId, VerifierKey};

use crate::{
    disk::{self, Disk},
    regular::open_regular,
};

/// Version of the data folder's layout.
const FORMAT: u32 = 2;
const TEXT_MAX: usize = 256;

/// The data folder and the guard file of one ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    data: PathBuf,
    guard: PathBuf,
}

impl Paths {
    /// A data folder and a guard file that is not inside it.
    ///
    /// # Errors
    /// [`GuardInside`] when restoring the folder would restore the guard too. Paths are compared as written.
    pub fn new(data: impl Into<PathBuf>, guard: impl Into<PathBuf>) -> Result<Self, GuardInside> {
        let (data, guard) = (data.into(), guard.into());
        if guard.starts_with(&data) {
            Err(GuardInside { data, guard })
        } else {
            Ok(Self { data, guard })
        }
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The high-water mark file.
    pub fn guard(&self) -> &Path {
        &self.guard
    }

    /// The journal folder.
    pub fn journal(&self) -> PathBuf {
        self.data.join("journal")
    }

    /// The derived store's folder.
    pub fn store(&self) -> PathBuf {
        self.data.join("store")
    }

    /// The mark of the derived store: how far that was.
    pub fn mark(&self) -> PathBuf {
        self.data.join("store.mark")
    }

    /// The derived store of a log that is open read-only: the other one is a witness of how far the ledger was.
    pub(crate) fn read_only_store(&self) -> PathBuf {
        self.data.join("read-only.store")
    }

    pub(crate) fn read_only_mark(&self) -> PathBuf {
        self.data.join("read-only.store.mark")
    }

    /// The high-water mark file behind all links: two copies that share it lock and replace one file, however each of
    /// them names it.
    pub(crate) fn real_guard(&self) -> io::Result<PathBuf> {
        let in_folder = |error: io::Error| match (error.kind(), self.guard.file_name()) {
            (io::ErrorKind::NotFound, Some(name)) => {
                Ok(disk::folder_of(&self.guard).canonicalize()?.join(name))
            }
            _ => Err(error),
        };
        self.guard.canonicalize().or_else(in_folder)
    }

    /// The file that says which ledger this is.
    pub fn meta(&self) -> PathBuf {
        self.data.join("ledger.toml")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.data.join("lock")
    }
}

/// The guard file lies inside the data folder, where it would be rolled back together with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "guard file {guard} is inside the data folder {data}: put it on a path that is not restored with it"
)]
pub struct GuardInside {
    data: PathBuf,
    guard: PathBuf,
}

/// Which ledger a data folder holds. Never changes after init.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    ledger: LedgerId,
    verifier: VerifierKey,
    index: Digest,
    created_by: String,
}

/// Why a meta file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// A line that is not `key = value` with a known key and a well-formed value, or given twice.
    #[error("ledger.toml line {line} is not a known key with a well-formed value")]
    Line {
        /// One-based.
        line: usize,
    },
    /// A key is missing.
    #[error("ledger.toml has no key {key}")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// Made by another release.
    #[error(
        "data folder has format {found}, expected {}: use a release that knows it",
        FORMAT
    )]
    Format {
        /// Found in the file.
        found: u32,
    },
    /// The verifier key is not that of the origin.
    #[error("ledger.toml has the verifier key of {found}, its origin is {expected}")]
    OtherOrigin {
        /// The origin.
        expected: String,
        /// Name of the key.
        found: String,
    },
    /// A text that does not fit one quoted line.
    #[error(
        "{key} must be 1 to {} characters without quotes, backslashes or control characters",
        TEXT_MAX
    )]
    Text {
        /// The key.
        key: &'static str,
    },
    /// The operating system refused.
    #[error("cannot read ledger.toml")]
    Io(#[from] io::Error),
}

fn check_text(key: &'static str, text: &str) -> Result<(), MetaError> {
    let refused = |c: char| c.is_control() || c == '"' || c == '\\';
    if text.is_empty() || text.len() > TEXT_MAX || text.chars().any(refused) {
        return Err(MetaError::Text { key });
    }
    Ok(())
}

impl Meta {
    /// A new ledger: its id, the key that checks its checkpoints (the name of which is the origin), the commitment to
    /// the key of its pseudonyms, and the program that makes it.
    ///
    /// # Errors
    /// [`MetaError::Text`] for an origin or program text that does not fit one quoted line.
    pub fn new(
        ledger: LedgerId,
        verifier: VerifierKey,
        index: Digest,
        created_by: &str,
    ) -> Result<Self, MetaError> {
        check_text("origin", verifier.name().as_str())?;
        check_text("created_by", created_by)?;
        Ok(Self {
            ledger,
            verifier,
            index,
            created_by: created_by.to_owned(),
        })
    }

    /// The ledger's id, part of every entry.
    pub fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The checkpoint origin.
    pub fn origin(&self) -> &str {
        self.verifier.name().as_str()
    }

    /// The key that checks the checkpoints of this ledger; the one that signs them is its other half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Commitment to the key of the pseudonyms: tells another key from the right one and reveals neither.
    pub fn index_commitment(&self) -> Digest {
        self.index
    }

    /// The program that ran init.
    pub fn created_by(&self) -> &str {
        &self.created_by
    }

    /// Reads the meta file of a data folder.
    ///
    /// # Errors
    /// [`MetaError`]: unknown keys are refused, not ignored.
    pub fn read(paths: &Paths) -> Result<Self, MetaError> {
        Self::parse(&io::read_to_string(open_regular(&paths.meta())?)?)
    }

    pub(crate) fn write(&self, disk: &dyn Disk, paths: &Paths) -> io::Result<()> {
        disk::replace(disk, &paths.meta(), self.to_string().as_bytes())
    }

    fn parse(text: &str) -> Result<Self, MetaError> {
        let (mut format, mut ledger, mut origin, mut created_by) = (None, None, None, None);
        let (mut verifier, mut index_commitment) = (None, None);
        for (index, line) in text.lines().enumerate() {
            let malformed = MetaError::Line { line: index + 1 };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((key, value)) = line.split_once(" = ") else {
                return Err(malformed);
            };
            let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            let fresh = match (key, quoted) {
                ("format", None) => value
                    .parse()
                    .is_ok_and(|v: u32| format.replace(v).is_none()),
                ("ledger", Some(v)) => v
                    .parse()
                    .is_ok_and(|v: LedgerId| ledger.replace(v).is_none()),
                ("origin", Some(v)) => origin.replace(v).is_none(),
                ("verifier_key", Some(v)) => {
                    VerifierKey::parse(v).is_ok_and(|v| verifier.replace(v).is_none())
                }
                ("index_key_commitment", Some(v)) => v
                    .parse()
                    .is_ok_and(|v: Digest| index_commitment.replace(v).is_none()),
                ("created_by", Some(v)) => created_by.replace(v).is_none(),
                _ => false,
            };
            if !fresh {
                return Err(malformed);
            }
        }
        let missing = |key| MetaError::MissingKey { key };
        let found = format.ok_or(missing("format"))?;
        if found != FORMAT {
            return Err(MetaError::Format { found });
        }
        let (ledger, origin) = (
            ledger.ok_or(missing("ledger"))?,
            origin.ok_or(missing("origin"))?,
        );
        let meta = Self::new(
            ledger,
            verifier.ok_or(missing("verifier_key"))?,
            index_commitment.ok_or(missing("index_key_commitment"))?,
            created_by.ok_or(missing("created_by"))?,
        )?;
        if meta.origin() == origin {
            Ok(meta)
        } else {
            Err(MetaError::OtherOrigin {
                expected: origin.to_owned(),
                found: meta.origin().to_owned(),
            })
        }
    }
}

impl fmt::Display for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# Which ledger this folder holds. Written once by init; do not edit."
        )?;
        writeln!(f, "format = {FORMAT}\nledger = \"{}\"", self.ledger)?;
        writeln!(
            f,
            "origin = \"{}\"\nverifier_key = \"{}\"\nindex_key_commitment = \"{}\"\ncreated_by = \"{}\"",
            self.origin(),
            self.verifier,
            self.index,
            self.created_by
        )
    }
}

#[cfg(test)]
mod tests {
    use caseledger_chain::{KeyName, SigningKey, chain_hash};

    use super::*;

    fn verifier(name: &str) -> VerifierKey {
        let key = SigningKey::from_seed(KeyName::parse(name).unwrap(), &[1; 32]);
        key.verifier().clone()
    }

    fn meta() -> Meta {
        Meta::new(
            LedgerId::from_bytes([7; 16]),
            verifier("ledger.example/one"),
            chain_hash(b"index"),
            "caseledger 0.1.0",
        )
        .unwrap()
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(Meta::parse(&meta().to_string()).unwrap(), meta());
    }

    #[test]
    fn refuses_unknown_missing_doubled_and_malformed_keys() {
        let text = meta().to_string();
        assert!(matches!(
            Meta::parse(&format!("{text}extra = \"x\"\n")),
            Err(MetaError::Line { line: 8 })
        ));
        assert!(matches!(
            Meta::parse(&format!("{text}format = 1\n")),
            Err(MetaError::Line { line: 8 })
        ));
        let keys = [
            "format",
            "ledger",
            "origin",
            "verifier_key",
            "index_key_commitment",
            "created_by",
        ];
        for key in keys {
            let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(key)).collect();
            let without = kept.join("\n");
            assert!(
                matches!(Meta::parse(&without), Err(MetaError::MissingKey { key: missing }) if missing == key),
                "{key}"
            );
        }
        assert!(matches!(
            Meta::parse(&text.replace("= 2", "= 1")),
            Err(MetaError::Format { found: 1 })
        ));
        assert!(matches!(
            Meta::parse(&text.replace("07", "zz")),
            Err(MetaError::Line { line: 3 })
        ));
        assert!(matches!(
            Meta::new(meta().ledger, meta().verifier, meta().index, "a\nb"),
            Err(MetaError::Text { key: "created_by" })
        ));
        assert!(matches!(
            Meta::new(meta().ledger, verifier("a\"b"), meta().index, "c"),
            Err(MetaError::Text { key: "origin" })
        ));
        let other = verifier("ledger.example/two").to_string();
        assert!(matches!(
            Meta::parse(&text.replace(&meta().verifier.to_string(), &other)),
            Err(MetaError::OtherOrigin { .. })
        ));
    }

    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path(), dir.path().with_extension("guard")).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(paths.meta())
            .status();
        assert!(made.unwrap().success());
        let refused = Meta::read(&paths);
        assert!(
            matches!(&refused, Err(MetaError::Io(why)) if why.to_string() == "not a regular file"),
            "{refused:?}"
        );
    }

    #[test]
    fn refuses_a_guard_inside_the_data_folder() {
        assert!(Paths::new("/a/data", "/a/data/guard").is_err());
        assert!(Paths::new("/a/data", "/a/guard").is_ok());
    }
}
