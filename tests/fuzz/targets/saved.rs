//! Any bytes as a saved store: they are refused, or can be saved again and restored. The checksums
//! are made right first, so that what is behind them is reached.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::{Pdp, Request, Store};

const DENY: &str = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";

fn empty() -> Store {
    let builder = Pdp::builder().root_combining(DENY).saveable();
    builder.store().expect("an empty store")
}

/// One policy `p` of this body, as the table in `src/pdp/store/saved/file.rs` has it.
fn file(body: &[u8]) -> Vec<u8> {
    let mut file = b"\x89vdtk\r\n\n\x03\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
    file.push(u8::try_from(DENY.len()).expect("is short"));
    file.extend_from_slice(&[0; 3]);
    file.extend_from_slice(DENY.as_bytes());
    file.extend_from_slice(&crc32fast::hash(&file).to_le_bytes());
    let length = u32::try_from(body.len()).expect("is small");
    let sum = crc32fast::hash(body).to_le_bytes();
    let head = [&1_u32.to_le_bytes()[..], &length.to_le_bytes(), &sum, b"p"].concat();
    let head_sum = crc32fast::hash(&[&[0; 8][..], &head].concat());
    file.extend_from_slice(&head);
    file.extend_from_slice(&head_sum.to_le_bytes());
    file.extend_from_slice(body);
    file.extend_from_slice(&crc32fast::hash(&sum).to_le_bytes());
    file
}

fuzz_target!(|bytes: &[u8]| {
    let _ = empty().restore(bytes, |_| {});
    let store = empty();
    match store.restore(file(bytes).as_slice(), |_| {}) {
        Ok(_) => {
            store.pdp().decide(&Request::builder().build());
            let (mut saved, again) = (Vec::new(), empty());
            store.save(&mut saved).expect("memory can be written");
            again
                .restore(saved.as_slice(), |_| {})
                .expect("it is what was saved");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
