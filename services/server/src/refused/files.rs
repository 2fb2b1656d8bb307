//! The files of the log: lines of JSON, each file named by the number of its first line.
//!
//! A line is whole when its line feed is there. A crash may leave a part of the last one, which
//! the next start cuts off; a line that cannot be read is passed over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Line;

/// Size at which a file is full, unless all of them have less.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Fewer files than this would lose too much at once when the oldest goes.
const FILES_MIN: u64 = 8;

/// Files that one page is looked for in: what one question may cost.
const FILES_READ_MAX: usize = 2;

const ENDING: &str = ".jsonl";

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    file_bytes: u64,
    files: usize,
}

impl Bounds {
    /// Files that have about so many bytes together.
    pub(super) fn new(bytes: u64) -> Self {
        let file_bytes = (bytes / FILES_MIN).clamp(1, FILE_BYTES_MAX);
        let files = usize::try_from(bytes / file_bytes).unwrap_or(usize::MAX);
        Self { file_bytes, files }
    }
}

/// The files, for adding.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    bounds: Bounds,
    /// The file that is added to, and its length; none before the first line.
    newest: Option<(File, u64)>,
    /// The number that the next line gets.
    next: u64,
}

impl Files {
    /// Opens the folder, which is made if it is not there, and cuts off a torn last line.
    pub(super) fn open(folder: &Path, bounds: Bounds) -> io::Result<Self> {
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            // Otherwise a power cut may take the folder with everything that was synced in it.
            if let Some(parent) = folder.parent() {
                File::open(parent)?.sync_all()?;
            }
        }
        let mut files = Self {
            folder: folder.to_owned(),
            bounds,
            newest: None,
            next: 1,
        };
        if let Some((first, path)) = list(folder)?.pop() {
            let text = fs::read(&path)?;
            let whole = text.iter().rposition(|byte| *byte == b'\n');
            let whole = whole.map_or(0, |end| end + 1);
            let lines = text.get(..whole).unwrap_or_default();
            let last = lines.split(|byte| *byte == b'\n').rev().find_map(parse);
            files.next = last.map_or(first, |line| line.number.saturating_add(1));
            let file = OpenOptions::new().append(true).open(&path)?;
            if whole < text.len() {
                file.set_len(whole as u64)?;
                file.sync_data()?;
            }
            files.newest = Some((file, whole as u64));
        }
        Ok(files)
    }

    /// Adds lines, which get their numbers, and syncs them. After an error none of them counts as
    /// written.
    pub(super) fn append(&mut self, lines: &mut [Line]) -> io::Result<()> {
        let mut rest = lines;
        while !rest.is_empty() {
            let file_bytes = self.bounds.file_bytes;
            let full = |newest: &(File, u64)| newest.1 >= file_bytes;
            if self.newest.as_ref().is_none_or(full) {
                self.begin()?;
            }
            let Some((file, length)) = &mut self.newest else {
                return Ok(());
            };
            let mut text = Vec::new();
            let (mut count, mut number) = (0, self.next);
            for line in rest.iter_mut() {
                if *length + text.len() as u64 >= file_bytes {
                    break;
                }
                line.number = number;
                serde_json::to_writer(&mut text, line)?;
                text.push(b'\n');
                (count, number) = (count + 1, number + 1);
            }
            if let Err(error) = file.write_all(&text).and_then(|()| file.sync_data()) {
                // What was written of it is cut off, or else the next file begins behind it.
                if file.set_len(*length).is_err() {
                    (self.newest, self.next) = (None, number);
                }
                return Err(error);
            }
            *length += text.len() as u64;
            self.next = number;
            rest = rest.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Begins another file, and lets the oldest ones go.
    fn begin(&mut self) -> io::Result<()> {
        let path = self.folder.join(format!("{:020}{ENDING}", self.next));
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        File::open(&self.folder)?.sync_all()?;
        self.newest = Some((file, length));
        let files = list(&self.folder)?;
        let over = files.len().saturating_sub(self.bounds.files.max(1));
        for (_, path) in files.into_iter().take(over) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// The files of the folder with the numbers of their first lines, ascending.
fn list(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        let number = number.and_then(|number| number.parse().ok());
        if let Some(number) = number
            && entry.file_type()?.is_file()
        {
            files.push((number, entry.path()));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn parse(line: &[u8]) -> Option<Line> {
    serde_json::from_slice(line).ok()
}

/// Which lines are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Not newer than this number; the newest if there is none.
    pub(crate) from: Option<u64>,
    /// How many at most.
    pub(crate) limit: usize,
    /// Not refused before this time, in microseconds since 1970.
    pub(crate) since: u64,
    /// Only of this organisation.
    pub(crate) org: Option<String>,
    /// Only with this reason, alone or among others.
    pub(crate) reason: Option<String>,
}

impl Wanted {
    fn has(&self, line: &Line) -> bool {
        let of = self
            .org
            .as_ref()
            .is_none_or(|org| line.org.as_ref() == Some(org));
        let because = |reason: &String| line.reason == *reason || line.rules.contains(reason);
        self.from.is_none_or(|from| line.number <= from)
            && line.at >= self.since
            && of
            && self.reason.as_ref().is_none_or(because)
    }
}

/// Lines, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// The lines.
    pub(crate) lines: Vec<Line>,
    /// Where the next page begins; none on the last one.
    pub(crate) next: Option<u64>,
}

/// One page. It may have fewer lines than asked for, or none, and a next one all the same.
pub(super) fn read(folder: &Path, wanted: &Wanted) -> io::Result<Page> {
    let mut page = Page::default();
    let files = match list(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(page),
        Err(error) => return Err(error),
    };
    let behind = |(first, _): &(u64, PathBuf)| wanted.from.is_none_or(|from| *first <= from);
    let files = files.into_iter().rev().filter(behind);
    let mut newer = u64::MAX;
    for (read, (first, path)) in files.enumerate() {
        if read == FILES_READ_MAX {
            page.next = Some(newer - 1);
            return Ok(page);
        }
        newer = first;
        let text = match fs::read(&path) {
            Ok(text) => text,
            // The oldest file may go while it is looked for.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let lines = text.split(|byte| *byte == b'\n').rev().filter_map(parse);
        for line in lines.filter(|line| wanted.has(line)) {
            if page.lines.len() == wanted.limit {
                page.next = Some(line.number);
                return Ok(page);
            }
            page.lines.push(line);
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests;
