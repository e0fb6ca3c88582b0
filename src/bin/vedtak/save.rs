//! Texts → files: anew, beside what is there, or in its place.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::output::{Undone, reason};

/// Writes a file, over one that is there.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), Undone> {
    fs::write(file, text).map_err(|error| undone(file, &error))
}

/// Writes a file into a folder, which is made if it is not there; never over another.
pub(crate) fn create(folder: &Path, name: &OsStr, text: &str) -> Result<PathBuf, Undone> {
    fs::create_dir_all(folder).map_err(|error| undone(folder, &error))?;
    let file = folder.join(name);
    let made = fs::File::create_new(&file);
    let written = made.and_then(|mut to| to.write_all(text.as_bytes()));
    written.map_err(|error| undone(&file, &error))?;
    Ok(file)
}

/// Writes a file beside the old one, and puts it in its place: all of it or nothing.
pub(crate) fn replace(file: &Path, text: &str) -> Result<(), Undone> {
    put_in_place(file, text).map_err(|error| undone(file, &error))
}

fn put_in_place(file: &Path, text: &str) -> io::Result<()> {
    // A link stays one.
    let file = fs::canonicalize(file)?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let renamed = fs::write(&new, text)
        .and_then(|()| fs::metadata(&file))
        .and_then(|of| fs::set_permissions(&new, of.permissions()))
        .and_then(|()| fs::rename(&new, &file));
    if renamed.is_err() {
        let _ = fs::remove_file(&new);
    }
    renamed
}

fn undone(file: &Path, error: &io::Error) -> Undone {
    format!("{}: {}", file.display(), reason(error)).into()
}
