//! Any bytes as policies in ALFA: reading does not panic, and what can be read is printed and read back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::ReadOptions;
use vedtak::syntax::alfa::{read, write};

fuzz_target!(|bytes: &[u8]| match read(bytes, ReadOptions::new()) {
    Ok(documents) => {
        let printed = write(&documents).expect("can be said");
        let again = read(&printed, ReadOptions::new()).expect("is ALFA");
        assert_eq!(again.len(), documents.len());
        assert_eq!(write(&again), Ok(printed));
    }
    Err(error) => assert!(!error.to_string().is_empty()),
});
