//! The rows of functions about XPath expressions (A.3.15). They need a request's Content, so the
//! evaluator carries them out.

use super::table::{Table, takes};
use super::{Call, OfNodes, Type};
use crate::value::DataType;
use crate::xpath;

pub(super) fn nodes(table: &mut Table) {
    if !xpath::SUPPORTED {
        return;
    }
    // The deprecated forms (10.2.9) take the expression as a string; the compiler makes it an
    // expression, and takes no other strings.
    for (version, takes_type) in [
        ("3.0", DataType::XPathExpression),
        ("1.0", DataType::String),
    ] {
        let one = Type::One(takes_type);
        let count = takes([one], None, DataType::Integer);
        table.row(
            version,
            "xpath-node-count",
            count,
            Call::Nodes(OfNodes::Count),
        );
        for (name, of) in [("equal", OfNodes::Equal), ("match", OfNodes::Match)] {
            let both = takes([one, one], None, DataType::Boolean);
            table.row(
                version,
                &format!("xpath-node-{name}"),
                both,
                Call::Nodes(of),
            );
        }
    }
}
