//! Any bytes as policies in ALFA: reading does not panic, what can be read is printed and read back, and
//! comments are no part of what it says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::syntax::Document;
use vedtak::syntax::alfa::{read, to_xml, write};
use vedtak::{Limits, ReadOptions};

fuzz_target!(|bytes: &[u8]| match read(bytes, ReadOptions::new()) {
    Ok(documents) => {
        let printed = write(&documents).expect("can be said");
        let again = read(&printed, ReadOptions::new()).expect("is ALFA");
        assert_eq!(again.len(), documents.len());
        assert_eq!(write(&again), Ok(printed));
        let made = to_xml([("p.alfa", bytes)], &Limits::default()).expect("was read");
        for (document, commented) in &made.policies {
            let [with, without] =
                [commented, &document.to_xml()].map(|xml| Document::from_xml(xml));
            assert_eq!(with.ok(), without.ok());
        }
    }
    Err(error) => assert!(!error.to_string().is_empty()),
});
