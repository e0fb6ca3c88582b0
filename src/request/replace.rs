//! A request with another content of one category, given as XML (A.3.16).

use super::Request;
use super::attributes::{self, Values};
use crate::limits::Limits;
use crate::value::DataTypes;
use crate::xml::{CONTEXT_2, Document};

impl Request {
    /// Returns a copy of the request, for one decision, in which `content`, the inside of an
    /// `Attributes` element, replaces a category.
    ///
    /// The inside cannot end the element around it: the text must be one well-formed element, and
    /// its last tag is the one added here.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, in words.
    pub(crate) fn with_content_of(
        &self,
        category: &str,
        content: &str,
        limits: &Limits,
        data_types: &DataTypes,
    ) -> Result<Self, String> {
        let text = format!(
            "<Attributes xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
             Category=\"urn:replaced\">{content}</Attributes>"
        );
        if text.len() > limits.bytes {
            return Err(format!(
                "the limit is {} bytes (`Limits::bytes`)",
                limits.bytes
            ));
        }
        let source = "access-permitted".into();
        let read = Document::new(&source, &text, limits).read(
            &["Attributes"],
            &[CONTEXT_2],
            |xml, root| {
                let mut values = Values::new(limits, data_types);
                attributes::read(xml, root, &mut values)
            },
        );
        let mut replaced = read.map_err(|error| {
            let first = error.diagnostics().first();
            first.map_or_else(String::new, |first| first.message().to_owned())
        })?;
        replaced.category = category.into();
        replaced.xml_id = None;
        let others = self.categories.iter();
        let others = others.filter(|attributes| *attributes.category != *category);
        Ok(Self {
            categories: others.cloned().chain([replaced.into()]).collect(),
            xpath_version: self.xpath_version.clone(),
            ..Self::default()
        })
    }
}
