//! Data types of the host: a type is read, compared, written and looked up wherever the standard's
//! are, and what its code must not do is seen. The chapter `manual::extending` shows how.

mod formats;
mod functions;
mod letters;
mod lookup;
mod names;
mod types;
mod wrong;

use vedtak::value::ExtensionType;
use vedtak::{Pdp, PdpBuilder};

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
