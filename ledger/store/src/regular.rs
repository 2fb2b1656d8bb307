//! Opening files that people put somewhere: keys, settings, marks.

use std::{fs, io, os::unix::fs::OpenOptionsExt as _, path::Path};

use rustix::fs::OFlags;

/// Opens a regular file for reading.
///
/// Opening a named pipe waits until somebody writes, which may be never, so the opening does not wait; for a regular
/// file that makes no difference. What is looked at is the file that was opened: a file that is exchanged in between
/// gains nothing.
///
/// # Errors
/// What the operating system says, or [`io::ErrorKind::InvalidInput`] for a pipe, a device or a folder.
pub fn open_regular(path: &Path) -> io::Result<fs::File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a regular file",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_files_and_waits_for_no_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let (file, pipe) = (folder.path().join("file"), folder.path().join("pipe"));
        fs::write(&file, "here").unwrap();
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert_eq!(
            io::read_to_string(open_regular(&file).unwrap()).unwrap(),
            "here"
        );
        for other in [pipe.as_path(), folder.path(), Path::new("/dev/null")] {
            let refused = open_regular(other).unwrap_err();
            assert_eq!(refused.to_string(), "not a regular file", "{other:?}");
        }
        let none = open_regular(&folder.path().join("none")).unwrap_err();
        assert_eq!(none.kind(), io::ErrorKind::NotFound);
    }
}
