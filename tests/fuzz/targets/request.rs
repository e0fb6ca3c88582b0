//! Any bytes as a request: reading does not panic, and what can be read is written so that it
//! reads back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::Request;

fuzz_target!(|bytes: &[u8]| {
    match Request::from_xml(bytes) {
        Ok(request) => assert_eq!(Request::from_xml(request.to_xml()).as_ref(), Ok(&request)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
