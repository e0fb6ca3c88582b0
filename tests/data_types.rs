//! Data types of the host: a type is read, compared, written and looked up wherever the standard's
//! are, and what its code must not do is seen. The chapter `manual::extending` shows how.

use std::cmp::Ordering;
use std::fmt;

use vedtak::attribute::{Designator, category};
use vedtak::decision::StatusCode;
use vedtak::function::{Function, Operand, Signature, Type};
use vedtak::provider::{Fetched, ProviderError};
use vedtak::request::AttributeBuilder;
use vedtak::syntax::Document;
use vedtak::value::{DataType, ExtensionType, Value};
use vedtak::{AttributeProvider, Context, Decision, Limits, Pdp, PdpBuilder, Request, Response};

/// A Norwegian organisation number: eight digits and a check digit, often written in groups.
#[derive(Debug, PartialEq)]
struct OrganisationNumber(String);

impl fmt::Display for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ExtensionType for OrganisationNumber {
    const ID: &'static str = "urn:example:data-type:organisation-number";
    const NAME: &'static str = "organisation number";

    fn read(text: &str) -> Result<Self, String> {
        let number: String = text.chars().filter(|c| *c != ' ').collect();
        let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
        let digits = digits.filter(|digits| digits.len() == 9);
        let digits = digits.ok_or("expected nine digits")?;
        let weights = [3, 2, 7, 6, 5, 4, 3, 2, 1];
        let sum: u32 = digits
            .iter()
            .zip(weights)
            .map(|(d, weight)| d * weight)
            .sum();
        match sum % 11 {
            0 => Ok(Self(number)),
            _ => Err("the check digit is wrong".to_owned()),
        }
    }

    fn function(name: &str) -> Option<String> {
        Some(format!("urn:example:function:organisation-number-{name}"))
    }
}

/// Major, minor and patch of a version, for clients that must not be too old.
#[derive(PartialEq, PartialOrd)]
struct Version([u32; 3]);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl ExtensionType for Version {
    const ID: &'static str = "urn:example:data-type:version";
    const NAME: &'static str = "version";
    const ORDERED: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        let parts: Option<Vec<u32>> = text.split('.').map(|part| part.parse().ok()).collect();
        let parts: Option<[u32; 3]> = parts.and_then(|parts| parts.try_into().ok());
        parts
            .map(Self)
            .ok_or_else(|| "expected three numbers".to_owned())
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        self.partial_cmp(other)
    }

    fn function(name: &str) -> Option<String> {
        Some(format!("urn:example:function:version-{name}"))
    }
}

/// A point, in XML: `<point x="1" y="2"/>`.
struct Point(String, String);

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<point xmlns=\"urn:example:map\" x=\"{}\" y=\"{}\"/>",
            self.0, self.1
        )
    }
}

impl ExtensionType for Point {
    const ID: &'static str = "urn:example:data-type:point";
    const NAME: &'static str = "point";
    const XML: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        let attribute = |name: &str| {
            let (_, rest) = text.split_once(&format!("{name}=\"")).ok_or("no such")?;
            let (value, _) = rest.split_once('"').ok_or("no end")?;
            Ok::<_, String>(value.to_owned())
        };
        match text.contains("urn:example:map") {
            true => Ok(Self(attribute(" x")?, attribute(" y")?)),
            false => Err("expected a `point`".to_owned()),
        }
    }

    fn function(name: &str) -> Option<String> {
        (name == "equal").then(|| "urn:example:function:point-equal".to_owned())
    }
}

/// Misbehaves as its text says.
struct Liar(String);

impl fmt::Display for Liar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ExtensionType for Liar {
    const ID: &'static str = "urn:example:data-type:liar";
    const NAME: &'static str = "liar";
    const ORDERED: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "panics" => panic!("it said so"),
            "grows" => Ok(Self("grows and".into())),
            text if text.starts_with("grows") => Ok(Self(format!("{text} grows"))),
            text => Ok(Self(text.to_owned())),
        }
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        match &*self.0 {
            "none" => None,
            "equal" => Some(Ordering::Equal),
            "comparing panics" => panic!("it said so"),
            mine => Some((*mine).cmp(&other.0)),
        }
    }

    fn function(name: &str) -> Option<String> {
        Some(format!("urn:example:function:liar-{name}"))
    }
}

const ORGANISATION: &str = "urn:example:organisation";
const DENY_OVERRIDES: &str = "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides";

