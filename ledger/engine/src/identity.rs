//! Who a ledger is: its id, its origin and its keys. Made once, by [`init`].

use std::{
    fmt, fs, io,
    io::{Read as _, Write as _},
    os::unix::fs::{
        DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    },
    path::{Path, PathBuf},
    sync::Arc,
};

use caseledger_chain::{Digest, KeyError, LedgerId, Origin, SigningKey, VerifierKey};
use caseledger_store::{Access, FileLog, Meta, MetaError, open_regular};
use caseledger_vault::{Disk, Vault, VaultError};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    index_file::{self, IndexFileFault, Token},
    index_key::{FIRST, IndexKey},
    keys::Succession,
    limits,
    paths::{FIRST_KEY, LedgerPaths, successor_key_name},
    private,
    random::{self, NoRandomness, Random},
    signers::Signers,
};

/// Who a ledger is. Secrets are shared, never copied, and never shown.
#[derive(Clone)]
pub struct Identity {
    ledger: LedgerId,
    origin: Origin,
    /// The present key, as of opening.
    verifier: VerifierKey,
    /// Which keys sign, and those of them that are at hand; shared, because the writer learns of new ones.
    signers: Signers,
    index: Arc<IndexKey>,
    /// The tokens that the index key was made with. Opening takes them.
    tokens: Arc<Vec<Token>>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("ledger", &self.ledger)
            .field("key", &self.verifier)
            .finish_non_exhaustive()
    }
}

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The operating system refused.
    #[error("cannot {op} {path}")]
    Io {
        /// What was attempted.
        op: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Its answer.
        #[source]
        source: io::Error,
    },
    /// It is not there.
    #[error("{path} is missing: restore it from its backup, no other file can take its place")]
    Missing {
        /// The file or folder.
        path: PathBuf,
    },
    /// A pipe, a device or a folder lies in its place.
    #[error("{path} is not a regular file: restore the key file from its backup")]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else owns it, and may therefore exchange it, whatever its mode is.
    #[error(
        "{path} is owned by user {found}, expected {expected} or root: run chown {expected} on it, and consider whether keys were read or exchanged"
    )]
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// Number of the user who runs this process.
        expected: u32,
        /// Number of the owner.
        found: u32,
    },
    /// Others than the owner may use it.
    #[error(
        "{path} has mode {found:03o}, expected 600 or 400: run chmod 600 on it, and consider whether the key was read"
    )]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        found: u32,
    },
    /// Others than the owner may look into the folder, or put other keys there.
    #[error(
        "{path} has mode {found:03o}, expected 700: run chmod 700 on it, and consider whether keys were read or exchanged"
    )]
    FolderPermissions {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        found: u32,
    },
    /// Not a signing key.
    #[error("{path} holds no signing key: {source}")]
    SigningKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: KeyError,
    },
    /// Not an index key.
    #[error("{path} holds no index key, expected 64 lower-case hexadecimal digits and a line end")]
    IndexKey {
        /// The file.
        path: PathBuf,
    },
    /// Not an index key that took the place of another one.
    #[error("{path} holds no index key: {fault}; restore it from its backup")]
    IndexFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        fault: IndexFileFault,
    },
    /// A signing key, and not that of this ledger.
    #[error(
        "{path} is the other half of {found}, this ledger is checked with {expected}: restore the right file from its backup"
    )]
    OtherSigningKey {
        /// The file.
        path: PathBuf,
        /// The verifier key of the ledger.
        expected: Box<VerifierKey>,
        /// The verifier key that belongs to the file.
        found: Box<VerifierKey>,
    },
    /// A successor's file that holds another key than its name says, or one of another ledger.
    #[error(
        "{path} holds {found}, expected a key of this ledger whose id is in the name: restore the right file from its backup"
    )]
    OtherSuccessor {
        /// The file.
        path: PathBuf,
        /// The verifier key that belongs to the file.
        found: Box<VerifierKey>,
    },
    /// An index key, and not that of this ledger.
    #[error(
        "{path} has commitment {found}, the index key of this ledger has {expected}: restore the right file from its backup"
    )]
    OtherIndexKey {
        /// The file.
        path: PathBuf,
        /// In the meta file of the ledger.
        expected: Digest,
        /// Of the file.
        found: Digest,
    },
    /// The meta file does not say which ledger this is.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The origin in the meta file cannot name a key.
    #[error("ledger.toml has an origin that cannot name a key: {0}")]
    Origin(#[from] caseledger_chain::KeyNameError),
}

