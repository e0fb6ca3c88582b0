//! The length of a value in a document, about.

use super::{Entity, Value, XPathExpression};

/// Bytes of elements, names and quotation marks around one value, and of values without a length of
/// their own.
const AROUND: usize = 64;

impl Value {
    /// About how many bytes the value takes in a document, before anything is escaped. Costs no
    /// more than the number of values and declarations in it.
    pub(crate) fn written(&self) -> usize {
        let around = AROUND + self.data_type().uri().len();
        self.length().saturating_add(around)
    }
}

impl XPathExpression {
    pub(super) fn length(&self) -> usize {
        let declarations = self.namespaces.iter();
        let declared = declarations.map(|(prefix, uri)| prefix.len() + uri.len() + 10);
        let declared = declared.fold(0, usize::saturating_add);
        let text = self.text.len() + self.category.len();
        text.saturating_add(declared)
    }
}

impl Entity {
    pub(super) fn length(&self) -> usize {
        let content = self.content().map_or(0, str::len);
        let attributes = self.attributes().iter();
        attributes
            .map(|attribute| attribute.written())
            .fold(content, usize::saturating_add)
    }
}

impl super::entity::Attribute {
    /// About how many bytes the attribute takes in a document, as [`Value::written`] counts them.
    pub(crate) fn written(&self) -> usize {
        let issuer = self.issuer.as_deref().map_or(0, str::len);
        let values = self.values.iter().map(Value::written);
        values.fold(self.id.len() + issuer + AROUND, usize::saturating_add)
    }
}
