//! Paths and contents of somebody hostile: what they cost, and how deep they may nest.

use vedtak::{Decision, Limits, Pdp, Request};

use super::{
    PERMIT, PROCESSING, RESOURCE, SYNTAX, answer, apply, designator, path, pdp, selects, when,
};

/// A request about a Content, with what else stands in the category.
pub(super) fn about(content: &str, more: &str) -> Request {
    let text = format!(
        "<Request xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' xmlns:b='urn:brev' \
         CombinedDecision='false' ReturnPolicyIdList='false'><Attributes Category='{RESOURCE}'>\
         <Content>{content}</Content>{more}</Attributes></Request>"
    );
    Request::from_xml(text).expect("can be read")
}

pub(super) fn attribute(id: &str, value: &str) -> String {
    format!("<Attribute AttributeId='{id}' IncludeInResult='true'>{value}</Attribute>")
}

#[test]
fn hostile_requests_exhaust_their_decision_and_nothing_else() {
    let any = |id: &str| {
        let function =
            "<Function FunctionId='urn:oasis:names:tc:xacml:3.0:function:xpath-node-match'/>";
        let arguments = [function.to_owned(), path(RESOURCE, "//*"), designator(id)];
        apply("3.0:function:any-of", &arguments)
    };
    let hostile = "//*[//*[//*[//*[//*]]]]";
    let value = attribute("urn:hostile", &path(RESOURCE, hostile));
    let many = format!("<a>{}</a>", "<b c='d'/>".repeat(3_000));
    // Not even who permits unless something denies.
    let lenient = when(&any("urn:hostile")).replace(
        "rule-combining-algorithm:deny-overrides",
        "rule-combining-algorithm:permit-unless-deny",
    );
    let response = pdp(&lenient).decide(&about(&many, &value));
    assert_eq!(response.decision(), Decision::Indeterminate);
    let message = response.results[0]
        .status
        .clone()
        .and_then(|status| status.message);
    assert_eq!(
        message.as_deref(),
        Some("the decision takes more work than the limit allows (`Limits::work`)")
    );
    // Expressions that are too long, too deep or not even XPath.
    for text in [
        "a".repeat(10_000),
        "//*[".repeat(1_000) + &"]".repeat(1_000),
        "(".repeat(5_000),
        "-".repeat(8_000),
        "document('http://localhost/')".to_owned(),
        "%".to_owned(),
        String::new(),
    ] {
        let value = attribute("urn:hostile", &path(RESOURCE, &text));
        let found = answer(&when(&any("urn:hostile")), &about("<a/>", &value));
        assert_eq!(found, SYNTAX, "{:.20}", text);
    }
    // As many expressions as a request may have.
    let values = path(RESOURCE, "//*[@c]").repeat(20_000);
    let found = answer(&lenient, &about(&many, &attribute("urn:hostile", &values)));
    assert_eq!(found.0, Decision::Permit, "the first is enough");
    let equal = lenient
        .replace("xpath-node-match", "xpath-node-equal")
        .replace("//*<", "//none<");
    let found = answer(&equal, &about(&many, &attribute("urn:hostile", &values)));
    assert_eq!(found, PROCESSING);
}

#[test]
fn huge_and_deep_contents_are_bounded() {
    let policy = when(&selects("//b:til", "string", &[]));
    let mut limits = Limits::default();
    limits.work = 10_000;
    let pdp = Pdp::builder()
        .limits(limits)
        .policy("p", &policy)
        .build()
        .expect("loads");
    let huge = format!("<a>{}</a>", "<b/>".repeat(200_000));
    let response = pdp.decide(&about(&huge, ""));
    assert_eq!(response.decision(), Decision::Indeterminate);
    let deep = format!("{}{}", "<a>".repeat(90), "</a>".repeat(90));
    assert_eq!(pdp.decide(&about(&deep, "")).decision(), Decision::Permit);
    let deeper = format!("{}{}", "<a>".repeat(300), "</a>".repeat(300));
    let text = format!("<Request>{deeper}</Request>");
    assert!(Request::from_xml(text).is_err());
}

#[test]
fn what_nests_as_deep_as_it_may_fits_on_a_stack() {
    let deepest = "/*".to_owned() + &"[*".repeat(31) + &"]".repeat(31);
    let refused = "/*".to_owned() + &"[*".repeat(32) + &"]".repeat(32);
    let content = "<a>".repeat(95) + &"</a>".repeat(95);
    let run = move || {
        let asked = attribute("urn:p", &path(RESOURCE, &deepest));
        let too_deep = attribute("urn:p", &path(RESOURCE, &refused));
        let any = "<Function FunctionId='urn:oasis:names:tc:xacml:3.0:function:xpath-node-match'/>";
        let arguments = [
            any.to_owned(),
            path(RESOURCE, &deepest),
            designator("urn:p"),
        ];
        let mut condition = apply("3.0:function:any-of", &arguments);
        for _ in 0..58 {
            condition = apply("1.0:function:not", &[condition]);
        }
        let policy = when(&condition);
        assert_eq!(answer(&policy, &about(&content, &asked)), PERMIT);
        assert_eq!(answer(&policy, &about(&content, &too_deep)), SYNTAX);
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run);
    thread.expect("starts").join().expect("does not panic");
}
