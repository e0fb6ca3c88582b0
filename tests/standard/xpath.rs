//! XPath over the Content of a request (§7.3.7, A.3.15) and decisions for each node of one.

mod bounds;
mod nodes;

use std::borrow::Cow;

use vedtak::decision::StatusCode;
use vedtak::evaluate::Budget;
use vedtak::request::IndividualRequestError;
use vedtak::{Context, Decision, Limits, Pdp, Request, Response};

use bounds::{about, attribute};

const REQUEST: &str = include_str!("../../fixtures/xpath/request.xml");
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
const XPATH: &str = "urn:oasis:names:tc:xacml:3.0:data-type:xpathExpression";
const PERMIT: (Decision, StatusCode) = (Decision::Permit, StatusCode::Ok);
const NOT: (Decision, StatusCode) = (Decision::NotApplicable, StatusCode::Ok);
const PROCESSING: (Decision, StatusCode) = (Decision::Indeterminate, StatusCode::ProcessingError);
const SYNTAX: (Decision, StatusCode) = (Decision::Indeterminate, StatusCode::SyntaxError);
const MISSING: (Decision, StatusCode) = (Decision::Indeterminate, StatusCode::MissingAttribute);

/// The parts of a request, or the one reason why it has none.
fn individual_requests(
    request: &Request,
    most: usize,
) -> Vec<Result<Request, IndividualRequestError>> {
    let mut limits = Limits::default();
    limits.decisions = most;
    let mut budget = Budget::new(&limits);
    match vedtak::hierarchy::individual_requests(request, None, &limits, &mut budget) {
        Ok(parts) => parts
            .into_iter()
            .map(|part| part.map(Cow::into_owned))
            .collect(),
        Err(error) => vec![Err(error)],
    }
}

/// A policy that permits what is within the target and meets the condition.
fn policy(target: &str, condition: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" xmlns:b="urn:brev"
            PolicyId="brev" Version="1.0"
            RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
          <PolicyDefaults><XPathVersion>http://www.w3.org/TR/1999/REC-xpath-19991116</XPathVersion></PolicyDefaults>
          <Target>{target}</Target>
          <Rule RuleId="les" Effect="Permit">{condition}</Rule></Policy>"#
    )
}

fn apply(function: &str, arguments: &[String]) -> String {
    let arguments = arguments.concat();
    format!("<Apply FunctionId='urn:oasis:names:tc:xacml:{function}'>{arguments}</Apply>")
}

fn when(expression: &str) -> String {
    policy("", &format!("<Condition>{expression}</Condition>"))
}

fn value(data_type: &str, text: &str) -> String {
    let uri = format!("http://www.w3.org/2001/XMLSchema#{data_type}");
    format!("<AttributeValue DataType='{uri}'>{text}</AttributeValue>")
}

fn path(category: &str, text: &str) -> String {
    format!("<AttributeValue DataType='{XPATH}' XPathCategory='{category}'>{text}</AttributeValue>")
}

fn designator(id: &str) -> String {
    format!(
        "<AttributeDesignator Category='{RESOURCE}' AttributeId='{id}' DataType='{XPATH}' \
         MustBePresent='false'/>"
    )
}

fn selector(path: &str, data_type: &str, more: &str) -> String {
    let must = if more.contains("MustBePresent") {
        ""
    } else {
        "MustBePresent='false'"
    };
    format!(
        "<AttributeSelector Category='{RESOURCE}' Path=\"{path}\" \
         DataType='http://www.w3.org/2001/XMLSchema#{data_type}' {must} {more}/>"
    )
}

fn pdp(policy: &str) -> Pdp {
    Pdp::from_xml(policy).unwrap_or_else(|error| panic!("{policy}\n{error}"))
}

fn answer(policy: &str, request: &Request) -> (Decision, StatusCode) {
    let response = pdp(policy).decide(request);
    let result = &response.results[0];
    let status = result.status.as_ref();
    (
        result.decision,
        status.map_or(StatusCode::Ok, |status| status.code.clone()),
    )
}

