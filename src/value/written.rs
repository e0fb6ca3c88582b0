//! The length of a value in a document, about.

use super::Value;

/// Bytes of elements, names and quotation marks around one value, and of values without a length of
/// their own.
const AROUND: usize = 64;

impl Value {
    /// About how many bytes the value takes in a document, before anything is escaped. Costs no
    /// more than the number of values and declarations in it.
    pub(crate) fn written(&self) -> usize {
        let own = match self {
            Self::String(text) | Self::AnyUri(text) => text.len(),
            Self::Integer(integer) => usize::try_from(integer.bits() / 3).unwrap_or(usize::MAX),
            Self::HexBinary(octets) | Self::Base64Binary(octets) => octets.len().saturating_mul(2),
            Self::X500Name(name) => name.as_str().len(),
            Self::Rfc822Name(name) => name.as_str().len(),
            Self::IpAddress(address) => address.as_str().len(),
            Self::DnsName(name) => name.as_str().len(),
            Self::XPathExpression(expression) => {
                let declarations = expression.namespaces.iter();
                let declared = declarations.map(|(prefix, uri)| prefix.len() + uri.len() + 10);
                let declared = declared.fold(0, usize::saturating_add);
                let text = expression.text.len() + expression.category.len();
                text.saturating_add(declared)
            }
            Self::Entity(entity) => {
                let content = entity.content().map_or(0, str::len);
                let attributes = entity.attributes().iter();
                attributes
                    .map(|attribute| attribute.written())
                    .fold(content, usize::saturating_add)
            }
            Self::Extension(value) => value.as_str().len(),
            Self::Boolean(_)
            | Self::Double(_)
            | Self::Time(_)
            | Self::Date(_)
            | Self::DateTime(_)
            | Self::DayTimeDuration(_)
            | Self::YearMonthDuration(_) => 0,
        };
        own.saturating_add(AROUND + self.data_type().uri().len())
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
