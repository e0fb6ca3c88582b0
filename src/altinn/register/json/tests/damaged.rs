//! Tests that any bytes are either read or refused.

use proptest::prelude::*;

use super::*;

/// Whether a file can be read; a readable one must survive being written.
fn reads(bytes: &[u8]) -> bool {
    match Register::from_json("t", bytes) {
        Ok(register) => {
            round_trip(&register.snapshot());
            true
        }
        Err(error) => {
            assert!(!error.diagnostics().is_empty());
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// Returns a register with a fact of every kind.
fn sample() -> String {
    file(
        r#""next_id": 9,
"roles": [{"to": "KARI", "from": "FJELL AS", "role": "dagl", "valid_from": "2026-06-01"}],
"packages": [{"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 3}],
"client_delegations": [{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn", "packages": ["fiske"]}],
"delegations": [{"resource": "r", "from": "FJELL AS", "to": "urn:altinn:partyid:50002", "rights": ["a", {"action": "b", "on": {"c": "d"}}], "id": 4}, {"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": ["a"], "on_from": 4}],
"resource_rights": [{"resource": "r", "party": "KARI", "type": "t", "value": "v"}],
"access_groups": [{"party": "KARI", "group": "g"}],
"access_lists": [{"list": "l", "members": ["KARI"], "resources": [{"resource": "r", "actions": ["a"]}]}],
"resources": [{"id": "r", "owner": "o", "delegable": false}],
"instances": [{"id": "i", "resource": "r", "party": "KARI"}]"#,
    )
}

#[test]
fn every_byte_may_be_damaged() {
    let sound = sample().into_bytes();
    assert!(reads(&sound));
    for at in 0..sound.len() {
        let mut damaged = sound.clone();
        for by in [b'"', b'}', b'9', 0xc3, b' '] {
            damaged[at] = by;
            reads(&damaged);
        }
        damaged.remove(at);
        reads(&damaged);
    }
}

#[test]
fn a_file_that_ends_early_is_refused() {
    let end = FIXTURE.trim_end().len();
    for at in 0..end {
        assert!(!reads(&FIXTURE.as_bytes()[..at]), "ends at {at}");
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    assert!(!reads(deep.as_bytes()));
    for place in ["\"roles\": ", "\"roles\": [{\"to\": ", "\"x\": "] {
        let close = if place.contains('{') { "}]" } else { "" };
        assert!(!reads(file(&format!("{place}{deep}{close}")).as_bytes()));
        assert!(!reads(file(&format!("{place}{deep}")).as_bytes()));
    }
    let objects = "{\"on\":".repeat(100_000);
    assert!(!reads(
        file(&format!("\"delegations\": [{objects}")).as_bytes()
    ));
}

#[test]
fn many_members_and_problems_on_one_line_do_not_take_long() {
    let members: String = (0..100_000).map(|i| format!(",\"m{i}\":0")).collect();
    let text = format!("{{\"format\":\"vedtak-register\",\"version\":1{members}}}");
    assert!(!reads(text.as_bytes()));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        reads(&bytes);
    }

    #[test]
    fn parts_of_the_fixture_in_any_order_are_read_without_panic(
        cuts in prop::collection::vec(0..FIXTURE.len(), 1..6),
    ) {
        let mut bytes = Vec::new();
        for pair in cuts.windows(2) {
            let (from, to) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            bytes.extend_from_slice(&FIXTURE.as_bytes()[from..to]);
        }
        reads(&bytes);
    }

    #[test]
    fn lines_of_the_fixture_may_be_left_out_or_doubled(
        lines in prop::collection::vec(0..3u8, FIXTURE.lines().count()),
    ) {
        let lines = FIXTURE.lines().zip(lines).map(|(line, count)| match count {
            0 if line.trim_start().starts_with("{\"") => String::new(),
            2 if line.trim_start().starts_with("{\"") => format!("{line}\n{line}\n"),
            _ => format!("{line}\n"),
        });
        reads(lines.collect::<String>().as_bytes());
    }
}
