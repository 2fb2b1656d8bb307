//! The file of an index key that took the place of another one, and of the tokens that it was made with.
//!
//! ```text
//! <data>.keys/index.key       of the first generation: 64 hexadecimal digits
//! <data>.keys/index-<n>.key   of generation n:
//!   "caseledger idx\0" | version u8 | commitment 32 | generation u32 | size u64
//!   sub-keys, 32 each: person | order | filing | message | content | seals, one for each generation from 2 on | case
//!   count u32, then of each earlier generation that a token rests on, ascending: generation u32 | sub-key of cases 32
//!   count u32, then of each token, ascending: token 16 | case id 16 | generation u32
//!   CRC32C of all before
//! ```
//!
//! All numbers are big-endian. Key and tokens are one file, so that its rename is the one commit point: there is no moment
//! at which they disagree. Only the file of the highest generation counts.

use std::{
    fs,
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use caseledger_chain::{Digest, Size};
use caseledger_domain::{CaseId, CaseToken};
use caseledger_vault::{Disk, FileError};
use hashbrown::HashMap;
use zeroize::Zeroizing;

use crate::{
    identity::{KeyFileError, io_error, open_secret, unreadable},
    index_key::{Age, FIRST, IndexKey, Lasting, SubKey},
    limits,
    paths::LedgerPaths,
};

const MAGIC: &[u8; 15] = b"caseledger idx\0";
const VERSION: u8 = 1;

/// A token, and the case that it stands for.
pub(crate) type Token = (CaseToken, CaseId);

/// What is wrong with a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexFileFault {
    /// Another kind of file, or a version of a later release.
    #[error("it does not begin as an index key of this release does")]
    Magic,
    /// A byte was changed.
    // Neither number is told: a checksum of secrets narrows them down.
    #[error("its checksum is not that of its bytes")]
    Checksum,
    /// Its name and its bytes do not say the same.
    #[error("it is of generation {found}, expected {expected} as its name says")]
    Generation {
        /// In the name.
        expected: u32,
        /// In the file.
        found: u32,
    },
    /// It ends too early or too late, or what should ascend does not.
    #[error("its parts do not come to a whole")]
    Parts,
}

/// The newest generation that has a file; none if there is no index key at all.
pub(crate) fn newest(keys: &Path) -> Result<Option<u32>, KeyFileError> {
    let mut newest = None;
    for name in names(keys)? {
        newest = newest.max(generation_of(&name));
    }
    Ok(newest)
}

/// The generations before this one that have a file, in ascending order.
pub(crate) fn before(keys: &Path, generation: u32) -> Result<Vec<u32>, KeyFileError> {
    let names = names(keys)?;
    let mut before: Vec<_> = names
        .iter()
        .filter_map(|name| generation_of(name))
        .collect();
    before.retain(|found| *found < generation);
    before.sort_unstable();
    Ok(before)
}

/// The path of a generation's file.
pub(crate) fn path(paths: &LedgerPaths, generation: u32) -> PathBuf {
    if generation == FIRST {
        paths.index_key()
    } else {
        paths.keys().join(format!("index-{generation}.key"))
    }
}

/// The generation whose file has this name.
pub(crate) fn generation_of(name: &str) -> Option<u32> {
    if name == "index.key" {
        return Some(FIRST);
    }
    let digits = name.strip_prefix("index-")?.strip_suffix(".key")?;
    let generation = digits
        .parse()
        .ok()
        .filter(|generation| *generation > FIRST)?;
    (format!("{generation}") == digits).then_some(generation)
}

fn names(keys: &Path) -> Result<Vec<String>, KeyFileError> {
    let listed = fs::read_dir(keys).map_err(|source| unreadable(keys, source))?;
    let mut names = Vec::new();
    for file in listed {
        let name = file.map_err(io_error("list", keys))?.file_name();
        names.extend(name.into_string().ok());
    }
    Ok(names)
}

