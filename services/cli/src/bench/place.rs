//! Where a measurement takes place.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::thread;

use crate::exit::{Failure, io_failure};

/// A folder of this run alone. It goes when the run ends.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes it inside another one.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be made.
    pub(super) fn new(within: &Path) -> Result<Self, Failure> {
        let path = within.join(format!("caseledger-bench.{}", process::id()));
        fs::create_dir(&path).map_err(io_failure("make", path.display()))?;
        let path = path
            .canonicalize()
            .map_err(io_failure("find", path.display()))?;
        Ok(Self(path))
    }

    /// Something in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left; the name says what it is.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// What a figure is worth nothing without.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// Model of the processor.
    pub(super) processor: String,
    /// How many of it this program may use.
    pub(super) cores: u64,
    /// File system of the folder, as `ext4 on /dev/vda`.
    pub(super) file_system: String,
    /// Load average over one, five and fifteen minutes: whether others were at work.
    pub(super) load: String,
}

impl Machine {
    /// This machine, as far as the system tells.
    pub(super) fn here(folder: &Folder) -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let processor = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        let processor = processor.map(|rest| rest.trim_start_matches(['\t', ' ', ':']).to_owned());
        let mounts = read("/proc/mounts");
        let mounted = mounts.lines().filter_map(|line| {
            let mut fields = line.split(' ');
            let (device, on, kind) = (fields.next()?, fields.next()?, fields.next()?);
            folder
                .0
                .starts_with(on)
                .then(|| (on.len(), format!("{kind} on {device}")))
        });
        let load = read("/proc/loadavg");
        let load: Vec<&str> = load.split(' ').take(3).collect();
        Self {
            processor: processor.unwrap_or_else(|| "unknown".to_owned()),
            cores: thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
            file_system: mounted
                .max()
                .map_or_else(|| "unknown".to_owned(), |(_, name)| name),
            load: load.join(" "),
        }
    }
}

/// Bytes that the file system has given to everything in a folder.
///
/// # Errors
/// [`Failure`] if it cannot be read.
pub(super) fn allocated(folder: &Path) -> Result<u64, Failure> {
    let fail = || io_failure("read", folder.display());
    let mut bytes = 0;
    for item in fs::read_dir(folder).map_err(fail())? {
        let item = item.map_err(fail())?;
        let known = item.metadata().map_err(fail())?;
        bytes += if known.is_dir() {
            allocated(&item.path())?
        } else {
            known.blocks() * 512
        };
    }
    Ok(bytes)
}
