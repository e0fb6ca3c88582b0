//! A file that is replaced as a whole: it holds either the earlier content or the new one, after a
//! power cut as well.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

/// The number of unfinished files, left by power cuts, beside which a new one is still created.
const MOST_ATTEMPTS: u32 = 1000;

/// Replaces the content of the file `path` with what `write` writes: into a file beside it, which
/// is renamed once it has been flushed to disk. If anything fails, the file `path` is unchanged.
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
            // The error to report is the first one; a file that cannot be removed does no harm.
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

/// Creates a file in the folder of `path`: renaming is atomic only within a folder.
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

/// Flushes the folder of the file to disk, as it holds the new name.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Does nothing: where a folder cannot be opened as a file, the system flushes its names itself.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