fn request() -> Request {
    Request::from_xml(REQUEST).expect("can be read")
}

/// The condition that the path selects exactly these values.
fn selects(path: &str, data_type: &str, texts: &[&str]) -> String {
    let values: String = texts.iter().map(|text| value(data_type, text)).collect();
    let bag = apply(&format!("1.0:function:{data_type}-bag"), &[values]);
    let found = selector(path, data_type, "");
    let same = apply(
        &format!("1.0:function:{data_type}-set-equals"),
        &[bag, found.clone()],
    );
    let size = apply(&format!("1.0:function:{data_type}-bag-size"), &[found]);
    let many = apply(
        "1.0:function:integer-equal",
        &[size, value("integer", &texts.len().to_string())],
    );
    apply("1.0:function:and", &[same, many])
}

#[test]
fn selectors_give_bags_of_values() {
    for (path, data_type, texts) in [
        ("//b:til", "string", &["Kari", "Ola"][..]),
        ("/b:brev/b:til/text()", "string", &["Kari", "Ola"]),
        ("//b:til/@alder", "integer", &["42", "17"]),
        ("//b:til/@alder", "double", &["17", "42"]),
        ("//b:dato", "date", &["2026-05-17"]),
        ("//b:tom", "string", &[""]),
        ("//b:none", "string", &[]),
        ("//til", "string", &[]),
        ("/b:brev/comment()", "string", &[" to two "]),
        ("//b:fil/@navn", "anyURI", &["b.pdf", "a.pdf"]),
        ("//b:til[@alder &gt;= 18]", "string", &["Kari"]),
        ("//@n", "boolean", &["true"]),
    ] {
        let policy = when(&selects(path, data_type, texts));
        assert_eq!(answer(&policy, &request()), PERMIT, "{path} as {data_type}");
        // The same by the JSON Profile.
        #[cfg(feature = "json")]
        {
            let json = request().to_json();
            let written = pdp(&policy).decide_json(json);
            let response = Response::from_json(written).expect("can be read");
            assert_eq!(response.decision(), Decision::Permit, "{path}");
        }
    }
}

#[test]
fn what_goes_wrong_with_a_selector_is_indeterminate() {
    let size = |selector: &str| {
        let size = apply("1.0:function:string-bag-size", &[selector.to_owned()]);
        when(&apply(
            "1.0:function:integer-equal",
            &[size, value("integer", "1")],
        ))
    };
    let missing = size(&selector("//b:none", "string", "MustBePresent='true'"));
    assert_eq!(answer(&missing, &request()), MISSING);
    let response = pdp(&missing).decide(&request());
    let status = response.results[0].status.clone().expect("is there");
    assert_eq!(
        status.message.as_deref(),
        Some(
            "`//b:none` selects nothing in the Content of category \
             `urn:oasis:names:tc:xacml:3.0:attribute-category:resource`, and the policy says it \
             must be present; in Rule `les` of Policy `brev`"
        )
    );
    let policy = when(&selects("//b:til", "integer", &["1"]));
    assert_eq!(answer(&policy, &request()), PROCESSING);
    // No Content at all is nothing selected.
    let empty = Request::builder().resource("urn:x", "y").build();
    assert_eq!(answer(&missing, &empty), MISSING);
    let lenient = size(&selector("//b:none", "string", ""));
    assert_eq!(answer(&lenient, &empty), NOT);
    assert_eq!(answer(&lenient, &request()), NOT);
    // One value is asked for.
    let none = selector("//b:none", "string", "");
    let only = apply("1.0:function:string-one-and-only", &[none]);
    let same = apply(
        "1.0:function:string-equal",
        &[only, value("string", "Kari")],
    );
    let response = pdp(&when(&same)).decide(&request());
    let status = response.results[0].status.clone().expect("is there");
    assert_eq!(
        status.message.as_deref(),
        Some(
            "function `string-one-and-only`, applied to `//b:none` in the Content of category \
             `urn:oasis:names:tc:xacml:3.0:attribute-category:resource`: the bag is empty, but one \
             value is asked for; in Rule `les` of Policy `brev`"
        )
    );
}

