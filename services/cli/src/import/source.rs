//! The file as a stream of CSV records: bounded, hashed and measured while it is read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use csv::ByteRecord;
use sha2::{Digest, Sha256};

use crate::import::{Pass, Progress};

/// Longest record in bytes. A quote that is never closed would otherwise swallow the file.
pub(super) const RECORD_BYTES_MAX: usize = 1 << 20;

/// Bytes the CSV reader takes from the file at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Why a file cannot be read as a whole. Nothing of it has been handed on, unless a variant says
/// so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// The file changed between the two passes. Cases may have been handed on; importing the new
    /// file in full is safe.
    #[error("file changed while it was being imported; import it again from a copy")]
    Changed,
    /// The same column twice.
    #[error("header names the column {0} twice")]
    DuplicateColumn(&'static str),
    /// Nothing in it.
    #[error("file has no rows")]
    Empty,
    /// The operating system refused.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
    /// A column that the format needs.
    #[error(
        "header does not name the column {0}; the first line of court records must be a header"
    )]
    MissingColumn(&'static str),
    /// A record without an end.
    #[error(
        "row that begins on line {line} is longer than {RECORD_BYTES_MAX} bytes; a quote is probably not closed"
    )]
    RecordTooLong {
        /// Where it begins, from 1.
        line: u64,
    },
    /// Lines are numbered with 32 bits.
    #[error("file has more than 4294967295 lines; split it")]
    TooManyLines,
    /// Rows of the same subject lie too far apart to be folded in bounded memory.
    #[error(
        "more than {held} rows must be held because subjects are scattered over the file or have too many rows; sort the file by subject"
    )]
    TooScattered {
        /// Rows that may be held.
        held: usize,
    },
    /// A row after the totals row.
    #[error("line {line} follows the totals row, which must be the last")]
    TotalsNotLast {
        /// The line, from 1.
        line: u32,
    },
    /// A totals row that is not one. It is not echoed.
    #[error(
        "totals row on line {line} is not #TOTAL and five numbers: rows, felony, misdemeanor, infraction, unknown"
    )]
    TotalsMalformed {
        /// The line, from 1.
        line: u32,
    },
    /// A column that the format does not have. Its name is not echoed: a file without a header
    /// would show a person's data here.
    #[error("column {at} of the header is not known; known are {known}")]
    UnknownColumn {
        /// Its number, from 1.
        at: usize,
        /// The names that are.
        known: &'static str,
    },
}

/// One pass over the file.
pub(super) struct Source<R> {
    csv: csv::Reader<Metered<R>>,
    record: ByteRecord,
    bytes_total: u64,
}

impl Source<File> {
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let file = File::open(path)?;
        let bytes_total = file.metadata()?.len();
        Ok(Self::new(file, bytes_total))
    }
}

impl<R: Read> Source<R> {
    pub(super) fn new(input: R, bytes_total: u64) -> Self {
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            // Rows with too few or too many columns are reported one by one.
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(Metered {
                input,
                digest: Sha256::new(),
                bytes: 0,
                since_record: 0,
                overrun: false,
                last: b'\n',
            });
        Self {
            csv,
            record: ByteRecord::new(),
            bytes_total,
        }
    }

    /// Goes to the next record and gives the line it begins on; none at the end of the file.
    pub(super) fn advance(&mut self) -> Result<Option<u32>, FileError> {
        let before = self.csv.position().line();
        let more = self.csv.read_byte_record(&mut self.record);
        let meter = self.csv.get_mut();
        if meter.overrun || self.record.as_slice().len() > RECORD_BYTES_MAX {
            return Err(FileError::RecordTooLong { line: before });
        }
        meter.since_record = 0;
        match more {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return Err(FileError::Io(error.into())),
        }
        // The reader counts from before empty lines. Counted back from the line break that ends
        // the record, past those inside it. Only where an open quote swallowed that line break as
        // well, after empty lines, this is one line too early.
        let inside = self.record.as_slice().iter().filter(|b| **b == b'\n');
        let ends = self.csv.position().line().saturating_sub(1);
        let line = ends.saturating_sub(inside.count() as u64).max(before);
        u32::try_from(line)
            .ok()
            .ok_or(FileError::TooManyLines)
            .map(Some)
    }

    /// The record that [`Self::advance`] went to.
    pub(super) const fn record(&self) -> &ByteRecord {
        &self.record
    }

    /// How far this pass has come after so many rows.
    pub(super) fn progress(&self, pass: Pass, rows: u64) -> Progress {
        Progress {
            pass,
            rows,
            bytes: self.csv.get_ref().bytes,
            bytes_total: self.bytes_total,
        }
    }

    /// SHA-256 of the file, once [`Self::advance`] has come to its end.
    pub(super) fn digest(self) -> [u8; 32] {
        self.csv.into_inner().digest.finalize().into()
    }
}

/// Hashes and counts what passes, stops a record that does not end, and makes every line break
/// one line feed, the last line's too, so that lines are counted as editors count them.
struct Metered<R> {
    input: R,
    digest: Sha256,
    bytes: u64,
    since_record: usize,
    overrun: bool,
    /// The last byte of the file so far.
    last: u8,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_record > RECORD_BYTES_MAX + BUFFER_BYTES {
            self.overrun = true;
            return Err(io::ErrorKind::InvalidData.into());
        }
        loop {
            let count = self.input.read(buffer)?;
            let taken = buffer.get_mut(..count).unwrap_or_default();
            self.digest.update(&*taken);
            self.bytes += count as u64;
            let kept = if count == 0 && !matches!(self.last, b'\n' | b'\r') {
                self.last = b'\n';
                buffer.first_mut().map_or(0, |byte| {
                    *byte = b'\n';
                    1
                })
            } else {
                self.unify_line_breaks(taken)
            };
            self.since_record += kept;
            // Nothing kept of something read was the second half of a line break.
            if kept > 0 || count == 0 {
                return Ok(kept);
            }
        }
    }
}

impl<R> Metered<R> {
    /// Moves what is kept to the front and gives its length.
    fn unify_line_breaks(&mut self, bytes: &mut [u8]) -> usize {
        let mut kept = 0;
        for at in 0..bytes.len() {
            let byte = bytes.get(at).copied().unwrap_or_default();
            let second_half = byte == b'\n' && self.last == b'\r';
            self.last = byte;
            if let (false, Some(to)) = (second_half, bytes.get_mut(kept)) {
                *to = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_an_endless_record_up_before_it_fills_the_memory() {
        let endless = b"a,b\nc,\"".chain(io::repeat(b'x').take(64 << 20));
        let mut source = Source::new(endless, 0);
        assert_eq!(source.advance().unwrap(), Some(1));
        assert!(matches!(
            source.advance(),
            Err(FileError::RecordTooLong { line: 2 })
        ));
        let read = source.progress(Pass::Check, 1).bytes;
        assert!(read < 2 * RECORD_BYTES_MAX as u64, "{read}");
    }
}