fn policy(inside: &str) -> String {
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
         Version=\"1.0\" RuleCombiningAlgId=\"{DENY_OVERRIDES}\"><Target/>{inside}</Policy>"
    )
}

fn permits_if(condition: &str) -> String {
    policy(&format!(
        "<Rule RuleId=\"r\" Effect=\"Permit\"><Condition>{condition}</Condition></Rule>"
    ))
}

fn literal<T: ExtensionType>(text: &str) -> String {
    format!(
        "<AttributeValue DataType=\"{}\">{text}</AttributeValue>",
        T::ID
    )
}

fn attribute<T: ExtensionType>(category: &str, id: &str) -> String {
    format!(
        "<AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" DataType=\"{}\" \
         MustBePresent=\"false\"/>",
        T::ID
    )
}

fn apply(function: &str, arguments: &[String]) -> String {
    let arguments = arguments.concat();
    format!("<Apply FunctionId=\"{function}\">{arguments}</Apply>")
}

fn built(builder: PdpBuilder) -> Pdp {
    builder.build().unwrap_or_else(|error| panic!("{error}"))
}

fn refused(builder: PdpBuilder) -> String {
    builder.build().expect_err("it is refused").to_string()
}

/// What the owner of a letter may do with it, and which client it takes. The owner is in the
/// target, the versions are in the condition, and an obligation repeats the owner.
fn letters() -> String {
    let owner = attribute::<OrganisationNumber>(category::RESOURCE, ORGANISATION);
    let client = attribute::<Version>(category::ENVIRONMENT, "client");
    policy(&format!(
        "<Rule RuleId=\"owner\" Effect=\"Permit\">
           <Target><AnyOf><AllOf>
             <Match MatchId=\"urn:example:function:organisation-number-equal\">{}{owner}</Match>
           </AllOf></AnyOf></Target>
           <Condition>{}</Condition>
           <ObligationExpressions><ObligationExpression ObligationId=\"log\" FulfillOn=\"Permit\">
             <AttributeAssignmentExpression AttributeId=\"owner\">{owner}</AttributeAssignmentExpression>
           </ObligationExpression></ObligationExpressions>
         </Rule>",
        literal::<OrganisationNumber>(" 974 760 673 "),
        apply(
            "urn:example:function:version-greater-than-or-equal",
            &[
                apply("urn:example:function:version-one-and-only", &[client]),
                literal::<Version>("1.10.0"),
            ]
        )
    ))
}

/// Knows which client is used.
struct Clients;

impl AttributeProvider for Clients {
    fn name(&self) -> &str {
        "clients"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "client" && wanted.data_type == DataType::of::<Version>()
    }

    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let mut users = request.values(category::ACCESS_SUBJECT, "user");
        let version = match users.next().and_then(Value::as_str) {
            Some("new") => Version([1, 10, 0]),
            Some("old") => Version([1, 9, 12]),
            _ => return Ok(vec!["1.10.0".into()].into()),
        };
        let value = Value::extension(version);
        let value = value.map_err(|error| ProviderError::new(error.to_string()))?;
        Ok(vec![value].into())
    }
}

fn letters_builder() -> PdpBuilder {
    Pdp::builder()
        .policy("letters.xml", letters())
        .data_type::<OrganisationNumber>()
        .data_type::<Version>()
        .provider(Clients)
}

fn xml_request(user: &str, organisation: &str) -> String {
    format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
           ReturnPolicyIdList=\"false\" CombinedDecision=\"false\">
           <Attributes Category=\"{}\"><Attribute AttributeId=\"user\" IncludeInResult=\"false\">\
             <AttributeValue DataType=\"{}\">{user}</AttributeValue></Attribute></Attributes>
           <Attributes Category=\"{}\"><Attribute AttributeId=\"{ORGANISATION}\" \
             IncludeInResult=\"true\">{}</Attribute></Attributes>
         </Request>",
        category::ACCESS_SUBJECT,
        DataType::String,
        category::RESOURCE,
        literal::<OrganisationNumber>(organisation)
    )
}

fn json_request(user: &str, organisation: &str) -> String {
    format!(
        r#"{{"Request": {{
            "AccessSubject": {{"Attribute": [{{"AttributeId": "user", "Value": "{user}"}}]}},
            "Resource": {{"Attribute": [{{"AttributeId": "{ORGANISATION}", "IncludeInResult": true,
                "DataType": "{}", "Value": "{organisation}"}}]}}
        }}}}"#,
        OrganisationNumber::ID
    )
}