/// Reads the file of a generation from 2 on: the key, and the tokens that it was made with, ascending.
pub(crate) fn read(
    paths: &LedgerPaths,
    generation: u32,
) -> Result<(IndexKey, Vec<Token>), KeyFileError> {
    let path = path(paths, generation);
    let file = open_secret(&path)?;
    let length = file.metadata().map_err(io_error("open", &path))?.len();
    // One more than there is, so that reading to the end leaves no copy where the bytes were before they grew.
    let capacity = usize::try_from(length.min(limits::INDEX_FILE_MAX)).unwrap_or_default() + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(limits::INDEX_FILE_MAX)
        .read_to_end(&mut bytes)
        .map_err(io_error("read", &path))?;
    decode(&bytes, generation).map_err(|fault| KeyFileError::IndexFile { path, fault })
}

/// Gives a new key its file and takes away those of before. The rename is the commit point: a crash in front of it leaves the
/// key of before in force, one behind it leaves files that [`clear`] takes away.
///
/// # Errors
/// [`FileError`]. Whether the new key is in force is what [`newest`] says then.
pub(crate) fn replace(
    paths: &LedgerPaths,
    disk: &Disk,
    key: &IndexKey,
    tokens: &[Token],
) -> Result<(), ReplaceError> {
    let bytes = encode(key, tokens);
    let (found, max) = (bytes.len() as u64, limits::INDEX_FILE_MAX);
    if found > max {
        return Err(ReplaceError::TooLarge { found, max });
    }
    // What is to be overwritten has to be writable before there is no way back.
    let before = earlier(paths, key.generation())?;
    check_regular(&before)?;
    for file in &before {
        let writable = fs::Permissions::from_mode(0o600);
        fs::set_permissions(file, writable).map_err(io_error("chmod", file))?;
    }
    let name = path(paths, key.generation());
    let new = name.with_extension("tmp");
    disk.write_new(&new, &bytes)?;
    // A crash before this line leaves a file that was never used. Behind it the new key is the one that counts.
    disk.rename(&new, &name)?;
    wipe(paths, disk, &before)
}

/// An index key was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// A file could not be written or removed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder could not be listed.
    #[error(transparent)]
    Folder(#[from] KeyFileError),
    /// A link leads to the key, or something else lies in its place: overwriting it would not destroy the key.
    #[error(
        "{path} is not the file itself of an index key, and cannot be overwritten in its place: move the file that it leads to \
         there, or remove it where that file is destroyed already, and ask again"
    )]
    NotRegular {
        /// What lies there.
        path: PathBuf,
    },
    /// There are too many cases.
    #[error("the new index key and its tokens take {found} bytes, at most {max} are supported")]
    TooLarge {
        /// Bytes that they take.
        found: u64,
        /// The limit.
        max: u64,
    },
}

/// Overwrites and removes the files of earlier generations, and what was not finished. There is no way back: the caller knows
/// that the ledger opens with the key of this generation.
pub(crate) fn clear(paths: &LedgerPaths, disk: &Disk, generation: u32) -> Result<(), ReplaceError> {
    let files = earlier(paths, generation)?;
    if files.is_empty() {
        return Ok(());
    }
    check_regular(&files)?;
    wipe(paths, disk, &files)
}

/// Loading follows a link, destroying does not: what it leads to may be anybody's.
fn check_regular(files: &[PathBuf]) -> Result<(), ReplaceError> {
    for path in files {
        let there = fs::symlink_metadata(path).map_err(io_error("open", path))?;
        if !there.is_file() {
            let path = path.clone();
            return Err(ReplaceError::NotRegular { path });
        }
    }
    Ok(())
}

fn wipe(paths: &LedgerPaths, disk: &Disk, files: &[PathBuf]) -> Result<(), ReplaceError> {
    // The rename that was seen may not be durable yet, and then the file of before would come back in force, overwritten.
    disk.sync_folder(paths.keys())?;
    for file in files {
        disk.wipe(file)?;
    }
    Ok(disk.sync_folder(paths.keys())?)
}

