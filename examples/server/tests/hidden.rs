//! Messages about a register, as logs have them.

use vedtak::altinn::Register;
use vedtak::{Diagnostic, Error};
use vedtak_server::hidden::told;

#[test]
fn no_value_of_a_register_is_told() {
    let file = r#"{"name": "kari", "number": "22847318547", "nam": 1}"#;
    for (message, expected) in [
        (
            "`name` is a text, but found `22847318547`",
            "`name` is a text, but found `…`",
        ),
        ("there is no `kari`", "there is no `…`"),
        ("`KARI NORDMANN` has `two keys`", "`…` has `…`"),
        (
            "member `nam` is not known here; did you mean `name`?",
            "member `nam` is not known here; did you mean `name`?",
        ),
        ("half `Quoted", "half `…`"),
    ] {
        let error = Error::new(vec![Diagnostic::placeless("", message)]);
        assert_eq!(told(&error, file.as_bytes()), expected);
    }
    let broken = r#"{"parties": [
        {"kind": "person", "number": "22847318547", "name": "UNNI UTFYLLER", "partyid": "22847318547"}"#;
    let error = Register::from_json("register.json", broken.as_bytes());
    let told = told(&error.expect_err("it is broken"), broken.as_bytes());
    assert!(told.starts_with("register.json:"), "{told}");
    assert!(!told.contains("228473") && !told.contains("UNNI"), "{told}");
}
