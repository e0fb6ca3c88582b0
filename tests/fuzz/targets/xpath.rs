//! An XPath expression and a Content, a byte 0 between them: neither compiling nor following it
//! panics or runs on, and it comes to the same whether the policy or the request brings it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::decision::StatusCode;
use vedtak::{Decision, Limits, Pdp, Request, Response};

const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const XPATH: &str = "urn:oasis:names:tc:xacml:3.0:data-type:xpathExpression";

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // XML has no such character, so it is in neither.
    let Some((path, content)) = text.split_once('\0') else {
        return;
    };
    let path = path
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    let Ok(request) = Request::from_xml(request(&path, content)) else {
        return;
    };
    let written = pdp(&format!(
        "<AttributeValue DataType=\"{XPATH}\" XPathCategory=\"{RESOURCE}\">{path}</AttributeValue>"
    ));
    let by_request = pdp(&format!(
        "<AttributeDesignator Category=\"{RESOURCE}\" AttributeId=\"urn:p\" DataType=\"{XPATH}\" \
         MustBePresent=\"true\"/>"
    ));
    let by_request = by_request.expect("the policy is sound");
    let asked = by_request.decide(&request);
    match written {
        None => assert_eq!(code(&asked), StatusCode::SyntaxError),
        Some(written) => {
            let written = written.decide(&request);
            // The expression in the request takes work to compile, too.
            if written.decision() != Decision::Indeterminate
                && asked.decision() != Decision::Indeterminate
            {
                assert_eq!(written, asked);
            }
        }
    }
    // As a question about each node.
    for part in by_request
        .individual_requests(&request)
        .into_iter()
        .flatten()
    {
        assert!(part.categories().len() == 1);
    }
});

fn request(path: &str, content: &str) -> String {
    let value = format!(
        "<AttributeValue DataType=\"{XPATH}\" XPathCategory=\"{RESOURCE}\">{path}</AttributeValue>"
    );
    format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" xmlns:p=\"urn:p\" \
         CombinedDecision=\"false\" ReturnPolicyIdList=\"false\"><Attributes Category=\"{RESOURCE}\">\
         <Content>{content}</Content>\
         <Attribute AttributeId=\"urn:p\" IncludeInResult=\"false\">{value}</Attribute>\
         </Attributes></Request>"
    )
}

/// Permits if the expression, one value or a bag of them, selects a node within the first child of
/// an element.
fn pdp(expression: &str) -> Option<Pdp> {
    let function = "urn:oasis:names:tc:xacml:3.0:function:";
    let first = format!(
        "<AttributeValue DataType=\"{XPATH}\" XPathCategory=\"{RESOURCE}\">//*[1]</AttributeValue>"
    );
    let condition = match expression.starts_with("<AttributeDesignator") {
        true => format!(
            "<Apply FunctionId=\"{function}any-of\"><Function FunctionId=\
             \"{function}xpath-node-match\"/>{first}{expression}</Apply>"
        ),
        false => {
            format!("<Apply FunctionId=\"{function}xpath-node-match\">{first}{expression}</Apply>")
        }
    };
    let policy = format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" xmlns:p=\"urn:p\" \
         PolicyId=\"p\" Version=\"1.0\" RuleCombiningAlgId=\
         \"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\"><PolicyDefaults>\
         <XPathVersion>http://www.w3.org/TR/1999/REC-xpath-19991116</XPathVersion></PolicyDefaults>\
         <Target/><Rule RuleId=\"r\" Effect=\"Permit\"><Condition>{condition}</Condition></Rule>\
         </Policy>"
    );
    let mut limits = Limits::default();
    limits.work = 100_000;
    Pdp::builder()
        .limits(limits)
        .policy("p", policy)
        .build()
        .ok()
}

fn code(response: &Response) -> StatusCode {
    let status = response.results[0].status.as_ref();
    status.map_or(StatusCode::Ok, |status| status.code.clone())
}
