//! What is read, and what one request asks for several times, takes memory in proportion to its text.

use vedtak::value::{DataType, Value};

use crate::peak;

#[cfg(feature = "xpath")]
fn request(attributes: &str, content: &str) -> String {
    format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" ReturnPolicyIdList=\"false\" \
         CombinedDecision=\"false\"><Attributes \
         Category=\"urn:oasis:names:tc:xacml:3.0:attribute-category:resource\">{content}{attributes}\
         </Attributes></Request>"
    )
}

#[test]
fn names_take_a_few_times_their_text() {
    for unit in ["A=,", "A=+", "CN=#0401,", "E=\u{130},", "2.5.4.3=\\20,"] {
        for length in [1_000, 2_000, 4_000] {
            let text = unit.repeat(length / unit.len()) + "A=";
            let mut name = None;
            let held = peak(|| name = Value::parse(DataType::X500Name, &text).ok());
            assert!(name.is_some(), "{text}");
            assert!(
                held < 12 * text.len(),
                "{unit}: {held} bytes for {}",
                text.len()
            );
        }
    }
}

/// A thousand decisions about nodes of one Content, each with all that the category says.
#[cfg(feature = "xpath")]
#[test]
fn decisions_about_nodes_take_the_memory_of_one() {
    use vedtak::{Decision, Pdp, Request};

    let pdp = Pdp::from_xml(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" Version=\"1\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\
         <Target/><Rule RuleId=\"r\" Effect=\"Permit\"/></Policy>",
    );
    let pdp = pdp.expect("compiles");
    let value = format!(
        "<AttributeValue DataType=\"{}\">a</AttributeValue>",
        DataType::String
    );
    let decided = |nodes: usize, values: usize| {
        let content = format!(
            "<Content><r xmlns=\"\">{}</r></Content>",
            "<a/>".repeat(nodes)
        );
        let attributes = format!(
            "<Attribute AttributeId=\"urn:oasis:names:tc:xacml:3.0:profile:multiple:content-selector\" \
             IncludeInResult=\"false\"><AttributeValue \
             DataType=\"urn:oasis:names:tc:xacml:3.0:data-type:xpathExpression\" \
             XPathCategory=\"urn:oasis:names:tc:xacml:3.0:attribute-category:resource\">/r/a\
             </AttributeValue></Attribute><Attribute AttributeId=\"v\" IncludeInResult=\"false\">{}\
             </Attribute>",
            value.repeat(values)
        );
        let text = request(&attributes, &content);
        let request = Request::from_xml(&text).expect("can be read");
        let mut permitted = 0;
        let held = peak(|| {
            let response = pdp.decide(&request);
            let results = response.results.iter();
            permitted = results
                .filter(|result| result.decision == Decision::Permit)
                .count();
        });
        assert_eq!(permitted, nodes);
        held
    };
    let few = decided(100, 2_000);
    for nodes in [200, 400] {
        // A result takes some hundred bytes, the values of the category 48,000.
        let more = decided(nodes, 2_000);
        assert!(more < few + 1_000 * (nodes - 100), "{few}, {more}");
    }
    assert!(decided(100, 4_000) < 3 * few);
}