#[test]
fn context_selectors_say_where_a_path_begins() {
    let from = |id: &str, path: &str, text: &str| {
        let found = selector(path, "string", &format!("ContextSelectorId='{id}'"));
        when(&apply(
            "1.0:function:string-is-in",
            &[value("string", text), found],
        ))
    };
    for (id, path, expected) in [
        ("urn:node", "@navn", PERMIT),
        (
            "urn:node",
            "preceding-sibling::b:fil[@navn = 'a.pdf']/../*[2]/@navn",
            PERMIT,
        ),
        ("urn:node", "//b:fil/@navn", PERMIT),
        ("urn:node", "b:fil/@navn", NOT),
        ("urn:several", "@alder", SYNTAX),
        ("urn:bad", "@alder", SYNTAX),
        ("urn:elsewhere", "@alder", SYNTAX),
        ("urn:none", "@alder", MISSING),
    ] {
        assert_eq!(
            answer(&from(id, path, "b.pdf"), &request()),
            expected,
            "{id} {path}"
        );
    }
}

#[test]
fn functions_of_nodes() {
    let path_r = |text: &str| path(RESOURCE, text);
    let count = |argument: String, expected: &str| {
        let count = apply("3.0:function:xpath-node-count", &[argument]);
        when(&apply(
            "1.0:function:integer-equal",
            &[count, value("integer", expected)],
        ))
    };
    for (argument, expected) in [
        (path_r("//b:til"), "2"),
        (path_r("//b:til | //b:til[1] | //@n"), "3"),
        (path_r("//b:none"), "0"),
        (path("urn:no:such:category", "//*"), "0"),
    ] {
        assert_eq!(
            answer(&count(argument.clone(), expected), &request()),
            PERMIT,
            "{argument}"
        );
    }
    for (function, first, second, expected) in [
        ("equal", path_r("//b:til"), path_r("//b:til[2]"), PERMIT),
        ("equal", path_r("//b:til[1]"), path_r("//b:til[2]"), NOT),
        ("equal", path_r("/b:brev"), path_r("//b:til"), NOT),
        ("equal", path_r("//@alder"), path_r("//b:til[2]/@*"), PERMIT),
        ("equal", path_r("//b:til"), path(ACTION, "//b:til"), NOT),
        ("equal", path_r("//b:none"), path_r("//b:none"), NOT),
        ("match", path_r("/b:brev"), path_r("//b:til[2]"), PERMIT),
        (
            "match",
            path_r("//b:vedlegg"),
            path_r("//b:fil/@navn"),
            PERMIT,
        ),
        ("match", path_r("//b:til[2]"), path_r("/b:brev"), NOT),
        ("match", path_r("//b:vedlegg"), path_r("//b:til"), NOT),
        (
            "match",
            path_r("//b:til"),
            path_r("//b:til[2]/text()"),
            PERMIT,
        ),
        ("match", path_r("/"), path_r("//b:none"), NOT),
        ("match", path_r("//b:none"), path_r("//b:til"), NOT),
        (
            "match",
            path("urn:no:such:category", "/"),
            path_r("//b:til"),
            NOT,
        ),
    ] {
        let id = format!("3.0:function:xpath-node-{function}");
        let found = answer(
            &when(&apply(&id, &[first.clone(), second.clone()])),
            &request(),
        );
        assert_eq!(found, expected, "{function} {first} {second}");
    }
    // What the request names.
    for (first, id, expected) in [
        ("//b:vedlegg", "urn:node", PERMIT),
        ("//b:fil[1]", "urn:node", NOT),
        ("/b:brev", "urn:several", PERMIT),
        ("/b:brev", "urn:bad", SYNTAX),
        ("/b:brev", "urn:elsewhere", NOT),
        ("/b:brev", "urn:none", NOT),
    ] {
        let any = apply(
            "3.0:function:any-of",
            &[
                "<Function FunctionId='urn:oasis:names:tc:xacml:3.0:function:xpath-node-match'/>"
                    .to_owned(),
                path_r(first),
                designator(id),
            ],
        );
        assert_eq!(answer(&when(&any), &request()), expected, "{first} {id}");
        let matching = policy(
            &format!(
                "<AnyOf><AllOf><Match \
                 MatchId='urn:oasis:names:tc:xacml:3.0:function:xpath-node-match'>{}{}</Match>\
                 </AllOf></AnyOf>",
                path_r(first),
                designator(id)
            ),
            "",
        );
        assert_eq!(answer(&matching, &request()), expected, "{first} {id}");
    }
    // The deprecated forms.
    let old = |text: &str| {
        format!(
            "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string' \
             XPathCategory='{RESOURCE}'>{text}</AttributeValue>"
        )
    };
    let same = apply(
        "1.0:function:xpath-node-equal",
        &[old("//b:til"), old("//b:til[1]")],
    );
    assert_eq!(answer(&when(&same), &request()), PERMIT);
}

