//! Two types through a policy, requests, a provider and responses.

use vedtak::attribute::{Designator, category};
use vedtak::authzen::{Evaluation, MappedAttribute, Mapping, Obligations};
use vedtak::provider::{Fetched, ProviderError};
use vedtak::syntax::Document;
use vedtak::value::{DataType, ExtensionType, Value};
use vedtak::{AttributeProvider, Decision, Pdp, PdpBuilder, Request, Response};

use crate::data_types::types::{OrganisationNumber, Version};
use crate::data_types::{apply, attribute, built, literal, policy, refused};

pub(crate) const ORGANISATION: &str = "urn:example:organisation";

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
        let request =
            Request::read_xml(xml_request(user, organisation), pdp.read_options()).unwrap();
        let json = json_request(user, organisation);
        assert_eq!(
            Request::read_json(&json, pdp.read_options()).unwrap(),
            request
        );
        let response = pdp.decide(&request);
        assert_eq!(
            response.decision(),
            expected,
            "{user} {organisation}: {response}"
        );

        // Both answers read back, values and all.
        let options = pdp.read_options();
        let xml = pdp.decide_xml(request.to_xml());
        assert_eq!(Response::read_xml(xml, options).unwrap(), response);
        let json = pdp.decide_json(&json);
        let read = Response::read_json(&json, options);
        assert_eq!(read.unwrap(), response, "{json}");
        if expected == Decision::Permit {
            let owner = &response.obligations()[0].assignments[0].value;
            let number = owner.as_extension::<OrganisationNumber>();
            assert_eq!(number, Some(&OrganisationNumber("974760673".into())));
            assert!(json.contains(OrganisationNumber::ID), "{json}");
        }
        // Asked again in what was printed.
        let again = Request::read_xml(request.to_xml(), pdp.read_options()).unwrap();
        assert_eq!(again, request);
        let again = Request::read_json(request.to_json(), pdp.read_options()).unwrap();
        assert_eq!(again, request);
    }
    // A provider that gives something else has failed.
    let other = Request::read_xml(xml_request("other", "974760673"), pdp.read_options()).unwrap();
    let response = pdp.decide(&other);
    assert_eq!(response.decision(), Decision::Indeterminate);
    let expected = "it returned a value of type string, asked for version";
    assert!(response.to_string().contains(expected), "{response}");
}

#[test]
fn policies_print_back() {
    let document = Document::from_xml(letters()).unwrap();
    let printed = Document::from_xml(document.to_xml()).unwrap();
    assert_eq!(printed.to_xml(), document.to_xml());
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
    let error = Request::read_xml(xml_request("new", "974760674"), pdp.read_options()).unwrap_err();
    let expected = "`974760674` is not a valid organisation number: the check digit is wrong";
    assert!(error.to_string().contains(expected), "{error}");
    assert_eq!(error.diagnostics()[0].position().unwrap().line, 3);
    let error = Request::read_json(json_request("new", "1"), pdp.read_options()).unwrap_err();
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
    let error = Request::read_json(short, pdp.read_options()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the data type `version` is not known"),
        "{error}"
    );
    let misspelt = xml_request("new", "974760673").replace("number\"", "numbers\"");
    let error = Request::read_xml(misspelt, pdp.read_options()).unwrap_err();
    assert!(error.to_string().contains("did you mean"), "{error}");
}

#[test]
fn authzen_makes_it_of_text() {
    let mut mapping = Mapping::by_name();
    let owner = MappedAttribute::new(ORGANISATION).of(DataType::of::<OrganisationNumber>());
    mapping.resource.id = Some(owner);
    let client = MappedAttribute::new("client").of(DataType::of::<Version>());
    mapping
        .context
        .properties
        .insert("client".to_owned(), client);
    mapping.obligations = Obligations::InContext;
    let pdp = built(letters_builder());
    let asked = |owner: &str, client: &str| {
        let text = format!(
            r#"{{"subject": {{"type": "user", "id": "u"}}, "action": {{"name": "read"}},
                "resource": {{"type": "letter", "id": "{owner}"}}, "context": {{"client": "{client}"}}}}"#
        );
        let evaluation = Evaluation::from_json(text).unwrap();
        evaluation.decide(&mapping, |request| pdp.decide(request))
    };
    for (client, expected) in [
        ("1.10.0", "\"decision\":true"),
        ("1.9.0", "\"decision\":false"),
    ] {
        let answer = asked("974 760 673", client).unwrap().to_json();
        assert!(answer.contains(expected), "{answer}");
    }
    let error = asked("974760674", "1.10.0").unwrap_err();
    assert!(
        error.to_string().contains("the check digit is wrong"),
        "{error}"
    );
}
