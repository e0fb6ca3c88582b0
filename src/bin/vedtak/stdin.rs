//! Standard input, which `-` stands for wherever a file does: it can be read once.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use vedtak::Limits;

/// The name of standard input in messages.
pub(crate) const NAME: &str = "stdin";

static IS_READ: AtomicBool = AtomicBool::new(false);

/// Reads all of it, if it has no more bytes than a document may have.
pub(crate) fn read() -> io::Result<Vec<u8>> {
    if IS_READ.swap(true, Ordering::Relaxed) {
        return Err(io::Error::other("it can be read once"));
    }
    let most = Limits::default().bytes;
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(most as u64 + 1)
        .read_to_end(&mut bytes)?;
    match bytes.len() > most {
        false => Ok(bytes),
        true => Err(io::Error::other(format!(
            "it has more than {most} bytes, which is the limit"
        ))),
    }
}
