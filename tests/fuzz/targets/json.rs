//! Any bytes as a request and as a response in JSON: reading does not panic, and what can be read is
//! written so that it reads back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::{Request, Response};

fuzz_target!(|bytes: &[u8]| {
    match Request::from_json(bytes) {
        Ok(request) => assert_eq!(Request::from_json(request.to_json()).as_ref(), Ok(&request)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(response) = Response::from_json(bytes) {
        assert_eq!(
            Response::from_json(response.to_json()).as_ref(),
            Ok(&response)
        );
    }
});
