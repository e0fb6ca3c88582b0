//! A file that is replaced as a whole: whoever opens it finds what was there before or what is there
//! now, after a power cut as well.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

/// So many files may lie around that were being written when the power was cut.
const MOST_ATTEMPTS: u32 = 1000;

/// Puts what `write` writes in the place of the file `path`: into a file beside it, which is given its
/// name when all of it has reached the disk. If anything fails, the file `path` is what it was.
pub(super) fn replace<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
) -> io::Result<T> {
    let (beside, file) = create_beside(path)?;
    let written = write_whole(file, write).and_then(|value| {
        fs::rename(&beside, path)?;
        Ok(value)
    });
    match written {
        Ok(value) => {
            sync_folder(path)?;
            Ok(value)
        }
        Err(error) => {
            // What matters is why it failed; a file that stays behind is in nobody's way.
            let _ = fs::remove_file(&beside);
            Err(error)
        }
    }
}

fn write_whole<T>(
    file: File,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
) -> io::Result<T> {
    let mut buffered = BufWriter::new(file);
    let value = write(&mut buffered)?;
    let file = buffered
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(value)
}

/// A new file in the folder of `path`: only within a folder is a file renamed at once.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let Some(name) = path.file_name() else {
        let message = format!("`{}` is no file name", path.display());
        return Err(io::Error::new(ErrorKind::InvalidInput, message));
    };
    for attempt in 0..MOST_ATTEMPTS {
        let mut beside = name.to_owned();
        beside.push(format!(".{}-{attempt}.new", std::process::id()));
        let beside = path.with_file_name(beside);
        match OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&beside)
        {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    let message = format!("too many unfinished files lie beside `{}`", path.display());
    Err(io::Error::new(ErrorKind::AlreadyExists, message))
}

/// The new name is in the folder, which has to reach the disk as well.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Where a folder cannot be opened as a file, the system sees to its names itself.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
