//! The command `vedtak`, run as a program: what it prints, how it ends, and what it makes of odd files.

#[path = "../support/bless.rs"]
mod bless;

mod altinn;
mod asked;
mod examples;
mod folders;
mod hostile;
mod roles;
mod services;
mod streams;
mod told;
mod transcripts;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the command in the folder of the crate.
fn vedtak<A: AsRef<std::ffi::OsStr>>(
    arguments: impl IntoIterator<Item = A>,
    input: &[u8],
) -> Output {
    vedtak_in(Path::new(env!("CARGO_MANIFEST_DIR")), arguments, input)
}

/// Runs the command in a folder.
fn vedtak_in<A: AsRef<std::ffi::OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
    input: &[u8],
) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vedtak"));
    command.args(arguments).current_dir(folder);
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut to = child.stdin.take().expect("is piped");
    // Whoever does not read it closes it.
    let _ = to.write_all(input);
    drop(to);
    child.wait_with_output().expect("it ends")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("is UTF-8")
}

/// A folder that is empty, for one test.
fn folder(name: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("can be made");
    folder
}