/// A ledger could not be made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Something is there already.
    #[error(
        "{path} exists already: choose another place, or move it away if it is left over from an init that did not finish"
    )]
    Exists {
        /// What exists.
        path: PathBuf,
    },
    /// A key file could not be written.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The vault could not be made.
    #[error("vault could not be made: {0}")]
    Vault(#[from] VaultError),
    /// The system gave no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The meta file would not be readable.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The data folder could not be made.
    #[error("data folder could not be made: {0}")]
    Store(#[from] caseledger_store::OpenError),
}

impl Identity {
    /// An identity from its parts; the name of the key is the origin.
    pub fn new(ledger: LedgerId, key: SigningKey, index: IndexKey) -> Self {
        let origin = Origin::from(key.name().clone());
        let verifier = key.verifier().clone();
        Self {
            ledger,
            origin,
            signers: Signers::new(verifier.clone(), vec![Arc::new(key)]),
            verifier,
            index: Arc::new(index),
            tokens: Arc::default(),
        }
    }

    /// Reads meta file and keys.
    ///
    /// # Errors
    /// [`KeyFileError`] for files that are missing, open to others, malformed or of another ledger.
    pub fn load(paths: &LedgerPaths) -> Result<Self, KeyFileError> {
        Self::load_for(paths, Access::Write)
    }

    /// The same for an access: a ledger that is only read goes without the key that signs, also where the file is
    /// there. Nobody vouches for the end of a journal that is not being written, so nothing may be signed over it.
    pub(crate) fn load_for(paths: &LedgerPaths, access: Access) -> Result<Self, KeyFileError> {
        let meta = Meta::read(paths.store())?;
        let origin = Origin::parse(meta.origin())?;
        check_folder(paths.keys())?;
        let first = meta.verifier().clone();
        let signers = match access {
            Access::ReadOnly => Signers::read_only(first),
            Access::Write => Signers::new(first, read_signing_keys(paths, &meta)?),
        };
        let generation = index_file::newest(paths.keys())?.unwrap_or(FIRST);
        let (index, tokens) = read_index_key(paths, generation, meta.index_commitment())?;
        Ok(Self {
            ledger: meta.ledger(),
            origin,
            verifier: meta.verifier().clone(),
            signers,
            index: Arc::new(index),
            tokens: Arc::new(tokens),
        })
    }

    /// The id that stands in every entry.
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// The name under which checkpoints are signed.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The key that checks this ledger's checkpoints: what auditors pin.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The key of the pseudonyms.
    pub const fn index_key(&self) -> &Arc<IndexKey> {
        &self.index
    }

    /// The tokens that the index key was made with. They are not kept here any longer.
    pub(crate) fn take_tokens(&mut self) -> Arc<Vec<Token>> {
        std::mem::take(&mut self.tokens)
    }

    /// Which keys sign which checkpoints.
    pub fn succession(&self) -> Succession {
        self.signers.succession()
    }

    /// The keys that sign.
    pub(crate) const fn signers(&self) -> &Signers {
        &self.signers
    }

    /// Takes the keys that the log names, when it is opened.
    ///
    /// # Errors
    /// [`KeyFileError::Missing`] for a key that signs from now on and is not at hand.
    pub(crate) fn adopt(&mut self, succession: Succession) -> Result<(), KeyFileError> {
        if let Some(at) = self.signers.missing(&succession) {
            let key = succession.keys().get(at).filter(|_| at > 0);
            let path = key.map_or_else(
                || FIRST_KEY.into(),
                |key| successor_key_name(key.verifier.id()).into(),
            );
            return Err(KeyFileError::Missing { path });
        }
        if let Some(present) = succession.present() {
            self.verifier = present.clone();
        }
        self.signers.adopt(succession);
        Ok(())
    }
}

/// Makes the key that is to replace the present one, and its file. A crash leaves a file that the next rotation takes.
///
/// # Errors
/// [`InitError`] if the system gives no random bytes or the file cannot be written.
pub(crate) fn make_successor(
    paths: &LedgerPaths,
    origin: &Origin,
    random: &dyn Random,
) -> Result<SigningKey, InitError> {
    let mut seed = Zeroizing::new([0; 32]);
    random.fill(&mut *seed)?;
    let key = SigningKey::from_seed(origin.key_name().clone(), &seed);
    let path = paths.successor_key(key.verifier().id());
    let new = path.with_extension("key.new");
    let mut text = Zeroizing::new(key.expose_skey());
    text.push('\n');
    // Under its name only when it is whole: half a key would keep the ledger from being opened.
    write_secret(&new, &text)?;
    fs::rename(&new, &path).map_err(io_error("name", &path))?;
    sync_folder(paths.keys())?;
    Ok(key)
}

/// Makes a ledger without entries: data folder, keys, vault and rollback guard.
///
/// # Errors
/// [`InitError`]; above all when anything is at one of the places already. Nothing is overwritten.
pub fn init(
    paths: &LedgerPaths,
    origin: &Origin,
    created_by: &str,
    random: &dyn Random,
) -> Result<Identity, InitError> {
    let places = [
        paths.data(),
        paths.keys(),
        paths.vault(),
        paths.store().guard(),
    ];
    for path in places {
        // A link that leads nowhere is something too.
        if fs::symlink_metadata(path).is_ok() {
            return Err(InitError::Exists {
                path: path.to_owned(),
            });
        }
    }
    let ledger = LedgerId::from_bytes(random::id(random)?);
    let (mut seed, mut secret) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
    random.fill(&mut *seed)?;
    random.fill(&mut *secret)?;
    let key = SigningKey::from_seed(origin.key_name().clone(), &seed);
    let index = IndexKey::new(&secret);
    let verifier = key.verifier().clone();
    let meta = Meta::new(ledger, verifier, index.commitment(), created_by)?;

    // Keys first: a data folder whose keys were lost in a crash would be of no use to anybody.
    let folder = paths.keys();
    let mut builder = fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(io_error("create", folder))?;
    let mut text = Zeroizing::new(key.expose_skey());
    text.push('\n');
    write_secret(&paths.checkpoint_key(), &text)?;
    let mut text = Zeroizing::new(String::with_capacity(65));
    secret.iter().for_each(|byte| push_hex(&mut text, *byte));
    text.push('\n');
    write_secret(&paths.index_key(), &text)?;
    sync_folder(folder)?;
    sync_folder(
        folder
            .parent()
            .filter(|up| *up != Path::new(""))
            .unwrap_or(Path::new(".")),
    )?;

    if let Some(parent) = paths.vault().parent().filter(|up| *up != Path::new("")) {
        fs::create_dir_all(parent).map_err(io_error("create", parent))?;
    }
    let means = private::means(paths.vault(), ledger, Disk::default());
    Vault::create(paths.vault(), ledger, means)?;

    FileLog::init(paths.store(), &meta)?;
    Ok(Identity::new(ledger, key, index))
}

/// The key that was made with the ledger, and every successor that is there. Which of them have to be, the log says.
fn read_signing_keys(
    paths: &LedgerPaths,
    meta: &Meta,
) -> Result<Vec<Arc<SigningKey>>, KeyFileError> {
    let mut held = Vec::new();
    let folder = paths.keys();
    for file in fs::read_dir(folder).map_err(io_error("list", folder))? {
        let path = file.map_err(io_error("list", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let id = name.and_then(|name| name.strip_prefix("checkpoint-")?.strip_suffix(".key"));
        if id.is_none() {
            continue;
        }
        let key = parse_signing_key(&path)?;
        let named = paths.successor_key(key.verifier().id());
        if named.file_name() != path.file_name() || key.name() != meta.verifier().name() {
            let found = key.verifier().clone().into();
            return Err(KeyFileError::OtherSuccessor { path, found });
        }
        held.push(Arc::new(key));
    }
    match read_signing_key(paths, meta) {
        Ok(first) => held.push(Arc::new(first)),
        // It may have been retired.
        Err(KeyFileError::Missing { .. }) if !held.is_empty() => {}
        Err(error) => return Err(error),
    }
    Ok(held)
}

pub(crate) fn parse_signing_key(path: &Path) -> Result<SigningKey, KeyFileError> {
    let text = read_secret(path)?;
    SigningKey::parse_skey(text.trim_end_matches('\n')).map_err(|source| KeyFileError::SigningKey {
        path: path.to_owned(),
        source,
    })
}

fn read_signing_key(paths: &LedgerPaths, meta: &Meta) -> Result<SigningKey, KeyFileError> {
    let path = paths.checkpoint_key();
    let key = parse_signing_key(&path)?;
    // With another key the next checkpoint would be one that nobody who pinned the right one accepts.
    if key.verifier() == meta.verifier() {
        return Ok(key);
    }
    Err(KeyFileError::OtherSigningKey {
        path,
        expected: meta.verifier().clone().into(),
        found: key.verifier().clone().into(),
    })
}

pub(crate) fn io_error(op: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyFileError {
    let path = path.to_owned();
    move |source| KeyFileError::Io { op, path, source }
}

pub(crate) fn write_secret(path: &Path, text: &str) -> Result<(), KeyFileError> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(io_error("create", path))?;
    file.write_all(text.as_bytes())
        .map_err(io_error("write", path))?;
    file.sync_all().map_err(io_error("sync", path))
}

fn sync_folder(path: &Path) -> Result<(), KeyFileError> {
    fs::File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(io_error("sync", path))
}

pub(crate) fn unreadable(path: &Path, source: io::Error) -> KeyFileError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::NotFound {
        KeyFileError::Missing { path }
    } else {
        KeyFileError::Io {
            op: "open",
            path,
            source,
        }
    }
}

/// Whoever may write into the folder can exchange the keys, whatever their own modes are.
fn check_folder(path: &Path) -> Result<(), KeyFileError> {
    let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    check_owner(path, &metadata)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::FolderPermissions {
            path: path.to_owned(),
            found: mode,
        });
    }
    Ok(())
}