#[test]
fn a_type_goes_through_policy_request_provider_and_response() {
    let pdp = built(letters_builder());
    for (user, organisation, expected) in [
        ("new", "974760673", Decision::Permit),
        ("new", "974 760 673", Decision::Permit),
        ("new", "991825827", Decision::NotApplicable),
        ("old", "974760673", Decision::NotApplicable),
    ] {
        let request = pdp
            .read_request("r.xml", xml_request(user, organisation))
            .unwrap();
        let json = json_request(user, organisation);
        assert_eq!(pdp.read_json_request("r.json", &json).unwrap(), request);
        let response = pdp.decide(&request);
        assert_eq!(
            response.decision(),
            expected,
            "{user} {organisation}: {response}"
        );

        // Both answers read back, values and all.
        let types = pdp.data_types();
        let limits = Limits::default();
        let xml = pdp.decide_xml(request.to_xml());
        assert_eq!(
            Response::read_with("r", xml, &limits, types).unwrap(),
            response
        );
        let json = pdp.decide_json(&json);
        let dialect = vedtak::json::JsonDialect::PROFILE;
        let read = Response::read_json_with("r", &json, &limits, &dialect, types);
        assert_eq!(read.unwrap(), response, "{json}");
        if expected == Decision::Permit {
            let owner = &response.obligations()[0].assignments[0].value;
            let number = owner.as_extension::<OrganisationNumber>();
            assert_eq!(number, Some(&OrganisationNumber("974760673".into())));
            assert!(json.contains(OrganisationNumber::ID), "{json}");
        }
        // Asked again in what was printed.
        let again = pdp.read_request("r.xml", request.to_xml()).unwrap();
        assert_eq!(again, request);
        let again = pdp.read_json_request("r.json", request.to_json()).unwrap();
        assert_eq!(again, request);
    }
    // A provider that gives something else has failed.
    let other = pdp
        .read_request("r.xml", xml_request("other", "974760673"))
        .unwrap();
    let response = pdp.decide(&other);
    assert_eq!(response.decision(), Decision::Indeterminate);
    let expected = "it returned a value of type string, asked for version";
    assert!(response.to_string().contains(expected), "{response}");
}

#[test]
fn policies_print_back() {
    let document = Document::read("letters.xml", letters()).unwrap();
    let printed = Document::read("printed.xml", document.write()).unwrap();
    assert_eq!(printed.write(), document.write());
    let pdp = built(
        Pdp::builder()
            .document(printed)
            .data_type::<Version>()
            .data_type::<OrganisationNumber>()
            .provider(Clients),
    );
    let answer = pdp.decide_xml(xml_request("new", "974760673"));
    assert!(answer.contains("Permit"), "{answer}");
}

#[test]
fn what_is_no_value_is_refused_at_its_place() {
    let pdp = built(letters_builder());
    let error = pdp
        .read_request("r.xml", xml_request("new", "974760674"))
        .unwrap_err();
    let expected = "`974760674` is not a valid organisation number: the check digit is wrong";
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.diagnostics()[0].position().unwrap().line, 3);
    let error = pdp
        .read_json_request("r.json", json_request("new", "1"))
        .unwrap_err();
    let expected = "`1` is not a valid organisation number: expected nine digits";
    assert!(error.to_string().contains(expected), "{error}");
    let answer = pdp.decide_json(json_request("new", "1"));
    assert!(
        answer.contains("Indeterminate") && answer.contains("nine digits"),
        "{answer}"
    );

    let wrong = letters().replace(" 974 760 673 ", "974760674");
    let error = refused(letters_builder().policy("wrong.xml", wrong));
    assert!(error.contains("wrong.xml:3:"), "{error}");
    assert!(error.contains("the check digit is wrong"), "{error}");
}

#[test]
fn a_type_that_is_not_registered_is_not_known() {
    let error = refused(Pdp::builder().policy("letters.xml", letters()));
    let expected = format!("the data type `{}` is not known", OrganisationNumber::ID);
    assert!(error.contains(&expected), "{error}");
    assert!(
        error.contains("letters.xml:3:104: the data type"),
        "{error}"
    );
    for error in [
        Request::from_xml(xml_request("new", "974760673")).unwrap_err(),
        Request::from_json(json_request("new", "974760673")).unwrap_err(),
    ] {
        assert!(error.to_string().contains(&expected), "{error}");
    }
    // Nor is it known by its short name.
    let short = json_request("new", "974760673").replace(OrganisationNumber::ID, "version");
    let pdp = built(letters_builder());
    let error = pdp.read_json_request("r.json", short).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the data type `version` is not known"),
        "{error}"
    );
    let misspelt = xml_request("new", "974760673").replace("number\"", "numbers\"");
    let error = pdp.read_request("r.xml", misspelt).unwrap_err();
    assert!(error.to_string().contains("did you mean"), "{error}");
}

