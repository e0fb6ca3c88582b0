//! A policy and a request, a byte 0 between them: deciding does not panic, and the answer is a
//! response that can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::{Pdp, Response};

fuzz_target!(|bytes: &[u8]| {
    // XML has no such character, so it is in neither.
    let Some(middle) = bytes.iter().position(|byte| *byte == 0) else {
        return;
    };
    let Ok(pdp) = Pdp::from_xml(&bytes[..middle]) else {
        return;
    };
    let answer = pdp.decide_xml(&bytes[middle + 1..]);
    if let Err(error) = Response::from_xml(&answer) {
        panic!("{error}\n{answer}");
    }
});
