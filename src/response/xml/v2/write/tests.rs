use super::super::super::tests::full;
use super::*;

fn in_2(response: &Response) -> String {
    response.to_xml_within(XacmlVersion::V2, None, usize::MAX)
}

fn permit(obligations: Vec<Obligation>) -> ResponseResult {
    ResponseResult {
        obligations,
        ..ResponseResult::new(Decision::Permit)
    }
}

fn obligation(value: Value) -> Obligation {
    Obligation {
        id: "o".into(),
        assignments: vec![AttributeAssignment {
            id: "a".into(),
            category: Some("c".into()),
            issuer: Some("i".into()),
            value,
        }],
    }
}

/// A response with everything that the schema of 3.0 knows is written in 2.0 and read back.
#[test]
fn what_was_read_reads_back() {
    let response = full();
    let text = in_2(&response);
    let again = Response::from_xml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(Response::from_xml(in_2(&again)).as_ref(), Ok(&again));
    assert_eq!(again.results.len(), response.results.len());
    let told = again.results[0]
        .status
        .as_ref()
        .and_then(|status| status.message.clone());
    let told = told.expect("has a message");
    for part in [
        "the advice",
        "the obligation",
        "the attribute",
        "the reference to the policy",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn values_of_every_data_type_of_2_read_back() {
    let values = [
        Value::from("a\r\n\t<&>\" "),
        Value::parse(DataType::DayTimeDuration, "P1D").unwrap(),
        Value::parse(DataType::YearMonthDuration, "P1Y").unwrap(),
        Value::parse(DataType::Time, "12:00:00+02:00").unwrap(),
        Value::parse(DataType::X500Name, "CN=Kari\\ ,C=NO").unwrap(),
        Value::parse(DataType::IpAddress, "[::1]:80").unwrap(),
    ];
    let results = values
        .into_iter()
        .map(|value| permit(vec![obligation(value)]))
        .collect();
    let response = Response { results };
    let text = in_2(&response);
    assert_eq!(Response::from_xml(&text), Ok(response), "{text}");
}

#[test]
fn a_permit_is_not_written_without_its_obligation() {
    let path = Value::from(crate::value::XPathExpression {
        text: "a".into(),
        category: "c".into(),
        namespaces: Arc::new([]),
    });
    for (decision, expected) in [
        (Decision::Permit, Decision::Indeterminate),
        (Decision::Deny, Decision::Deny),
        (Decision::Indeterminate, Decision::Indeterminate),
        (Decision::NotApplicable, Decision::NotApplicable),
    ] {
        let result = ResponseResult {
            decision,
            ..permit(vec![obligation(path.clone()), obligation(1.into())])
        };
        let response = Response {
            results: vec![result],
        };
        let read = Response::from_xml(in_2(&response)).expect("is read");
        assert_eq!(read.decision(), expected);
        let kept = usize::from(decision == Decision::Deny);
        assert_eq!(read.obligations().len(), kept, "{decision}");
        let message = read.status().and_then(|status| status.message.as_deref());
        assert!(message.is_some_and(|message| message.contains("the obligation `o`")));
    }
}

#[test]
fn what_xml_cannot_hold_is_left_out_as_well() {
    let response = Response {
        results: vec![permit(vec![obligation("\u{1}".into())])],
    };
    let read = Response::from_xml(in_2(&response)).expect("is read");
    assert_eq!(read.decision(), Decision::Indeterminate);
}