#[test]
fn bags_sets_and_higher_order_functions_take_it() {
    let numbers = |texts: &[&str]| {
        let literals: Vec<String> = texts
            .iter()
            .map(|t| literal::<OrganisationNumber>(t))
            .collect();
        apply("urn:example:function:organisation-number-bag", &literals)
    };
    let function = |name: &str| format!("urn:example:function:organisation-number-{name}");
    let owners = || attribute::<OrganisationNumber>(category::RESOURCE, ORGANISATION);
    let mine = || numbers(&["974760673", "991 825 827"]);
    let equal = || format!("<Function FunctionId=\"{}\"/>", function("equal"));
    let integer = |value: &str| {
        format!(
            "<AttributeValue DataType=\"{}\">{value}</AttributeValue>",
            DataType::Integer
        )
    };
    let string = |value: &str| {
        format!(
            "<AttributeValue DataType=\"{}\">{value}</AttributeValue>",
            DataType::String
        )
    };
    let standard = |name: &str| format!("urn:oasis:names:tc:xacml:1.0:function:{name}");
    let first = || literal::<OrganisationNumber>("974 760 673");
    for (condition, expected) in [
        (apply(&function("is-in"), &[first(), owners()]), true),
        (
            apply(&function("at-least-one-member-of"), &[mine(), owners()]),
            true,
        ),
        (apply(&function("subset"), &[mine(), owners()]), false),
        (
            apply(
                &function("set-equals"),
                &[owners(), numbers(&["974760673"])],
            ),
            true,
        ),
        (
            apply(
                &function("set-equals"),
                &[apply(&function("union"), &[owners(), mine()]), mine()],
            ),
            true,
        ),
        (
            apply(
                &function("equal"),
                &[
                    apply(
                        &function("one-and-only"),
                        &[apply(&function("intersection"), &[mine(), owners()])],
                    ),
                    apply(&function("from-string"), &[string("974760673")]),
                ],
            ),
            true,
        ),
        (
            apply(
                &standard("integer-equal"),
                &[apply(&function("bag-size"), &[owners()]), integer("1")],
            ),
            true,
        ),
        (
            apply(
                &standard("string-equal"),
                &[
                    apply(&function("string-from"), &[first()]),
                    string("974760673"),
                ],
            ),
            true,
        ),
        (
            apply(
                "urn:oasis:names:tc:xacml:3.0:function:any-of",
                &[equal(), first(), owners()],
            ),
            true,
        ),
        (
            apply(
                "urn:oasis:names:tc:xacml:3.0:function:all-of",
                &[equal(), first(), mine()],
            ),
            false,
        ),
        (
            apply(
                "urn:oasis:names:tc:xacml:1.0:function:all-of-any",
                &[equal(), owners(), mine()],
            ),
            true,
        ),
    ] {
        for (lowering, index) in [(true, true), (false, false)] {
            let builder = Pdp::builder().policy("p.xml", permits_if(&condition));
            let builder = builder.data_type::<OrganisationNumber>();
            let pdp = built(builder.steps(lowering, index));
            let request = Request::builder().resource(
                ORGANISATION,
                Value::extension(OrganisationNumber("974760673".into())).unwrap(),
            );
            let decision = pdp.decide(&request.build()).decision();
            assert_eq!(decision == Decision::Permit, expected, "{condition}");
        }
    }
}

#[test]
fn functions_of_the_host_get_the_rust_value() {
    let signature = Signature {
        parameters: vec![Type::One(DataType::of::<Version>())],
        repeated: None,
        returns: Type::One(DataType::Integer),
    };
    let major = Function::new("urn:example:function:major", signature, |_, arguments| {
        let version = arguments[0]
            .as_value()
            .and_then(Value::as_extension::<Version>);
        Ok(Operand::value(version.map_or(0, |version| version.0[0])))
    });
    let condition = apply(
        "urn:oasis:names:tc:xacml:1.0:function:integer-equal",
        &[
            apply("urn:example:function:major", &[literal::<Version>("7.1.2")]),
            format!(
                "<AttributeValue DataType=\"{}\">7</AttributeValue>",
                DataType::Integer
            ),
        ],
    );
    let builder = Pdp::builder().policy("p.xml", permits_if(&condition));
    let pdp = built(builder.data_type::<Version>().function(major));
    assert_eq!(
        pdp.decide(&Request::builder().build()).decision(),
        Decision::Permit
    );
}

