//! Two small text files that remember how far something got: the guard and the store mark.
//!
//! ```text
//! caseledger high-water mark 1          caseledger store mark 1
//! ledger 000102...                      ledger 000102...
//! size 1234                             size 1234
//! hash 4af3...                          hash 4af3...
//! crc32c 0badcafe                       db_bytes 524288
//!                                       clean yes
//!                                       crc32c 0badcafe
//! ```
//!
//! Both are replaced atomically and name a head that was durable when they were written, so a journal that ends
//! before it has lost acknowledged commits. The *guard* lies outside the data folder: it survives the restoration of
//! an older copy. The *store mark* tells a truncated or emptied store from a new one before the engine, which would
//! accept either, is allowed to touch it.

use std::{
    io::{self, Read as _},
    path::Path,
};

use caseledger_chain::LedgerId;

use crate::{
    disk::{self, Disk},
    log::Head,
    regular::open_regular,
};

const GUARD_TITLE: &str = "caseledger high-water mark 1";
const MARK_TITLE: &str = "caseledger store mark 1";

/// Why a mark cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// Not exactly what this release writes, or the checksum does not match.
    #[error("file is malformed or its checksum does not match")]
    Malformed,
    /// Written for another ledger.
    #[error("file belongs to ledger {found}, expected {expected}")]
    Ledger {
        /// The ledger of the data folder.
        expected: LedgerId,
        /// In the file.
        found: LedgerId,
    },
    /// The operating system refused.
    #[error("file cannot be read")]
    Io(#[from] io::Error),
}

fn text(title: &str, ledger: LedgerId, head: Head, more: &str) -> String {
    let text = format!(
        "{title}\nledger {ledger}\nsize {}\nhash {}\n{more}",
        head.size.get(),
        head.chain
    );
    let crc = crc32c::crc32c(text.as_bytes());
    text + &format!("crc32c {crc:08x}\n")
}

/// The file's content if there is a file.
fn read(path: &Path) -> Result<Option<String>, MarkError> {
    let mut bytes = Vec::new();
    match open_regular(path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(
            String::from_utf8(bytes).map_err(|_utf8| MarkError::Malformed)?,
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn value<'a>(lines: &mut std::str::Lines<'a>, key: &str) -> Result<&'a str, MarkError> {
    let line = lines
        .next()
        .and_then(|line| line.strip_prefix(key)?.strip_prefix(' '));
    line.ok_or(MarkError::Malformed)
}

fn parse_head(lines: &mut std::str::Lines<'_>, expected: LedgerId) -> Result<Head, MarkError> {
    let malformed = || MarkError::Malformed;
    let found: LedgerId = value(lines, "ledger")?.parse().ok().ok_or_else(malformed)?;
    let size = value(lines, "size")?.parse().ok().ok_or_else(malformed)?;
    let chain = value(lines, "hash")?.parse().ok().ok_or_else(malformed)?;
    if found != expected {
        return Err(MarkError::Ledger { expected, found });
    }
    Ok(Head::new(size, chain))
}

/// The highest head that is known to have been durable.
pub(crate) fn read_guard(path: &Path, ledger: LedgerId) -> Result<Option<Head>, MarkError> {
    let Some(found) = read(path)? else {
        return Ok(None);
    };
    let mut lines = found.lines();
    lines.next();
    let head = parse_head(&mut lines, ledger)?;
    // Comparing with what would be written checks title, checksum and that there is nothing else.
    if text(GUARD_TITLE, ledger, head, "") == found {
        Ok(Some(head))
    } else {
        Err(MarkError::Malformed)
    }
}

pub(crate) fn write_guard(
    disk: &dyn Disk,
    path: &Path,
    ledger: LedgerId,
    head: Head,
) -> io::Result<()> {
    disk::replace(disk, path, text(GUARD_TITLE, ledger, head, "").as_bytes())
}

/// What the derived store had at its last flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoreMark {
    /// Everything up to here is in the store.
    pub(crate) head: Head,
    /// Length of the engine's file: it may have grown since, but not shrunk.
    pub(crate) db_bytes: u64,
    /// Written by a clean close and not opened since.
    pub(crate) clean: bool,
}

impl StoreMark {
    fn text(&self, ledger: LedgerId) -> String {
        let clean = if self.clean { "yes" } else { "no" };
        text(
            MARK_TITLE,
            ledger,
            self.head,
            &format!("db_bytes {}\nclean {clean}\n", self.db_bytes),
        )
    }

    pub(crate) fn read(path: &Path, ledger: LedgerId) -> Result<Option<Self>, MarkError> {
        let Some(found) = read(path)? else {
            return Ok(None);
        };
        let mut lines = found.lines();
        lines.next();
        let head = parse_head(&mut lines, ledger)?;
        let db_bytes = value(&mut lines, "db_bytes")?
            .parse()
            .ok()
            .ok_or(MarkError::Malformed)?;
        let clean = value(&mut lines, "clean")? == "yes";
        let mark = Self {
            head,
            db_bytes,
            clean,
        };
        if mark.text(ledger) == found {
            Ok(Some(mark))
        } else {
            Err(MarkError::Malformed)
        }
    }

    pub(crate) fn write(&self, disk: &dyn Disk, path: &Path, ledger: LedgerId) -> io::Result<()> {
        disk::replace(disk, path, self.text(ledger).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use caseledger_chain::chain_hash;

    use super::*;
    use crate::disk::RealDisk;

    const LEDGER: LedgerId = LedgerId::from_bytes([9; 16]);

    #[test]
    fn reads_what_it_writes_and_refuses_every_changed_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guard");
        let head = Head::new(41, chain_hash(b"x"));
        assert!(read_guard(&path, LEDGER).unwrap().is_none());
        write_guard(&RealDisk, &path, LEDGER, head).unwrap();
        assert_eq!(read_guard(&path, LEDGER).unwrap(), Some(head));
        let mark_path = dir.path().join("mark");
        let mark = StoreMark {
            head,
            db_bytes: 77,
            clean: true,
        };
        mark.write(&RealDisk, &mark_path, LEDGER).unwrap();
        assert_eq!(StoreMark::read(&mark_path, LEDGER).unwrap(), Some(mark));
        for path in [path, mark_path] {
            let good = std::fs::read(&path).unwrap();
            for at in 0..=good.len() {
                let mut bad = good.clone();
                if at < good.len() {
                    bad[at] ^= 1;
                } else {
                    bad.push(b'\n');
                }
                std::fs::write(&path, &bad).unwrap();
                assert!(
                    read_guard(&path, LEDGER).is_err() && StoreMark::read(&path, LEDGER).is_err(),
                    "{path:?} byte {at}"
                );
            }
        }
    }

    #[test]
    fn a_pipe_is_refused_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guard");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        for refused in [
            read_guard(&path, LEDGER).map(drop),
            StoreMark::read(&path, LEDGER).map(drop),
        ] {
            assert!(
                matches!(&refused, Err(MarkError::Io(why)) if why.to_string() == "not a regular file"),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn refuses_the_mark_of_another_ledger() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("guard");
        write_guard(&RealDisk, &path, LedgerId::from_bytes([1; 16]), Head::EMPTY).unwrap();
        assert!(matches!(
            read_guard(&path, LEDGER),
            Err(MarkError::Ledger { .. })
        ));
    }
}
