//! The attributes of an element → their values, checked against those that the schema allows.

use std::borrow::Cow;

use super::super::lexical::{XML_NAMESPACE, trim};
use super::{Document, Element};
use crate::error::{cut, did_you_mean, list, similar_identifier, similar_name};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl<'a> Document<'a> {
    /// Reports the attributes of `element` that are not in `known`. Attributes of the namespaces
    /// `xsi` and `xml` are known everywhere; `xml:id` is listed where the schema gives it a
    /// meaning.
    pub(crate) fn attributes(&mut self, element: &Element<'a>, known: &[&'static str]) {
        self.misspelt.clear();
        for attribute in &element.attributes {
            match attribute.namespace.as_deref() {
                Some(XSI | XML_NAMESPACE) => {}
                None if known.contains(&attribute.name) => {}
                _ => {
                    let mut message =
                        format!("`{}` has no attribute `{}`", element.name, attribute.name);
                    if let Some(namespace) = &attribute.namespace {
                        message += &format!(" of the namespace `{}`", cut(namespace));
                        let meant = similar_name(namespace, [XSI, XML_NAMESPACE]);
                        message += &meant.map_or(String::new(), |meant| {
                            format!("; did you mean the namespace `{meant}`?")
                        });
                        self.problem(attribute.offset, message);
                        continue;
                    }
                    let given = |name: &&str| self::attribute(element, name).is_some();
                    let missing = known.iter().copied().filter(|name| !given(name));
                    let similar = similar_identifier(attribute.name, missing);
                    message += &did_you_mean(similar);
                    if let Some(meant) = similar {
                        self.misspelt.push((element.offset.bytes(), meant));
                    } else if !known.is_empty() {
                        message += &format!("; it may have {}", list(known.iter().copied()));
                    }
                    self.problem(attribute.offset, message);
                }
            }
        }
    }

    /// The value of the attribute `name`, which must be there.
    pub(crate) fn required(&mut self, element: &Element<'a>, name: &str) -> Cow<'a, str> {
        attribute(element, name).unwrap_or_else(|| {
            let slip = |(offset, meant): &(usize, &str)| {
                *offset == element.offset.bytes() && *meant == name
            };
            if !self.misspelt.iter().any(slip) {
                let message = format!("`{}` must have the attribute `{name}`", element.name);
                self.problem(element.offset, message);
            }
            Cow::Borrowed("")
        })
    }

    /// The value of the attribute `name`, an identifier of type anyURI, which must be there. White
    /// space around it is no part of it (XML Schema: `whiteSpace` is `collapse`).
    pub(crate) fn uri(&mut self, element: &Element<'a>, name: &str) -> Cow<'a, str> {
        trimmed(self.required(element, name))
    }

    /// The value of the attribute `name` read by `parse`, whose error is the value expected. `None`
    /// if it is missing or wrong; a missing one is a problem only if `required`.
    pub(crate) fn parsed<T>(
        &mut self,
        element: &Element<'a>,
        name: &str,
        required: bool,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = match attribute(element, name) {
            Some(value) => value,
            None if required => {
                self.required(element, name);
                return None;
            }
            None => return None,
        };
        match parse(&value) {
            Ok(parsed) => Some(parsed),
            Err(expected) => {
                let value = cut(&value);
                let message = format!("`{name}` is `{value}`, expected {expected}");
                self.problem_with(element, name, message);
                None
            }
        }
    }

    /// `true`, `false`, `1` or `0`.
    pub(crate) fn boolean(&mut self, element: &Element<'a>, name: &str, required: bool) -> bool {
        self.parsed(element, name, required, |text| match trim(text) {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("`true` or `false`".to_owned()),
        })
        .unwrap_or(false)
    }

    /// `xml:id` of the element.
    pub(crate) fn xml_id(&self, element: &Element<'a>) -> Option<String> {
        element
            .attributes
            .iter()
            .find(|a| a.name == "id" && a.namespace.as_deref() == Some(XML_NAMESPACE))
            .map(|a| trim(&a.value).to_owned())
    }
}

/// The attribute `name` of no namespace.
pub(crate) fn attribute<'a>(element: &Element<'a>, name: &str) -> Option<Cow<'a, str>> {
    element
        .attributes
        .iter()
        .find(|attribute| attribute.name == name && attribute.namespace.is_none())
        .map(|attribute| attribute.value.clone())
}

/// The attribute `name` of no namespace, an identifier of type anyURI.
pub(crate) fn uri_attribute<'a>(element: &Element<'a>, name: &str) -> Option<Cow<'a, str>> {
    attribute(element, name).map(trimmed)
}

pub(super) fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) => Cow::Owned(trim(&text).to_owned()),
    }
}
