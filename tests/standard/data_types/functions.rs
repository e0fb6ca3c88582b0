//! The functions that every data type has, and those of the host.

use vedtak::attribute::category;
use vedtak::function::{Function, Operand, Signature, Type};
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, Request};

use crate::data_types::letters::ORGANISATION;
use crate::data_types::types::{OrganisationNumber, Version};
use crate::data_types::{apply, attribute, built, literal, permits_if, refused};

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
            let pdp = built(builder.optimizations(lowering, index));
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
