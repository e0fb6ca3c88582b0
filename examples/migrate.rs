//! Turns a policy of XACML 1.0, 1.1 or 2.0 into one of XACML 3.0.
//!
//! `cargo run --example migrate -- POLICY` prints the policy in that file as XACML 3.0, or says at
//! which places it has no counterpart. Its comments stay, and others say where it can decide otherwise than
//! the policy it was does. Without arguments it migrates an embedded fixture.

use std::io::Write;
use std::process::ExitCode;

use vedtak::{ReadOptions, syntax};

const POLICY: &str = include_str!("../fixtures/xacml2/policy.xml");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [] => migrate("fixtures/xacml2/policy.xml", POLICY.as_bytes()),
        [path] => std::fs::read(path)
            .map_err(|error| format!("{path}: {error}"))
            .and_then(|bytes| migrate(path, &bytes)),
        _ => Err("usage: migrate [POLICY]".to_owned()),
    };
    match result {
        Ok(text) => {
            // Whoever closed the pipe, as `head` does, has seen enough.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn migrate(source: &str, bytes: &[u8]) -> Result<String, String> {
    let migrated = syntax::migrate(bytes, ReadOptions::new().source(source));
    migrated.map_err(|error| error.to_string())
}