fn liar(condition: &str, request: Request) -> Response {
    let builder = Pdp::builder().policy("p.xml", permits_if(condition));
    built(builder.data_type::<Liar>()).decide(&request)
}

#[test]
fn code_that_panics_or_lies_permits_nothing() {
    let string = |text: &str| {
        let data_type = DataType::String;
        format!("<AttributeValue DataType=\"{data_type}\">{text}</AttributeValue>")
    };
    let function = |name: &str| format!("urn:example:function:liar-{name}");
    // In policies, before any decision.
    for (text, reason) in [
        ("panics", "reading it panicked"),
        ("grows", "does not read back as itself"),
        ("grows and", "does not read back as itself"),
    ] {
        let condition = apply(
            &function("equal"),
            &[literal::<Liar>(text), literal::<Liar>("x")],
        );
        let builder = Pdp::builder().policy("p.xml", permits_if(&condition));
        let error = refused(builder.data_type::<Liar>());
        assert!(error.contains(reason), "{error}");
        // While deciding.
        let read = apply(&function("from-string"), &[string(text)]);
        let condition = apply(&function("equal"), &[read, literal::<Liar>("x")]);
        let response = liar(&condition, Request::builder().build());
        assert_eq!(response.decision(), Decision::Indeterminate);
        assert!(response.to_string().contains(reason), "{response}");
        let code = response.status().map(|status| &status.code);
        assert_eq!(code, Some(&StatusCode::SyntaxError));
    }
    // An order that is none.
    let value = attribute::<Liar>(category::RESOURCE, "value");
    let one = apply(&function("one-and-only"), &[value]);
    for text in ["none", "equal", "comparing panics"] {
        let value = Value::extension(Liar(text.into())).unwrap();
        let request = || Request::builder().resource("value", value.clone()).build();
        for order in [
            "less-than",
            "less-than-or-equal",
            "greater-than",
            "greater-than-or-equal",
        ] {
            let condition = apply(&function(order), &[one.clone(), literal::<Liar>("x")]);
            let response = liar(&condition, request());
            assert_eq!(
                response.decision(),
                Decision::Indeterminate,
                "{text} {order}"
            );
            let expected = format!("the data type liar does not say the order of `{text}` and `x`");
            assert!(response.to_string().contains(&expected), "{response}");
            // Of literals it is not worked out when the policy is compiled, either.
            let condition = apply(
                &function(order),
                &[literal::<Liar>(text), literal::<Liar>("x")],
            );
            assert_eq!(
                liar(&condition, request()).decision(),
                Decision::Indeterminate
            );
        }
    }
}

/// Says of itself what `Ids` does not allow.
macro_rules! named {
    ($name:ident, $id:expr, $function:expr) => {
        struct $name;

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("it")
            }
        }

        impl ExtensionType for $name {
            const ID: &'static str = $id;
            const NAME: &'static str = "it";

            fn read(_: &str) -> Result<Self, String> {
                Ok(Self)
            }

            fn function(name: &str) -> Option<String> {
                let function: fn(&str) -> Option<String> = $function;
                function(name)
            }
        }
    };
}

named!(OwnString, "http://www.w3.org/2001/XMLSchema#string", |_| {
    None
});
named!(OwnEqual, "urn:example:own", |name| {
    Some(format!(
        "urn:oasis:names:tc:xacml:1.0:function:string-{name}"
    ))
});
named!(Misnamed, "urn:example:misnamed", |name| Some(format!(
    "urn:example:not{name}"
)));
named!(Swapped, "urn:example:swapped", |name| match name {
    "subset" => Some("urn:example:swapped-is-in".to_owned()),
    _ => None,
});
named!(Twin, Version::ID, |_| None);

