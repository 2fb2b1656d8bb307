//! Segment files: names, headers, footers, and how a new one comes to be.

use std::{
    io,
    path::{Path, PathBuf},
};

use caseledger_chain::{Digest, LedgerId};

use super::{
    Fault, Part,
    frame::{Fields, check_crc},
};
use crate::{
    disk::{Disk, DiskFile},
    log::Head,
};

pub(super) const HEADER_LEN: usize = 68;
pub(super) const FOOTER_LEN: usize = 64;
const HEADER_MAGIC: u32 = u32::from_be_bytes(*b"CLSG");
const FOOTER_MAGIC: u32 = u32::from_be_bytes(*b"CLEN");
const VERSION: u32 = 1;
const SPARE_NAME: &str = "next.tmp";

/// The file of the segment that starts at `first`.
pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.seg"))
}

/// First positions of all segment files, ascending.
pub(super) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let mut firsts = Vec::new();
    for file in std::fs::read_dir(dir)? {
        let name = file?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".seg"));
        let digits = digits.filter(|d| d.len() == 20 && d.bytes().all(|b| b.is_ascii_digit()));
        firsts.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    firsts.sort_unstable();
    Ok(firsts)
}

/// The header of a segment that starts behind `head`.
pub(super) fn encode_header(ledger: LedgerId, head: Head) -> [u8; HEADER_LEN] {
    let mut out = Vec::with_capacity(HEADER_LEN);
    out.extend_from_slice(&HEADER_MAGIC.to_be_bytes());
    out.extend_from_slice(&VERSION.to_be_bytes());
    out.extend_from_slice(&ledger.to_bytes());
    out.extend_from_slice(&head.size.get().to_be_bytes());
    out.extend_from_slice(&head.chain.to_bytes());
    finish(out)
}

/// Appends the checksum and fixes the length.
fn finish<const N: usize>(mut out: Vec<u8>) -> [u8; N] {
    let crc = crc32c::crc32c(&out);
    out.extend_from_slice(&crc.to_be_bytes());
    out.first_chunk().copied().unwrap_or([0; N])
}

/// Checks a segment header and returns the head it starts behind.
pub(super) fn decode_header(bytes: &[u8], ledger: LedgerId, name: u64) -> Result<Head, Fault> {
    let part = Part::SegmentHeader;
    let Some(bytes) = bytes.first_chunk::<HEADER_LEN>() else {
        let (min, max) = (HEADER_LEN as u64, HEADER_LEN as u64);
        return Err(Fault::Length {
            part,
            min,
            max,
            found: bytes.len() as u64,
        });
    };
    let mut fields = Fields(bytes);
    let (magic, version) = (fields.u32(), fields.u32());
    if magic != HEADER_MAGIC {
        return Err(Fault::Magic {
            part,
            expected: HEADER_MAGIC,
            found: magic,
        });
    }
    check_crc(part, bytes)?;
    if version != VERSION {
        return Err(Fault::Version {
            expected: VERSION,
            found: version,
        });
    }
    let found = LedgerId::from_bytes(fields.take());
    if found != ledger {
        return Err(Fault::Ledger {
            expected: ledger,
            found,
        });
    }
    let first = fields.u64();
    if first != name {
        return Err(Fault::First {
            part,
            expected: name,
            found: first,
        });
    }
    Ok(Head::new(first, fields.digest()))
}

/// What a sealed segment says about itself in its last bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Footer {
    pub(crate) frames: u32,
    pub(crate) entries: u64,
    /// Where the footer lies: the frames end here.
    pub(crate) offset: u64,
    pub(crate) last: Digest,
    /// CRC32C of the file in front of the footer.
    pub(crate) crc: u32,
}

impl Footer {
    pub(super) fn encode(&self) -> [u8; FOOTER_LEN] {
        let mut out = Vec::with_capacity(FOOTER_LEN);
        out.extend_from_slice(&FOOTER_MAGIC.to_be_bytes());
        out.extend_from_slice(&self.frames.to_be_bytes());
        out.extend_from_slice(&self.entries.to_be_bytes());
        out.extend_from_slice(&self.offset.to_be_bytes());
        out.extend_from_slice(&self.last.to_bytes());
        out.extend_from_slice(&self.crc.to_be_bytes());
        finish(out)
    }

    /// The footer that ends a file of `file_len` bytes, if these are one.
    pub(super) fn decode(bytes: &[u8], file_len: u64) -> Result<Self, Fault> {
        let part = Part::Footer;
        let Some(bytes) = bytes.first_chunk::<FOOTER_LEN>() else {
            let (min, max) = ((HEADER_LEN + FOOTER_LEN) as u64, u64::MAX);
            return Err(Fault::Length {
                part: Part::File,
                min,
                max,
                found: file_len,
            });
        };
        let mut fields = Fields(bytes);
        let magic = fields.u32();
        if magic != FOOTER_MAGIC {
            return Err(Fault::Magic {
                part,
                expected: FOOTER_MAGIC,
                found: magic,
            });
        }
        check_crc(part, bytes)?;
        let footer = Self {
            frames: fields.u32(),
            entries: fields.u64(),
            offset: fields.u64(),
            last: fields.digest(),
            crc: fields.u32(),
        };
        let expected = file_len.saturating_sub(FOOTER_LEN as u64);
        if footer.offset != expected {
            let (min, max, found) = (expected, expected, footer.offset);
            return Err(Fault::Length {
                part: Part::File,
                min,
                max,
                found,
            });
        }
        Ok(footer)
    }
}

/// A file of zeros that waits to become a segment.
#[derive(Debug)]
pub(crate) struct Spare {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    capacity: u64,
}

impl Spare {
    /// Removes a spare file that a crash left behind.
    pub(crate) fn remove_stale(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
        match disk.remove(&dir.join(SPARE_NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Writes `capacity` zeros and syncs them with the length, so that no later sync has metadata to write.
    /// Written zeros, not a hole and not `fallocate`: both would make the first sync convert extents.
    pub(crate) fn prepare(disk: &dyn Disk, dir: &Path, capacity: u64) -> io::Result<Self> {
        const CHUNK: usize = 1 << 20;
        Self::remove_stale(disk, dir)?;
        let path = dir.join(SPARE_NAME);
        let file = disk.create(&path)?;
        let zeros = vec![0; CHUNK.min(capacity as usize)];
        let mut at = 0;
        while at < capacity {
            let len = (capacity - at).min(CHUNK as u64) as usize;
            file.write_all_at(&zeros[..len], at)?;
            at += len as u64;
        }
        file.sync_all()?;
        Ok(Self {
            file,
            path,
            capacity,
        })
    }

    /// Gives the spare its header and name. A crash before the rename leaves a stale spare; behind it, a segment
    /// that is whole. The folder sync makes the name durable before anything is written that counts on it.
    pub(super) fn name(
        self,
        disk: &dyn Disk,
        dir: &Path,
        ledger: LedgerId,
        head: Head,
    ) -> io::Result<(Box<dyn DiskFile>, u64)> {
        self.file.write_all_at(&encode_header(ledger, head), 0)?;
        self.file.sync_data()?;
        disk.rename(&self.path, &path(dir, head.size.get()))?;
        disk.sync_dir(dir)?;
        Ok((self.file, self.capacity))
    }
}

/// Makes the first segment of a new journal.
pub(crate) fn create_first(
    disk: &dyn Disk,
    dir: &Path,
    ledger: LedgerId,
    capacity: u64,
) -> io::Result<()> {
    Spare::prepare(disk, dir, capacity)?
        .name(disk, dir, ledger, Head::EMPTY)
        .map(drop)
}
