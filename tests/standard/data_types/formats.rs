//! Values that are XML, documents of XACML 2.0, and values that a path selects.

use vedtak::attribute::category;
use vedtak::syntax::Document;
use vedtak::value::ExtensionType;
use vedtak::{Decision, Pdp, Request, Response};

use crate::data_types::types::{Point, Version};
use crate::data_types::{apply, attribute, built, literal, permits_if, policy, refused};

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
    let document = Document::from_xml(&text).unwrap();
    let printed = Document::from_xml(document.to_xml()).unwrap();
    let builder = Pdp::builder().policy("p.xml", document.to_xml());
    let pdp = built(builder.data_type::<Point>());
    assert_eq!(printed.to_xml(), document.to_xml());

    let asked = |value: &str| {
        format!(
            "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
             ReturnPolicyIdList=\"false\" CombinedDecision=\"false\"><Attributes \
             Category=\"{}\"><Attribute AttributeId=\"place\" IncludeInResult=\"true\">{value}\
             </Attribute></Attributes></Request>",
            category::RESOURCE
        )
    };
    let request = Request::read_xml(asked(point), pdp.read_options()).unwrap();
    let response = pdp.decide(&request);
    assert_eq!(response.decision(), Decision::Permit);
    assert_eq!(
        Request::read_xml(request.to_xml(), pdp.read_options()).unwrap(),
        request
    );
    assert_eq!(
        Request::read_json(request.to_json(), pdp.read_options()).unwrap(),
        request
    );
    let read = Response::read_xml(response.to_xml(), pdp.read_options());
    assert_eq!(read.unwrap(), response);
    let elsewhere = asked(&point.replace("x=\"1\"", "x=\"3\""));
    let elsewhere = Request::read_xml(elsewhere, pdp.read_options()).unwrap();
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
        let error = Request::read_xml(asked(&wrong), pdp.read_options())
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
    let read = Request::read_xml(request(Version::ID), pdp.read_options()).unwrap();
    assert_eq!(pdp.decide(&read).decision(), Decision::Permit);
    let error = Request::read_xml(request(Point::ID), pdp.read_options()).unwrap_err();
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
        let request = vedtak::Request::builder()
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