/// An owner can give himself any right. Root has every right already.
fn check_owner(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyFileError> {
    let (expected, found) = (rustix::process::geteuid().as_raw(), metadata.uid());
    if found == expected || found == 0 {
        return Ok(());
    }
    Err(KeyFileError::Owner {
        path: path.to_owned(),
        expected,
        found,
    })
}

/// The text of a private key's file, of at most [`KEY_FILE_MAX`](limits::KEY_FILE_MAX) bytes.
///
/// # Errors
/// [`KeyFileError`] if it is no regular file, belongs to somebody else than root or whoever runs
/// this process, or others may read it.
pub fn read_secret(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let file = open_secret(path)?;
    let mut text = Zeroizing::new(String::new());
    let mut bounded = file.take(limits::KEY_FILE_MAX);
    bounded
        .read_to_string(&mut text)
        .map_err(io_error("read", path))?;
    Ok(text)
}

/// The file of a private key: a regular one, that nobody else may read.
pub(crate) fn open_secret(path: &Path) -> Result<fs::File, KeyFileError> {
    let file = open_regular(path).map_err(|source| match source.kind() {
        io::ErrorKind::InvalidInput => KeyFileError::NotRegular {
            path: path.to_owned(),
        },
        _ => unreadable(path, source),
    })?;
    let metadata = file.metadata().map_err(io_error("open", path))?;
    check_owner(path, &metadata)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Permissions {
            path: path.to_owned(),
            found: mode,
        });
    }
    Ok(file)
}

