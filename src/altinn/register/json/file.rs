//! A text → a file on disk, replaced in one step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Replaces a file, or creates it; a reader sees the old text or the new one.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    // A symbolic link stays; its target is replaced.
    let target = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        found => found?,
    };
    // Only a file in the same folder can be renamed in one step.
    let (temporary, mut file) = Temporary::create_beside(&target)?;
    if let Ok(old) = fs::metadata(&target) {
        // Set while it is empty: the old file may be private.
        file.set_permissions(old.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary.path, &target)?;
    temporary.keep();
    sync_folder(&target);
    Ok(())
}

/// A file that is removed when dropped, unless it is kept.
struct Temporary {
    path: PathBuf,
    is_kept: bool,
}

impl Temporary {
    fn create_beside(target: &Path) -> io::Result<(Self, File)> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = target.file_name().ok_or_else(|| {
            let message = format!("`{}` is no name of a file", target.display());
            io::Error::new(io::ErrorKind::InvalidInput, message)
        })?;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let mut temporary = std::ffi::OsString::from(".");
            temporary.push(name);
            temporary.push(format!(".{}-{number}.tmp", std::process::id()));
            let path = target.with_file_name(temporary);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    let is_kept = false;
                    return Ok((Self { path, is_kept }, file));
                }
                // A killed process with the same id has left it.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_kept {
            // The error that prevented keeping it is returned already; another one has no receiver.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the new name survive a loss of power, where a folder can be opened. The file is in place
/// already, so a failure here does not make saving fail.
fn sync_folder(target: &Path) {
    #[cfg(unix)]
    if let Some(folder) = target.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    #[cfg(not(unix))]
    let _ = target;
}