/// The files of earlier generations, and what was not finished.
fn earlier(paths: &LedgerPaths, generation: u32) -> Result<Vec<PathBuf>, KeyFileError> {
    let unfinished = |name: &str| {
        let name = name.strip_prefix("index-");
        name.is_some_and(|name| name.strip_suffix(".tmp").is_some())
    };
    let earlier = |name: &str| generation_of(name).is_some_and(|of| of < generation);
    let mut names = names(paths.keys())?;
    names.retain(|name| earlier(name) || unfinished(name));
    Ok(names.iter().map(|name| paths.keys().join(name)).collect())
}

fn encode(key: &IndexKey, tokens: &[Token]) -> Zeroizing<Vec<u8>> {
    let Lasting {
        person,
        order,
        filing,
        message,
    } = &key.lasting;
    let subkeys = 6 + key.seals.len();
    let length = 72 + 32 * subkeys + 36 * (key.earlier.len() + tokens.len());
    // Never grown: growing would leave a copy.
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    bytes.extend_from_slice(MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&key.commitment.to_bytes());
    bytes.extend_from_slice(&key.age.generation.to_be_bytes());
    bytes.extend_from_slice(&key.age.since.get().to_be_bytes());
    for subkey in [person, order, filing, message, &key.content] {
        bytes.extend_from_slice(&subkey.0);
    }
    for subkey in key.seals.iter().chain([&key.case]) {
        bytes.extend_from_slice(&subkey.0);
    }
    bytes.extend_from_slice(&(key.earlier.len() as u32).to_be_bytes());
    for (generation, subkey) in &key.earlier {
        bytes.extend_from_slice(&generation.to_be_bytes());
        bytes.extend_from_slice(&subkey.0);
    }
    bytes.extend_from_slice(&(tokens.len() as u32).to_be_bytes());
    for (token, case) in tokens {
        bytes.extend_from_slice(token.as_ref());
        bytes.extend_from_slice(case.as_ref());
        bytes.extend_from_slice(&key.generation_of(token).to_be_bytes());
    }
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_be_bytes());
    bytes
}

fn decode(bytes: &[u8], expected: u32) -> Result<(IndexKey, Vec<Token>), IndexFileFault> {
    let (bytes, checksum) = bytes.split_last_chunk().ok_or(IndexFileFault::Parts)?;
    let mut left = Left(bytes);
    if left.take::<15>()? != *MAGIC || left.take::<1>()? != [VERSION] {
        return Err(IndexFileFault::Magic);
    }
    if crc32c::crc32c(bytes) != u32::from_be_bytes(*checksum) {
        return Err(IndexFileFault::Checksum);
    }
    let commitment = Digest::from_bytes(left.take()?);
    let generation = left.number()?;
    if generation != expected {
        let found = generation;
        return Err(IndexFileFault::Generation { expected, found });
    }
    let since = Size::new(u64::from_be_bytes(left.take()?));
    let lasting = Lasting {
        person: left.subkey()?,
        order: left.subkey()?,
        filing: left.subkey()?,
        message: left.subkey()?,
    };
    let content = left.subkey()?;
    let seals: Result<_, _> = (FIRST..generation).map(|_| left.subkey()).collect();
    let (seals, case) = (seals?, left.subkey()?);
    let mut earlier: Vec<(u32, SubKey)> = Vec::new();
    for _ in 0..left.number()? {
        let (of, subkey) = (left.number()?, left.subkey()?);
        let ascends = earlier.last().is_none_or(|(before, _)| *before < of);
        if !ascends || !(FIRST..generation).contains(&of) {
            return Err(IndexFileFault::Parts);
        }
        earlier.push((of, subkey));
    }
    let count = left.number()?;
    let (mut tokens, mut kept) = (Vec::<Token>::new(), HashMap::new());
    for _ in 0..count {
        let token = CaseToken::from_bytes(left.take()?);
        let case = CaseId::from_bytes(left.take()?);
        let of = left.number()?;
        if tokens.last().is_some_and(|(before, _)| *before >= token) {
            return Err(IndexFileFault::Parts);
        }
        if of != generation {
            if earlier.iter().all(|(generation, _)| *generation != of) {
                return Err(IndexFileFault::Parts);
            }
            kept.insert(token, of);
        }
        tokens.push((token, case));
    }
    if !left.0.is_empty() {
        return Err(IndexFileFault::Parts);
    }
    let key = IndexKey {
        age: Age { generation, since },
        lasting,
        content,
        seals,
        case,
        earlier,
        kept,
        commitment,
    };
    Ok((key, tokens))
}

