//! `Attributes`, `Attribute` and `AttributeValue` ↔ XML (§5.44 to §5.46), as requests have them
//! and responses repeat them.

use std::sync::Arc;

use super::{Attribute, Attributes, UnusableAttribute};
use crate::limits::{Limits, exceeded};
use crate::value::{DataType, DataTypes, Entity, ExtensionDataType, Value, XPathExpression};
use crate::xml::{self, Document, Element, Writer, many, optional};

/// Reads the values of one document, and counts them.
pub(crate) struct Values {
    count: usize,
    most: usize,
    data_types: DataTypes,
}

impl Values {
    pub(crate) fn new(limits: &Limits, data_types: &DataTypes) -> Self {
        Self {
            count: 0,
            most: limits.attribute_values,
            data_types: data_types.clone(),
        }
    }

    /// The data types it reads.
    pub(crate) fn data_types(&self) -> &DataTypes {
        &self.data_types
    }

    /// Reads the value in `element`; `None` after a problem. The schema allows any XML attribute
    /// here (§5.31); the standard's data types do not use them.
    pub(crate) fn read<'a>(
        &mut self,
        xml: &mut Document<'a>,
        element: &Element<'a>,
    ) -> Option<Value> {
        if !self.has_room(xml, element) {
            return None;
        }
        let data_type = self.data_type(xml, element);
        if let Some(DataType::Extension(extension)) = data_type {
            return self.of_extension(xml, element, extension);
        }
        if data_type == Some(DataType::Entity) {
            return self.entity(xml, element);
        }
        let expression = xpath_context(xml, element, data_type);
        let text = xml.text(element);
        match (data_type?, expression) {
            (DataType::XPathExpression, context) => {
                let (category, namespaces) = context?;
                Some(Value::from(XPathExpression {
                    text: text.into(),
                    category,
                    namespaces,
                }))
            }
            (data_type, _) => parsed(xml, element, data_type, &text),
        }
    }

    /// Reads a value of a data type of the host. Other XML attributes than the expected ones are a
    /// problem, for they could change the meaning of the value.
    fn of_extension<'a>(
        &self,
        xml: &mut Document<'a>,
        element: &Element<'a>,
        extension: ExtensionDataType,
    ) -> Option<Value> {
        let data_type = DataType::Extension(extension);
        let mut others = element.attributes.iter();
        let other = others.find(|attribute| {
            let namespace = attribute.namespace.as_deref();
            namespace.is_some_and(|namespace| !xml::says_nothing(namespace))
        });
        if let Some(other) = other {
            let name = xml::cut(other.name);
            let message = format!(
                "a value of the data type {} has no use for the XML attribute `{name}`",
                extension.name()
            );
            xml.problem(element.offset, message);
        }
        if extension.is_xml() {
            let content = xml.any_child(element);
            return parsed(xml, element, data_type, &content);
        }
        let text = xml.text(element);
        parsed(xml, element, data_type, &text)
    }

    /// The `DataType` of `element`; `None` after a problem.
    pub(crate) fn data_type<'a>(
        &self,
        xml: &mut Document<'a>,
        element: &Element<'a>,
    ) -> Option<DataType> {
        let uri = xml.uri(element, "DataType");
        if uri.is_empty() {
            return None;
        }
        let data_type = self.data_type_of(xml, &uri);
        if data_type.is_none() {
            xml.problem_with(element, "DataType", self.data_types.unknown(&uri));
        }
        data_type
    }

    /// The data type that an identifier names in this document.
    pub(crate) fn data_type_of(&self, xml: &Document<'_>, uri: &str) -> Option<DataType> {
        self.data_types.from_uri(match xml.is_version_2() {
            true => DataType::uri_of_2(uri),
            false => uri,
        })
    }

    /// Reads the value in `element`, whose data type is given elsewhere.
    pub(crate) fn read_as<'a>(
        &mut self,
        xml: &mut Document<'a>,
        element: &Element<'a>,
        data_type: DataType,
    ) -> Option<Value> {
        if !self.has_room(xml, element) {
            return None;
        }
        if let DataType::Extension(extension) = data_type {
            return self.of_extension(xml, element, extension);
        }
        let text = xml.text(element);
        parsed(xml, element, data_type, &text)
    }

    /// Reads the entity that `element` is (Related and Nested Entities Profile). Elements nest no
    /// deeper than the limit, and so do entities.
    fn entity<'a>(&mut self, xml: &mut Document<'a>, element: &Element<'a>) -> Option<Value> {
        let (content, attributes) = content_and_attributes(xml, element, self);
        match Entity::new(attributes, content) {
            Ok(entity) => Some(entity.into()),
            Err(error) => {
                xml.problem(element.offset, error.to_string());
                None
            }
        }
    }

    /// Counts a value, and skips it if it is one too many.
    fn has_room<'a>(&mut self, xml: &mut Document<'a>, element: &Element<'a>) -> bool {
        self.count = self.count.saturating_add(1);
        if self.count <= self.most {
            return true;
        }
        // Reported once: the values after the limit are skipped unread.
        if self.count == self.most.saturating_add(1) {
            let message = exceeded("too many attribute values", self.most, "attribute_values");
            xml.problem(element.offset, message);
        }
        xml.skip(element);
        false
    }
}