/// The index key of a generation, which must be of the ledger with this commitment, and the tokens that it was made with.
pub(crate) fn read_index_key(
    paths: &LedgerPaths,
    generation: u32,
    expected: Digest,
) -> Result<(IndexKey, Vec<Token>), KeyFileError> {
    let path = index_file::path(paths, generation);
    let (index, tokens) = if generation == FIRST {
        (read_first_index_key(&path)?, Vec::new())
    } else {
        index_file::read(paths, generation)?
    };
    // With another key no case would be found again, and each would be recorded a second time.
    let found = index.commitment();
    if expected != found {
        return Err(KeyFileError::OtherIndexKey {
            path,
            expected,
            found,
        });
    }
    Ok((index, tokens))
}

fn read_first_index_key(path: &Path) -> Result<IndexKey, KeyFileError> {
    let text = read_secret(path)?;
    let Some(mut secret) = parse_hex(&text) else {
        let path = path.to_owned();
        return Err(KeyFileError::IndexKey { path });
    };
    let index = IndexKey::new(&secret);
    secret.zeroize();
    Ok(index)
}

fn push_hex(text: &mut String, byte: u8) {
    for digit in [byte >> 4, byte & 15] {
        text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
    }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_suffix('\n').unwrap_or(text).as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(bytes)
}
