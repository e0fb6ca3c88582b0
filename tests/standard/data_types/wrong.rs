//! What a type must not do, and what it must not be called.

use std::cmp::Ordering;
use std::fmt;

use vedtak::attribute::category;
use vedtak::decision::StatusCode;
use vedtak::value::{DataType, ExtensionType, Value};
use vedtak::{Decision, Pdp, Request, Response};

use crate::data_types::types::Version;
use crate::data_types::{apply, attribute, built, literal, permits_if, policy, refused};

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

/// A type of one value, with this identifier and these functions.
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
named!(OneForAll, "urn:example:one-for-all", |_| Some(
    "urn:example:all".to_owned()
));
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
    let error = refused(builder().data_type::<OneForAll>());
    assert_eq!(
        error,
        "the data type `urn:example:one-for-all` gives a function the identifier `urn:example:all`, \
         which another function has"
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