#[test]
fn selectors_in_matches() {
    for (text, path, expected) in [
        ("Kari", "//b:til", PERMIT),
        ("Per", "//b:til", NOT),
        ("Kari", "//b:none", NOT),
    ] {
        let matching = |data_type: &str| {
            let (value, found) = (value(data_type, text), selector(path, data_type, ""));
            policy(
                &format!(
                    "<AnyOf><AllOf><Match MatchId='urn:oasis:names:tc:xacml:1.0:function:\
                     {data_type}-equal'>{value}{found}</Match></AllOf></AnyOf>"
                ),
                "",
            )
        };
        assert_eq!(
            answer(&matching("string"), &request()),
            expected,
            "{text} {path}"
        );
    }
}

/// Paths of XACML 2.0, which begin at the request.
#[test]
fn policies_of_xacml_2_select_the_same() {
    let pdp = pdp(include_str!("../../fixtures/xacml2/paths.xml"));
    let decide = |content: &str| {
        let string = "http://www.w3.org/2001/XMLSchema#string";
        let text = format!(
            "<Request xmlns='urn:oasis:names:tc:xacml:2.0:context:schema:os' xmlns:b='urn:vedtak:box'>\
             <Subject/><Resource><ResourceContent>{content}</ResourceContent>\
             <Attribute AttributeId='urn:oasis:names:tc:xacml:1.0:resource:resource-id' \
             DataType='{string}'><AttributeValue>x</AttributeValue></Attribute></Resource>\
             <Action/><Environment/></Request>"
        );
        let request = Request::from_xml(text).expect("can be read");
        pdp.decide(&request).decision()
    };
    let paper = "<b:paper kind='letter'/>";
    let owner = "<b:owner>ours</b:owner>";
    assert_eq!(
        decide(&format!("<b:box>{paper}{owner}</b:box>")),
        Decision::Permit
    );
    assert_eq!(
        decide(&format!("<b:box>{paper}{paper}{owner}</b:box>")),
        Decision::NotApplicable
    );
    assert_eq!(
        decide(&format!("<b:box>{owner}</b:box>")),
        Decision::NotApplicable
    );
    assert_eq!(
        decide(&format!("<b:box>{paper}</b:box>")),
        Decision::Indeterminate
    );
}

