//! Any bytes as the bodies of AuthZEN's calls: reading does not panic, what can be read can be mapped
//! and answered, and an answer is JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::authzen::{Evaluation, Evaluations, Mapping, Search, SearchKind};
use vedtak::response::ResponseResult;
use vedtak::{Decision, ReadOptions, Request, Response};

fuzz_target!(|bytes: &[u8]| {
    let mut odd = false;
    let mut decide = |request: &Request| {
        assert!(!request.is_multiple() || request.to_json().contains("scope"));
        odd = !odd;
        let decision = if odd {
            Decision::Permit
        } else {
            Decision::Deny
        };
        Response::new(vec![ResponseResult::new(decision)])
    };
    for mapping in [Mapping::by_name(), Mapping::standard()] {
        if let Ok(one) = Evaluation::from_json(bytes) {
            if let Ok(answer) = one.decide(&mapping, &mut decide) {
                assert!(!answer.to_json().is_empty());
            }
        }
        match Evaluations::from_json(bytes) {
            Ok(several) => {
                if let Ok(answers) = several.decide(&mapping, &mut decide) {
                    // An answer has the shape of what is asked, so far as it has an array.
                    let text = answers.to_json();
                    assert_eq!(
                        text.starts_with("{\"decision\""),
                        answers.is_single,
                        "{text}"
                    );
                }
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    for sought in [
        SearchKind::Subjects,
        SearchKind::Resources,
        SearchKind::Actions,
    ] {
        if let Ok(search) = Search::read_json(sought, bytes, ReadOptions::new()) {
            let _ = search.candidate("x").to_request(&Mapping::default());
        }
    }
});
