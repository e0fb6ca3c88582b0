use super::*;

const XQUERY: &str = "http://www.w3.org/TR/2002/WD-xquery-operators-20020816#";
const XSD: &str = "http://www.w3.org/2001/XMLSchema#";

#[test]
fn data_types_take_the_identifiers_of_3() {
    for name in ["dayTimeDuration", "yearMonthDuration"] {
        for of_2 in [XQUERY, "urn:oasis:names:tc:xacml:2.0:data-type:"] {
            assert_eq!(data_type(format!("{of_2}{name}")), format!("{XSD}{name}"));
        }
    }
    let ip_address = "urn:oasis:names:tc:xacml:2.0:data-type:ipAddress".to_owned();
    for same in [format!("{XSD}time"), format!("{XQUERY}time"), ip_address] {
        assert_eq!(data_type(same.clone()), same);
    }
}

#[test]
fn functions_of_durations_take_the_identifiers_of_3_and_others_keep_theirs() {
    for name in [
        "dayTimeDuration-equal",
        "yearMonthDuration-at-least-one-member-of",
        "date-subtract-yearMonthDuration",
        "dateTime-add-dayTimeDuration",
    ] {
        let id = format!("{FUNCTION_1}{name}");
        assert_eq!(function_id(&id, false), format!("{FUNCTION_3}{name}"));
    }
    for name in [
        "any-of",
        "date-equal",
        "dayTimeDuration-",
        "date-add-dayTimeDuration",
        "map",
    ] {
        let id = format!("{FUNCTION_1}{name}");
        assert_eq!(function_id(&id, false), id);
    }
    let concatenate = "urn:oasis:names:tc:xacml:2.0:function:uri-string-concatenate";
    assert_eq!(function_id(concatenate, true), concatenate);
    let of_1 = format!("{FUNCTION_1}regexp-string-match");
    assert_eq!(function_id(&of_1, false), of_1);
    assert_eq!(
        function_id(&of_1, true),
        format!("{FUNCTION_1}string-regexp-match")
    );
}