#[test]
fn what_is_anothers_stays() {
    let always = policy("<Rule RuleId=\"r\" Effect=\"Permit\"/>");
    let builder = || Pdp::builder().policy("p.xml", &always);
    let error = refused(builder().data_type::<OwnString>());
    assert!(
        error.contains("XMLSchema#string` is the standard's"),
        "{error}"
    );
    let error = refused(builder().data_type::<OwnEqual>());
    assert!(
        error.contains("is the standard's and cannot be replaced"),
        "{error}"
    );
    let error = refused(builder().data_type::<Misnamed>());
    assert!(
        error.contains("`urn:example:notequal`, which must end with `-` and its name"),
        "{error}"
    );
    let error = refused(builder().data_type::<Swapped>());
    assert!(
        error.contains("`urn:example:swapped-is-in`, which must end"),
        "{error}"
    );
    let error = refused(builder().data_type::<Version>().data_type::<Twin>());
    assert!(
        error.contains("data-type:version` was added twice"),
        "{error}"
    );
    let store = builder()
        .data_type::<OwnString>()
        .root_combining("x")
        .store();
    assert!(store.is_err());
}

#[test]
fn values_may_be_xml() {
    let point = "<AttributeValue DataType=\"urn:example:data-type:point\">\n  \
                 <m:point xmlns:m=\"urn:example:map\" x=\"1\" y=\"2\"/>\n</AttributeValue>";
    let bag = attribute::<Point>(category::RESOURCE, "place");
    let text = policy(&format!(
        "<Rule RuleId=\"r\" Effect=\"Permit\"><Target><AnyOf><AllOf><Match \
         MatchId=\"urn:example:function:point-equal\">{point}{bag}</Match></AllOf></AnyOf></Target></Rule>"
    ));
    // Printed, it is the same.
    let document = Document::read("p.xml", &text).unwrap();
    let printed = Document::read("p.xml", document.write()).unwrap();
    let builder = Pdp::builder().policy("p.xml", document.write());
    let pdp = built(builder.data_type::<Point>());
    assert_eq!(printed.write(), document.write());

    let asked = |value: &str| {
        format!(
            "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
             ReturnPolicyIdList=\"false\" CombinedDecision=\"false\"><Attributes \
             Category=\"{}\"><Attribute AttributeId=\"place\" IncludeInResult=\"true\">{value}\
             </Attribute></Attributes></Request>",
            category::RESOURCE
        )
    };
    let request = pdp.read_request("r.xml", asked(point)).unwrap();
    let response = pdp.decide(&request);
    assert_eq!(response.decision(), Decision::Permit);
    assert_eq!(
        pdp.read_request("r.xml", request.to_xml()).unwrap(),
        request
    );
    assert_eq!(
        pdp.read_json_request("r.json", request.to_json()).unwrap(),
        request
    );
    let read = Response::read_with("r", response.to_xml(), &Limits::default(), pdp.data_types());
    assert_eq!(read.unwrap(), response);
    let elsewhere = asked(&point.replace("x=\"1\"", "x=\"3\""));
    let elsewhere = pdp.read_request("r.xml", elsewhere).unwrap();
    assert_eq!(pdp.decide(&elsewhere).decision(), Decision::NotApplicable);

    // Text is no element, and an element no text; what else is said may not be passed over.
    let unsaid = point.replace(
        "data-type:point\"",
        "data-type:point\" xmlns:e=\"urn:e\" e:crs=\"7\"",
    );
    for (wrong, in_policy, in_request) in [
        (
            literal::<Point>("1 2"),
            "found text",
            "must have one child element",
        ),
        (
            literal::<Point>("<p/>"),
            "expected a `point`",
            "expected a `point`",
        ),
        (unsaid, "no use for", "no use for the XML attribute `crs`"),
        (
            literal::<Point>("<p/><p/>"),
            "either text or one element",
            "found 2",
        ),
    ] {
        let builder = Pdp::builder().policy("p.xml", text.replace(point, &wrong));
        let error = refused(builder.data_type::<Point>());
        assert!(error.contains(in_policy), "{error}");
        let error = pdp
            .read_request("r.xml", asked(&wrong))
            .unwrap_err()
            .to_string();
        assert!(error.contains(in_request), "{error}");
    }
    let condition = apply(
        "urn:example:function:version-equal",
        &[literal::<Version>("<a/>"), literal::<Version>("1.2.3")],
    );
    let builder = Pdp::builder().policy("p.xml", permits_if(&condition));
    let error = refused(builder.data_type::<Version>());
    assert!(
        error.contains("a value of this data type is a text, found an element"),
        "{error}"
    );
}