/// Bytes that are not read yet.
struct Left<'a>(&'a [u8]);

impl Left<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], IndexFileFault> {
        let (taken, left) = self.0.split_first_chunk().ok_or(IndexFileFault::Parts)?;
        self.0 = left;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u32, IndexFileFault> {
        self.take().map(u32::from_be_bytes)
    }

    fn subkey(&mut self) -> Result<SubKey, IndexFileFault> {
        self.take().map(SubKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseledger_proto::Pseudonyms as _;

    fn key() -> (IndexKey, Vec<Token>) {
        let first = IndexKey::new(&[7; 32]);
        let old = first.case_token("a", "1", "1");
        let mut key = first.next(&[8; 32], Size::new(5));
        key.keep(HashMap::from([(old, 1)]));
        let new = key.case_token("a", "2", "1");
        let case = |number| CaseId::from_bytes([number; 16]);
        let mut tokens = vec![(old, case(1)), (new, case(2))];
        tokens.sort_unstable();
        (key, tokens)
    }

    #[test]
    fn a_key_reads_back_with_its_tokens() {
        let (key, tokens) = key();
        let (read, found) = decode(&encode(&key, &tokens), 2).unwrap();
        assert_eq!((read.age, found), (key.age, tokens));
        assert!(read.lasting == key.lasting && read.content == key.content);
        assert!(read.seals == key.seals && read.case == key.case && read.earlier == key.earlier);
        assert_eq!((read.kept, read.commitment), (key.kept, key.commitment));
    }

    /// The bytes of version 1.
    #[test]
    fn the_format_does_not_change() {
        let (key, tokens) = key();
        let bytes = encode(&key, &tokens);
        assert_eq!(bytes.len(), 72 + 32 * 7 + 36 * 3);
        assert_eq!(
            blake3::hash(&bytes).to_string(),
            "844d16ff7846f5e5a91b1de091f0f9e93e9d92dcb913a32eb9eb366c5c7b4d6a"
        );
    }

    #[test]
    fn every_other_byte_and_length_is_refused() {
        let (key, tokens) = key();
        let bytes = encode(&key, &tokens);
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            let fault = decode(&changed, 2).err();
            let expected = if at < 16 {
                IndexFileFault::Magic
            } else {
                IndexFileFault::Checksum
            };
            assert_eq!(fault, Some(expected), "byte {at}");
            assert!(decode(&bytes[..at], 2).is_err(), "length {at}");
        }
        // No number that was made of the key comes into a log.
        let told = IndexFileFault::Checksum.to_string();
        assert!(!told.contains(char::is_numeric), "{told}");
        let found = decode(&bytes, 3).err();
        let (expected, of) = (3, 2);
        assert_eq!(
            found,
            Some(IndexFileFault::Generation {
                expected,
                found: of
            })
        );
        // Tokens that do not ascend, with a checksum that fits.
        let mut turned = tokens;
        turned.reverse();
        assert_eq!(
            decode(&encode(&key, &turned), 2).err(),
            Some(IndexFileFault::Parts)
        );
    }

    #[test]
    fn only_names_that_are_given_count() {
        for (name, generation) in [
            ("index.key", Some(1)),
            ("index-2.key", Some(2)),
            ("index-10.key", Some(10)),
            ("index-1.key", None),
            ("index-02.key", None),
            ("index-+2.key", None),
            ("index-2.tmp", None),
            ("index-.key", None),
        ] {
            assert_eq!(generation_of(name), generation, "{name}");
        }
    }
}
