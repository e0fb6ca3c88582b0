//! A regular expression and a text, a byte 0 between them: compiling and matching do not panic,
//! and an error points into the expression.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::function::regexp::Regexp;

fuzz_target!(|input: &str| {
    let (pattern, text) = input.split_once('\0').unwrap_or((input, ""));
    match Regexp::new(pattern) {
        Ok(regexp) => {
            // The same answer twice: matching keeps scratch memory.
            assert_eq!(regexp.is_match(text), regexp.is_match(text));
        }
        Err(error) => assert!((1..=pattern.chars().count().max(1)).contains(&error.character())),
    }
});