#[test]
fn stores_find_policies_by_it() {
    let combining = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    let store = Pdp::builder()
        .data_type::<Version>()
        .root_combining(combining)
        .store()
        .unwrap();
    let bag = attribute::<Version>(category::ENVIRONMENT, "client");
    let of = |minor: usize| {
        let matching = format!(
            "<Match MatchId=\"urn:example:function:version-equal\">{}{bag}</Match>",
            literal::<Version>(&format!("1.{minor}.0"))
        );
        policy("<Rule RuleId=\"r\" Effect=\"Permit\"/>")
            .replace(
                "<Target/>",
                &format!("<Target><AnyOf><AllOf>{matching}</AllOf></AnyOf></Target>"),
            )
            .replace("PolicyId=\"p\"", &format!("PolicyId=\"p{minor}\""))
    };
    for minor in 0..50 {
        store.put("p.xml", of(minor)).unwrap();
    }
    let pdp = store.pdp();
    let mut context = Context::new();
    let mut keys = Vec::new();
    for (text, expected) in [
        ("1.07.0", Decision::Permit),
        ("1.50.0", Decision::NotApplicable),
    ] {
        let value = Value::parse(DataType::of::<Version>(), text).unwrap();
        let attribute = AttributeBuilder::new(category::ENVIRONMENT, "client").value(value);
        let request = Request::builder()
            .with(attribute)
            .return_policy_id_list()
            .build();
        let outcome = pdp.decide_with(&mut context, &request);
        assert_eq!(outcome.decision(), expected);
        keys.push(outcome.cache_key());
    }
    assert!(
        keys[0].contains(Version::ID) && keys[0].contains("1.7.0"),
        "{}",
        keys[0]
    );
    assert_ne!(keys[0], keys[1]);
    let unknown = store.put("p.xml", of(1).replace(Version::ID, "urn:example:other"));
    assert!(unknown.unwrap_err().to_string().contains("is not known"));
}

/// One of very many rules is found, by the target and, of an attribute among literals, in a
/// condition: the work allowed is not enough to look at each.
#[test]
fn rules_are_found_by_it() {
    let bag = attribute::<Version>(category::ENVIRONMENT, "client");
    let rules: Vec<String> = (0..2_000)
        .map(|minor| {
            let version = literal::<Version>(&format!("1.{minor}.0"));
            format!(
                "<Rule RuleId=\"r{minor}\" Effect=\"Permit\"><Target><AnyOf><AllOf><Match \
                 MatchId=\"urn:example:function:version-equal\">{version}{bag}</Match></AllOf>\
                 </AnyOf></Target></Rule>"
            )
        })
        .collect();
    let mut limits = Limits::default();
    limits.work = 1_000;
    let decide = |index: bool, text: &str| {
        let builder = Pdp::builder().policy("p.xml", policy(&rules.concat()));
        let builder = builder.limits(limits.clone()).steps(true, index);
        let value = Value::parse(DataType::of::<Version>(), text).unwrap();
        let attribute = AttributeBuilder::new(category::ENVIRONMENT, "client").value(value);
        let pdp = built(builder.data_type::<Version>());
        pdp.decide(&Request::builder().with(attribute).build())
            .decision()
    };
    assert_eq!(decide(true, "1.01234.0"), Decision::Permit);
    assert_eq!(decide(true, "2.0.0"), Decision::NotApplicable);
    assert_eq!(decide(false, "1.01234.0"), Decision::Indeterminate);
}

#[test]
fn misuse_is_found_when_a_policy_is_loaded() {
    let version = || literal::<Version>("1.2.3");
    let string = format!(
        "<AttributeValue DataType=\"{}\">1.2.3</AttributeValue>",
        DataType::String
    );
    let client = || attribute::<Version>(category::ENVIRONMENT, "client");
    for (function, arguments, expected) in [
        (
            "equal",
            [version(), string.clone()],
            "takes a version, but argument 2 is a string",
        ),
        (
            "equal",
            [version(), client()],
            "takes a version, but argument 2 is a bag of version",
        ),
        (
            "is-in",
            [version(), string],
            "takes a bag of version, but argument 2 is a string",
        ),
    ] {
        let condition = apply(
            &format!("urn:example:function:version-{function}"),
            &arguments,
        );
        let builder = Pdp::builder().policy("p.xml", permits_if(&condition));
        let error = refused(builder.data_type::<Version>());
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("; `"), "{error}");
    }
}

