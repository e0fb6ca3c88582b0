//! XML inside documents that are not XML → elements that declare their own namespaces.

use super::decode;
use super::reader::{Event, Fault, Reader};
use crate::error::Position;
use crate::limits::Limits;

/// The elements in `bytes`, one after the other, each as XML that declares its own namespaces. The
/// error gives the position within `bytes`, for the text around them is not known here.
pub(crate) fn elements(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, String> {
    let text = decode::decode(bytes).map_err(|fault| fault.message)?;
    let read = || {
        let mut reader = Reader::new(&text, limits)?;
        let mut elements = Vec::new();
        loop {
            match reader.next()? {
                Event::Start(element) => elements.push(reader.raw(&element)?),
                Event::End => return Ok(elements),
                Event::Text(_, offset) => {
                    return Err(Fault {
                        offset,
                        message: "text outside of an element".to_owned(),
                    });
                }
            }
        }
    };
    read().map_err(|fault: Fault| {
        let Position { line, column } = Position::of(fault.offset.bytes(), &text);
        format!("{} (line {line}, column {column} in it)", fault.message)
    })
}
