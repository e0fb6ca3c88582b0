//! Texts → files: anew, beside what is there, or in its place. Several are written together or not at all.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use vedtak::report::Visible;

use crate::output::{Undone, reason};

/// Writes a file, over one that is there.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), Undone> {
    fs::write(file, text).map_err(|error| undone(file, &error))
}

/// A file that is one, whatever names and links lead to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// The number of the file on its device.
    #[cfg(unix)]
    Number(u64, u64),
    Path(PathBuf),
}

impl Identity {
    /// The file that is read or written by this name, whether it is there or is to be made; none for what is
    /// no regular file.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        match fs::metadata(file) {
            Ok(of) if !of.is_file() => return None,
            #[cfg(unix)]
            Ok(of) => {
                use std::os::unix::fs::MetadataExt;
                return Some(Self::Number(of.dev(), of.ino()));
            }
            #[cfg(not(unix))]
            Ok(_) => return fs::canonicalize(file).ok().map(Self::Path),
            Err(_) => {}
        }
        // What a link leads to need not be there.
        let mut file = file.to_owned();
        for _ in 0..MOST_LINKS {
            let Ok(to) = fs::read_link(&file) else { break };
            file = file.parent().unwrap_or(Path::new("")).join(to);
        }
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok();
        let name = file.file_name();
        Some(Self::Path(match (folder, name) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => file,
        }))
    }
}

/// The most links that are followed to a file that is not there.
const MOST_LINKS: usize = 40;

/// Writes files, each with its folder if that is not there; never over others.
pub(crate) fn create(files: &[(PathBuf, &str)]) -> Result<(), Undone> {
    let mut names = HashSet::new();
    for (file, _) in files {
        let refused = match file.symlink_metadata() {
            _ if !names.insert(file) => "two are to be written into it",
            Ok(_) => "it is there already",
            Err(_) => continue,
        };
        return Err(nothing(
            format!("{}: {refused}", Visible(file.display())).into(),
        ));
    }
    for (number, (file, text)) in files.iter().enumerate() {
        if let Err((error, is_made)) = create_one(file, text) {
            // Only what was made here is removed.
            for (own, _) in &files[..number + usize::from(is_made)] {
                let _ = fs::remove_file(own);
            }
            return Err(nothing(undone(file, &error)));
        }
    }
    Ok(())
}

/// Writes a new file. An error says whether the file was made.
fn create_one(file: &Path, text: &str) -> Result<(), (io::Error, bool)> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| (error, false))?;
    }
    let mut made = File::create_new(file).map_err(|error| (error, false))?;
    made.write_all(text.as_bytes())
        .map_err(|error| (error, true))
}

/// Writes files beside the old ones, and puts them in their places when all are written.
pub(crate) fn replace(files: &[(&Path, &str)]) -> Result<(), Undone> {
    let mut written: Vec<Beside> = Vec::new();
    for (file, text) in files {
        let beside = Beside::write(file, text);
        written.push(beside.map_err(|error| nothing(undone(file, &error)))?);
    }
    for (number, (beside, (file, _))) in written.into_iter().zip(files).enumerate() {
        beside.put_in_place().map_err(|error| {
            let undone = undone(file, &error);
            match number {
                0 => nothing(undone),
                several => undone.so(format!("only {several} of {} were written", files.len())),
            }
        })?;
    }
    Ok(())
}

/// The most names that are tried for a file beside another.
const TRIED: u32 = 1000;

/// A new file beside the one that it is to replace; it is removed if it does not.
struct Beside {
    /// None when it is in its place.
    new: Option<PathBuf>,
    old: PathBuf,
}

impl Beside {
    fn write(file: &Path, text: &str) -> io::Result<Self> {
        // A link stays one: what it leads to is replaced.
        let old = fs::canonicalize(file)?;
        let of = fs::metadata(&old)?;
        if !of.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let (new, mut made) = made_beside(&old)?;
        let beside = Self {
            new: Some(new),
            old,
        };
        made.write_all(text.as_bytes())?;
        made.set_permissions(of.permissions())?;
        made.sync_all()?;
        Ok(beside)
    }

    fn put_in_place(mut self) -> io::Result<()> {
        if let Some(new) = &self.new {
            fs::rename(new, &self.old)?;
        }
        self.new = None;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(new) = &self.new {
            let _ = fs::remove_file(new);
        }
    }
}

/// A file of a name that is free, in the folder of another. Nobody else may read it yet.
fn made_beside(old: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let process = std::process::id();
    let mut last = None;
    for number in 0..TRIED {
        let new = old.with_file_name(format!(".vedtak-{process}-{number}.new"));
        match options.open(&new) {
            Ok(made) => return Ok((new, made)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
}

fn nothing(undone: Undone) -> Undone {
    undone.so("nothing was written")
}

fn undone(file: &Path, error: &io::Error) -> Undone {
    format!("{}: {}", Visible(file.display()), reason(error)).into()
}