#[test]
fn other_decisions_read_it_as_well() {
    let bag = attribute::<Version>(category::ENVIRONMENT, "client");
    let content = format!(
        "&lt;Attribute xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
         AttributeId=\"client\" IncludeInResult=\"false\"&gt;&lt;AttributeValue \
         DataType=\"{}\"&gt;1.2.3&lt;/AttributeValue&gt;&lt;/Attribute&gt;",
        Version::ID
    );
    let inquiry = apply(
        "urn:oasis:names:tc:xacml:3.0:function:access-permitted",
        &[
            format!(
                "<AttributeValue DataType=\"{}\">{}</AttributeValue>",
                DataType::AnyUri,
                category::ENVIRONMENT
            ),
            format!(
                "<AttributeValue DataType=\"{}\">{content}</AttributeValue>",
                DataType::String
            ),
        ],
    );
    let is_in = apply(
        "urn:example:function:version-is-in",
        &[literal::<Version>("1.2.3"), bag],
    );
    let either = apply(
        "urn:oasis:names:tc:xacml:1.0:function:or",
        &[is_in, inquiry],
    );
    let builder = Pdp::builder().policy("p.xml", permits_if(&either));
    let pdp = built(builder.data_type::<Version>());
    let response = pdp.decide(&Request::builder().build());
    assert_eq!(response.decision(), Decision::Permit, "{response}");
}

#[test]
fn documents_of_xacml_2_have_it() {
    let policy = format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:2.0:policy:schema:os\" PolicyId=\"p\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:deny-overrides\">\
         <Target/><Rule RuleId=\"r\" Effect=\"Permit\"><Target><Resources><Resource><ResourceMatch \
         MatchId=\"urn:example:function:version-equal\">{}<ResourceAttributeDesignator \
         AttributeId=\"format\" DataType=\"{}\"/></ResourceMatch></Resource></Resources></Target>\
         </Rule></Policy>",
        literal::<Version>("2.0.0"),
        Version::ID
    );
    let pdp = built(
        Pdp::builder()
            .policy("p.xml", policy)
            .data_type::<Version>(),
    );
    let request = |repeated: &str| {
        format!(
            "<Request xmlns=\"urn:oasis:names:tc:xacml:2.0:context:schema:os\"><Subject/><Resource>\
             <Attribute AttributeId=\"format\" DataType=\"{}\"><AttributeValue \
             DataType=\"{repeated}\">02.0.0</AttributeValue></Attribute></Resource><Action/>\
             <Environment/></Request>",
            Version::ID
        )
    };
    let read = pdp.read_request("r.xml", request(Version::ID)).unwrap();
    assert_eq!(pdp.decide(&read).decision(), Decision::Permit);
    let error = pdp.read_request("r.xml", request(Point::ID)).unwrap_err();
    assert!(
        error.to_string().contains("but that of its `Attribute`"),
        "{error}"
    );
}

#[cfg(feature = "xpath")]
#[test]
fn selectors_read_it_from_nodes() {
    let selector = |data_type: &str| {
        format!(
            "<AttributeSelector Category=\"{}\" Path=\"//client\" DataType=\"{data_type}\" \
             MustBePresent=\"false\"/>",
            category::RESOURCE
        )
    };
    let of = |condition: &str| {
        permits_if(condition).replace(
            "<Target/>",
            "<PolicyDefaults><XPathVersion>http://www.w3.org/TR/1999/REC-xpath-19991116\
             </XPathVersion></PolicyDefaults><Target/>",
        )
    };
    let version = literal::<Version>("1.2.3");
    let condition = apply(
        "urn:example:function:version-is-in",
        &[version, selector(Version::ID)],
    );
    let pdp = built(
        Pdp::builder()
            .policy("p.xml", of(&condition))
            .data_type::<Version>(),
    );
    for (text, expected) in [
        ("01.2.3", Decision::Permit),
        ("1.2.4", Decision::NotApplicable),
        ("new", Decision::Indeterminate),
    ] {
        let content = format!("<r><client> {text} </client></r>");
        let request = Request::builder()
            .content(category::RESOURCE, content)
            .build();
        assert_eq!(pdp.decide(&request).decision(), expected, "{text}");
    }
    // To an element there is no way from text.
    let equal = "<Function FunctionId=\"urn:example:function:point-equal\"/>".to_owned();
    let bags = [equal, selector(Point::ID), selector(Point::ID)];
    let condition = apply("urn:oasis:names:tc:xacml:3.0:function:any-of-any", &bags);
    let error = refused(
        Pdp::builder()
            .policy("p.xml", of(&condition))
            .data_type::<Point>(),
    );
    assert!(
        error.contains("cannot give values of type point"),
        "{error}"
    );
}
