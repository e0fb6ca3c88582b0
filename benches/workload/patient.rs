//! Patients' records: for each patient and doctor a policy set of a target and a reference, and base sets
//! that say what a level of access may do.

use vedtak::Request;

const NS: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
const SETS: &str = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
const RULES: &str = "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides";
const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";

fn matching(category: &str, id: &str, value: &str) -> String {
    format!(
        r#"<Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
        <AttributeValue DataType="{STRING}">{value}</AttributeValue>
        <AttributeDesignator Category="{category}" AttributeId="{id}" DataType="{STRING}" MustBePresent="false"/>
        </Match>"#
    )
}

/// What one of four levels may do: five kinds of documents, read. `edition` is told by a rule's name.
pub(crate) fn base(level: usize, version: &str, edition: usize) -> String {
    let rules: String = (0..5)
        .map(|kind| {
            let kind = matching(RESOURCE, "kind", &format!("kind-{kind}"));
            let read = matching(ACTION, "urn:oasis:names:tc:xacml:1.0:action:action-id", "read");
            format!(
                r#"<Rule RuleId="{edition}" Effect="Permit"><Target><AnyOf><AllOf>{kind}{read}</AllOf></AnyOf></Target></Rule>"#
            )
        })
        .collect();
    format!(
        r#"<PolicySet xmlns="{NS}" PolicySetId="level-{level}" Version="{version}" PolicyCombiningAlgId="{SETS}"><Target/>
        <Policy PolicyId="level-{level}-reads" Version="1.0" RuleCombiningAlgId="{RULES}"><Target/>{rules}</Policy>
        </PolicySet>"#
    )
}

/// What a patient lets a doctor do.
pub(crate) fn patient(number: usize) -> String {
    let (record, doctor) = (
        format!("record-{number}"),
        format!("doctor-{}", number % 5_000),
    );
    let record = matching(RESOURCE, "record", &record);
    let doctor = matching(SUBJECT, "doctor", &doctor);
    format!(
        r#"<PolicySet xmlns="{NS}" PolicySetId="patient-{number}" Version="1.0" PolicyCombiningAlgId="{SETS}">
        <Target><AnyOf><AllOf>{record}{doctor}</AllOf></AnyOf></Target>
        <PolicySetIdReference>level-{}</PolicySetIdReference></PolicySet>"#,
        number % 4
    )
}

/// The doctor of a patient reads something.
pub(crate) fn request(number: usize) -> Request {
    Request::builder()
        .subject("doctor", format!("doctor-{}", number % 5_000))
        .resource("record", format!("record-{number}"))
        .resource("kind", format!("kind-{}", number % 5))
        .action("read")
        .build()
}