fn parsed<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    data_type: DataType,
    text: &str,
) -> Option<Value> {
    match Value::parse(data_type, text) {
        Ok(value) => Some(value),
        Err(error) => {
            xml.problem_inside(element, format!("`{}` {error}", element.name));
            None
        }
    }
}

type XPathContext = (Arc<str>, Arc<[(Arc<str>, Arc<str>)]>);

/// The context of an XPath expression: its `XPathCategory` and the namespaces in scope. Must be
/// called before the text is read.
fn xpath_context<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    data_type: Option<DataType>,
) -> Option<XPathContext> {
    let category = xml::uri_attribute(element, "XPathCategory");
    match (data_type, category) {
        (Some(DataType::XPathExpression), Some(category)) => {
            Some((category.into(), xml.namespaces().into()))
        }
        (Some(DataType::XPathExpression), None) => {
            xml.uri(element, "XPathCategory");
            None
        }
        _ => None,
    }
}

/// Reads `Attributes` (§5.44).
pub(crate) fn read<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> Attributes {
    xml.within(element, "Category", |xml| {
        xml.attributes(element, &["Category", "xml:id"]);
        let (category, xml_id) = (xml.uri(element, "Category").into(), xml.xml_id(element));
        let (content, attributes) = content_and_attributes(xml, element, values);
        Attributes {
            category,
            xml_id,
            content,
            attributes,
        }
    })
}

/// Reads the children that a category and an entity have in common: `Content`, then `Attribute`.
fn content_and_attributes<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> (Option<Arc<str>>, Vec<Attribute>) {
    let (mut content, mut attributes) = (None, Vec::new());
    let particles = [optional(0, "Content"), many(1, "Attribute")];
    xml.children(element, &particles, |xml, child| match child.name {
        "Content" => {
            xml.attributes(&child, &[]);
            content = Some(xml.any_child(&child).into());
        }
        _ => attributes.push(attribute(xml, &child, values)),
    });
    (content, attributes)
}

fn attribute<'a>(xml: &mut Document<'a>, element: &Element<'a>, values: &mut Values) -> Attribute {
    xml.within(element, "AttributeId", |xml| {
        xml.attributes(element, &["AttributeId", "Issuer", "IncludeInResult"]);
        let mut attribute = Attribute {
            id: xml.uri(element, "AttributeId").into(),
            issuer: xml::attribute(element, "Issuer").map(Arc::from),
            include_in_result: xml.boolean(element, "IncludeInResult", true),
            values: Vec::new(),
        };
        let particles = [many(0, "AttributeValue").at_least_one()];
        xml.children(element, &particles, |xml, child| {
            attribute.values.extend(values.read(xml, &child));
        });
        attribute
    })
}

/// Writes `Attributes`. An attribute without values is not written: it means the same as an absent
/// one (§7.3.5), and the schema does not allow it. So one whose value cannot be used is written
/// without a value: every reader refuses it, and none takes it for an absent one.
pub(crate) fn write(writer: &mut Writer, attributes: &Attributes, unusable: &[UnusableAttribute]) {
    writer.element("Attributes", |writer| {
        writer.attribute("Category", &attributes.category);
        writer.optional("xml:id", attributes.xml_id.as_deref());
        write_inside(
            writer,
            attributes.content.as_deref(),
            &attributes.attributes,
        );
        for UnusableAttribute { id, issuer, .. } in unusable {
            writer.element("Attribute", |writer| {
                writer.attribute("AttributeId", id);
                writer.optional("Issuer", issuer.as_deref());
                writer.boolean("IncludeInResult", false);
            });
        }
    });
}

/// Writes the children that a category and an entity have in common: `Content`, then `Attribute`.
fn write_inside(writer: &mut Writer, content: Option<&str>, attributes: &[Attribute]) {
    if let Some(content) = content {
        writer.element("Content", |writer| writer.raw(content));
    }
    for attribute in attributes.iter().filter(|a| !a.values.is_empty()) {
        write_attribute(writer, attribute);
    }
}

pub(crate) fn write_attribute(writer: &mut Writer, attribute: &Attribute) {
    writer.element("Attribute", |writer| {
        writer.attribute("AttributeId", &attribute.id);
        writer.optional("Issuer", attribute.issuer.as_deref());
        writer.boolean("IncludeInResult", attribute.include_in_result);
        for value in &attribute.values {
            writer.element("AttributeValue", |writer| write_value(writer, value));
        }
    });
}

/// Writes a value into the element being opened: its XML attributes and its text, or the elements
/// of an entity.
pub(crate) fn write_value(writer: &mut Writer, value: &Value) {
    writer.attribute("DataType", value.data_type().uri());
    write_value_inside(writer, value);
}

/// Writes a value as [`write_value`] does, without its `DataType`.
pub(crate) fn write_value_inside(writer: &mut Writer, value: &Value) {
    if let Some(expression) = value.as_xpath_expression() {
        writer.attribute("XPathCategory", &expression.category);
        writer.namespaces(&expression.namespaces);
    }
    if let Some(entity) = value.as_entity() {
        return write_inside(writer, entity.content(), entity.attributes());
    }
    match (value.as_str(), value) {
        (Some(text), _) => writer.text(text),
        (None, Value::Extension(value)) if value.is_xml() => writer.raw(value.as_str()),
        (None, Value::Extension(value)) => writer.text(value.as_str()),
        (None, _) => writer.text(&value.lexical()),
    }
}
