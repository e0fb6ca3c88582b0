//! Any bytes as a policy: loading does not panic, and what can be read is written so that it reads
//! back the same, formatted or not.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::syntax::{Document, XacmlVersion, format};
use vedtak::{Pdp, ReadOptions};

fuzz_target!(|bytes: &[u8]| {
    let read = Document::from_xml(bytes);
    if let Ok(document) = &read {
        let again = Document::from_xml(document.to_xml());
        assert_eq!(again, Ok(document.clone().under(XacmlVersion::V3)));
        // It may be beyond a limit then, as lines are indented.
        if let Ok(formatted) = format(bytes, ReadOptions::new()) {
            assert_eq!(Document::from_xml(&formatted).as_ref(), Ok(document));
            assert_eq!(format(&formatted, ReadOptions::new()), Ok(formatted));
        }
    }
    match Pdp::from_xml(bytes) {
        Ok(_) => assert!(read.is_ok(), "a policy loads that cannot be read"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