#[test]
fn a_cache_key_knows_the_content() {
    let pdp = pdp(&when(&selects("//b:til", "string", &["Kari"])));
    let key = |content: &str| {
        let mut context = Context::new();
        pdp.decide_with(&mut context, &about(content, ""))
            .cache_key()
    };
    let kari = key("<b:til>Kari</b:til>");
    assert_ne!(kari, key("<b:til>Ola</b:til>"));
    assert_eq!(kari, key("<b:til>Kari</b:til>"));
    // A decision that has nothing to do with it need not know it.
    let plain = Pdp::from_xml(policy("", ""));
    let mut context = Context::new();
    let plain = plain.expect("loads");
    let request = about("<b:til>Kari</b:til>", "");
    assert_eq!(plain.decide_with(&mut context, &request).cache_key(), "");
}

/// A request's own expression that cannot be followed fails only where there is a Content, and
/// whether it can depends on the version that the request says.
#[test]
fn a_cache_key_knows_what_an_expression_failed_on() {
    let bag = apply(
        "3.0:function:map",
        &[
            "<Function FunctionId='urn:oasis:names:tc:xacml:3.0:function:xpath-node-count'/>"
                .into(),
            designator("urn:asked"),
        ],
    );
    let none = apply("1.0:function:integer-is-in", &[value("integer", "0"), bag]);
    let pdp = pdp(&when(&none));
    let version = "<RequestDefaults><XPathVersion>urn:other</XPathVersion></RequestDefaults>";
    let request = |content: &str, version: &str, asked: &str| {
        let asked = attribute("urn:asked", &path(RESOURCE, asked));
        let text = format!(
            "<Request xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' \
             CombinedDecision='false' ReturnPolicyIdList='false'>{version}\
             <Attributes Category='{RESOURCE}'>{content}{asked}</Attributes></Request>"
        );
        Request::from_xml(text).expect("can be read")
    };
    let content = "<Content><a/></Content>";
    let mut seen = std::collections::HashMap::new();
    for (content, version, asked, expected) in [
        ("", "", "//[", Decision::Permit),
        (content, "", "//[", Decision::Indeterminate),
        ("", "", "//b", Decision::Permit),
        (content, "", "//b", Decision::Permit),
        (content, version, "//b", Decision::Indeterminate),
        ("", version, "//b", Decision::Permit),
    ] {
        let request = request(content, version, asked);
        let mut context = Context::new();
        let outcome = pdp.decide_with(&mut context, &request);
        let what = format!("{content} {version} {asked}");
        assert_eq!(outcome.decision(), expected, "{what}");
        let same = seen.insert(outcome.cache_key(), expected);
        assert!(same.is_none_or(|same| same == expected), "{what}");
    }
}

/// A policy and a request that are written for XPath 2.0 have paths that mean the same in 1.0.
#[test]
fn paths_of_version_2_that_mean_the_same_are_followed() {
    let version = "<XPathVersion>http://www.w3.org/TR/2007/REC-xpath20-20070123</XPathVersion>";
    let resource = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
    let policy = |path: &str| {
        format!(
            r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
            RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
            <PolicyDefaults>{version}</PolicyDefaults><Target/><Rule RuleId="r" Effect="Permit"><Condition>
            <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
            <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">3</AttributeValue>
            <AttributeSelector Category="{resource}" Path="{path}" MustBePresent="false"
            DataType="http://www.w3.org/2001/XMLSchema#string"/></Apply></Condition></Rule></Policy>"#
        )
    };
    let request = format!(
        r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" ReturnPolicyIdList="false"
        CombinedDecision="false"><RequestDefaults>{version}</RequestDefaults><Attributes Category="{resource}">
        <Content><a xmlns=""><b c="x">3</b></a></Content></Attributes></Request>"#
    );
    let request = Request::from_xml(request).expect("is one");
    let pdp = Pdp::from_xml(policy("/a/b[@c = 'x']")).expect("loads");
    assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    let error = Pdp::from_xml(policy("/a/b[. = 3]")).expect_err("means something else");
    assert!(
        error.to_string().contains("`=` of nodes and a number"),
        "{error}"
    );
}
