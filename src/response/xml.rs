//! Responses ↔ XML (§5.47 to §5.58).

mod left_out;
mod legible;
mod v2;

use std::sync::Arc;

use super::*;
use crate::decision::XacmlVersion;
use crate::error::Error;
use crate::read_options::ReadOptions;
use crate::request::attributes::{self, Values};
use crate::request::{Attribute, Attributes};
use crate::value::DataType;
use crate::xml::{self, CONTEXT_2, Document, Element, Writer, XACML, many, one, optional};

impl Response {
    /// Reads a response in UTF-8 or UTF-16 with the default [options](ReadOptions).
    ///
    /// ```
    /// use vedtak::{Decision, Response};
    /// let response = Response::from_xml(
    ///     r#"<Response xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17">
    ///       <Result><Decision>Permit</Decision></Result>
    ///     </Response>"#,
    /// )?;
    /// assert_eq!(response.decision(), Decision::Permit);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem found in one pass, values that are not of their data type included.
    pub fn from_xml(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::read_xml(bytes, ReadOptions::new())
    }

    /// Reads a response with [options](ReadOptions). A response of XACML 2.0 is translated, see
    /// [the module](super#xacml-20).
    ///
    /// ```
    /// use vedtak::{ReadOptions, Response};
    /// let error = Response::read_xml("<Response>", ReadOptions::new().source("r.xml")).unwrap_err();
    /// assert_eq!(error.diagnostics()[0].source(), Some("r.xml"));
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem found in one pass, values that are not of their data type included.
    pub fn read_xml(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let (source, limits) = (options.source_or("response"), options.limits);
        let text = xml::text(source, bytes.as_ref(), limits)?;
        let document = Document::new(&source.into(), &text, limits);
        document.read(&["Response"], &[CONTEXT_2], |xml, root| {
            read_element(xml, root, &mut Values::new(limits, options.data_types))
        })
    }

    /// Prints the response as an XML document that reads back as an equal response.
    ///
    /// Requests in JSON, providers and hosts can have characters that XML cannot hold, such as
    /// U+0001. A value with one is never replaced by another: its attribute, obligation, advice or
    /// policy is left out, and the status message says so; a Permit that loses an obligation by
    /// that is Indeterminate. In messages such characters become U+FFFD.
    ///
    /// ```
    /// use vedtak::{Decision, Response, response::ResponseResult};
    /// let response = Response::new(vec![ResponseResult::new(Decision::Deny)]);
    /// assert_eq!(Response::from_xml(response.to_xml())?, response);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn to_xml(&self) -> String {
        self.to_xml_within(XacmlVersion::V3, None, usize::MAX)
    }

    /// Prints the response to `asked` as an XML document of the version of XACML that the request
    /// was written in.
    ///
    /// For a request of 3.0 this is [`to_xml`](Self::to_xml). [The module](super#xacml-20) has the
    /// table for requests of 2.0. Parts that 2.0 cannot hold are left out, and the status message
    /// says so; a Permit that loses an obligation by that is Indeterminate.
    ///
    /// ```
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::builder()
    ///     .policy("policy.xml", std::fs::read_to_string("fixtures/xacml2/policy.xml")?)
    ///     .library("library.xml", std::fs::read_to_string("fixtures/xacml2/library.xml")?)
    ///     .build()?;
    /// let request = Request::from_xml(std::fs::read_to_string("fixtures/xacml2/request.xml")?)?;
    /// let answer = pdp.decide(&request).to_xml_for(&request);
    /// assert!(answer.contains("urn:oasis:names:tc:xacml:2.0:context:schema:os"));
    /// assert!(answer.contains("FulfillOn=\"Permit\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_xml_for(&self, asked: &Request) -> String {
        self.to_xml_within(asked.xacml(), Some(asked), usize::MAX)
    }

    /// The response in a version of XACML; if it is longer than `most` bytes, an Indeterminate that
    /// says so. `asked` is the request, if there is one.
    pub(crate) fn to_xml_within(
        &self,
        xacml: XacmlVersion,
        asked: Option<&Request>,
        most: usize,
    ) -> String {
        let text = self.write_xml(xacml, asked, most);
        text.or_else(|| Self::too_long(most).write_xml(xacml, None, usize::MAX))
            .unwrap_or_default()
    }

    fn write_xml(
        &self,
        xacml: XacmlVersion,
        asked: Option<&Request>,
        most: usize,
    ) -> Option<String> {
        let write = |response: &Self| match xacml {
            XacmlVersion::V3 => response.written(most),
            XacmlVersion::V2 => v2::written(response, asked, most),
        };
        let writer = write(self);
        match writer.unreadable().is_some() {
            false => writer.finish_within(),
            true => write(&legible::response(self)).finish_within(),
        }
    }

    fn written(&self, most: usize) -> Writer<'static> {
        let mut writer = Writer::within(most);
        writer.element("Response", |writer| {
            for result in &self.results {
                if writer.is_full() {
                    break;
                }
                write_result(writer, result);
            }
        });
        writer
    }
}

/// Reads a `Response` of the version whose schema is being read.
pub(crate) fn read_element<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> Response {
    xml.attributes(element, &[]);
    let mut response = Response {
        results: Vec::new(),
    };
    let particles = [many(0, "Result").at_least_one()];
    xml.children(element, &particles, |xml, child| {
        response.results.push(match xml.is_version_2() {
            true => v2::result(xml, &child, values),
            false => result(xml, &child, values),
        });
    });
    response
}

fn result<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> ResponseResult {
    xml.attributes(element, &[]);
    let mut result = ResponseResult::new(Decision::Indeterminate);
    let particles = [
        one(0, "Decision"),
        optional(1, "Status"),
        optional(2, "Obligations"),
        optional(3, "AssociatedAdvice"),
        many(4, "Attributes"),
        optional(5, "PolicyIdentifierList"),
    ];
    xml.children(element, &particles, |xml, child| match child.name {
        "Decision" => result.decision = decision(xml, &child),
        "Status" => result.status = Some(status(xml, &child, values)),
        "Obligations" => result.obligations = obligations(xml, &child, values),
        "AssociatedAdvice" => {
            let all = with_assignments(xml, &child, ADVICE, &["AdviceId"], values).into_iter();
            let all = all.map(|(id, assignments)| Advice { id, assignments });
            result.advice = all.collect();
        }
        "Attributes" => result
            .attributes
            .push(attributes::read(xml, &child, values).into()),
        "PolicyIdentifierList" => result.policies = policies(xml, &child),
        _ => {}
    });
    result
}

fn decision<'a>(xml: &mut Document<'a>, element: &Element<'a>) -> Decision {
    xml.attributes(element, &[]);
    let text = xml.text(element);
    Decision::from_name(xml::trim(&text)).unwrap_or_else(|| {
        let message = format!(
            "`Decision` is `{}`, expected `Permit`, `Deny`, `Indeterminate` or `NotApplicable`",
            xml::cut(xml::trim(&text))
        );
        xml.problem(element.offset, message);
        Decision::Indeterminate
    })
}

fn status<'a>(xml: &mut Document<'a>, element: &Element<'a>, values: &mut Values) -> Status {
    xml.attributes(element, &[]);
    let mut status = Status {
        code: StatusCode::Ok,
        minor_codes: Vec::new(),
        message: None,
        missing: Vec::new(),
        detail: Vec::new(),
    };
    let particles = [
        one(0, "StatusCode"),
        optional(1, "StatusMessage"),
        optional(2, "StatusDetail"),
    ];
    xml.children(element, &particles, |xml, child| match child.name {
        "StatusCode" => {
            let mut minor_codes = Vec::new();
            let code = status_code(xml, &child, &mut minor_codes);
            status.code = StatusCode::from_uri(&code);
            // The inner ones were finished first.
            minor_codes.reverse();
            status.minor_codes = minor_codes;
        }
        "StatusMessage" => {
            xml.attributes(&child, &[]);
            status.message = Some(xml.text(&child).into_owned());
        }
        _ => status_detail(xml, &child, &mut status, values),
    });
    status
}

/// Reads a `StatusCode` and adds those nested in it to `minor_codes`, innermost first. The depth
/// of elements is limited, so this recursion is.
fn status_code<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    minor_codes: &mut Vec<String>,
) -> String {
    xml.attributes(element, &["Value"]);
    let code = xml.uri(element, "Value").into_owned();
    xml.children(element, &[optional(0, "StatusCode")], |xml, child| {
        let minor = status_code(xml, &child, minor_codes);
        minor_codes.push(minor);
    });
    code
}

/// Reads `StatusDetail` (§5.57), which may hold anything. A `MissingAttributeDetail` of an unknown
/// data type is kept as XML, as any other element is.
fn status_detail<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    status: &mut Status,
    values: &mut Values,
) {
    xml.attributes(element, &[]);
    xml.each_child(element, |xml, child| {
        let data_type = xml::uri_attribute(&child, "DataType")
            .and_then(|uri| values.data_types().from_uri(&uri));
        let is_missing =
            child.name == "MissingAttributeDetail" && child.namespace.as_deref() == Some(XACML);
        match data_type.filter(|_| is_missing) {
            Some(data_type) => {
                let missing = missing_attribute(xml, &child, data_type, values);
                status.missing.push(missing);
            }
            None => status.detail.push(xml.raw(&child)),
        }
    });
}

fn missing_attribute<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    data_type: DataType,
    values: &mut Values,
) -> MissingAttribute {
    xml.attributes(element, &["Category", "AttributeId", "DataType", "Issuer"]);
    let mut missing = MissingAttribute {
        designator: Designator {
            category: xml.uri(element, "Category").into(),
            id: xml.uri(element, "AttributeId").into(),
            data_type,
            issuer: xml::attribute(element, "Issuer").map(Arc::from),
        },
        values: Vec::new(),
    };
    xml.children(element, &[many(0, "AttributeValue")], |xml, child| {
        missing.values.extend(values.read(xml, &child));
    });
    missing
}

fn obligations<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> Vec<Obligation> {
    // `FulfillOn` went from responses with XACML 3.0, but many responses still carry it. It repeats
    // the decision, so nothing is lost with it.
    let attributes = ["ObligationId", "FulfillOn"];
    let all = with_assignments(xml, element, OBLIGATION, &attributes, values).into_iter();
    all.map(|(id, assignments)| Obligation { id, assignments })
        .collect()
}

/// Reads the obligations or the advice of a result, whose elements may have these XML attributes.
fn with_assignments<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    [name, id]: [&'static str; 2],
    attributes: &[&'static str],
    values: &mut Values,
) -> Vec<(Arc<str>, Vec<AttributeAssignment>)> {
    xml.attributes(element, &[]);
    let mut all = Vec::new();
    let particles = [many(0, name).at_least_one()];
    xml.children(element, &particles, |xml, child| {
        xml.attributes(&child, attributes);
        let own = xml.uri(&child, id).into();
        all.push((
            own,
            xml.within(&child, id, |xml| assignments(xml, &child, values)),
        ));
    });
    all
}

fn assignments<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> Vec<AttributeAssignment> {
    let mut all = Vec::new();
    xml.children(element, &[many(0, "AttributeAssignment")], |xml, child| {
        let id: Arc<str> = xml.uri(&child, "AttributeId").into();
        let value = xml.within(&child, "AttributeId", |xml| values.read(xml, &child));
        all.extend(value.map(|value| AttributeAssignment {
            id,
            category: xml::uri_attribute(&child, "Category").map(Arc::from),
            issuer: xml::attribute(&child, "Issuer").map(Arc::from),
            value,
        }));
    });
    all
}

fn policies<'a>(xml: &mut Document<'a>, element: &Element<'a>) -> Vec<PolicyIdentifier> {
    xml.attributes(element, &[]);
    let mut all = Vec::new();
    let particles = [
        many(0, "PolicyIdReference"),
        many(0, "PolicySetIdReference"),
    ];
    xml.children(element, &particles, |xml, child| {
        xml.attributes(&child, &["Version"]);
        let id: Arc<str> = xml::trim(&xml.text(&child)).into();
        if id.is_empty() {
            xml.problem(child.offset, format!("`{}` names no policy", child.name));
        }
        all.push(PolicyIdentifier {
            is_set: child.name == "PolicySetIdReference",
            id,
            version: xml::attribute(&child, "Version").map(Arc::from),
        });
    });
    all
}

fn write_result(writer: &mut Writer, result: &ResponseResult) {
    writer.element("Result", |writer| {
        writer.text_element("Decision", result.decision.as_str());
        if let Some(status) = &result.status {
            write_status(writer, status, write_missing_attribute);
        }
        let obligations = result.obligations.iter().map(|o| (&*o.id, &*o.assignments));
        write_fired(writer, "Obligations", OBLIGATION, obligations);
        let advice = result.advice.iter().map(|a| (&*a.id, &*a.assignments));
        write_fired(writer, "AssociatedAdvice", ADVICE, advice);
        for attributes in &result.attributes {
            attributes::write(writer, attributes, &[]);
        }
        if !result.policies.is_empty() {
            writer.element("PolicyIdentifierList", |writer| {
                for policy in &result.policies {
                    write_policy(writer, policy);
                }
            });
        }
    });
}

/// The names of the element of an obligation, and of the XML attribute of its id.
const OBLIGATION: [&str; 2] = ["Obligation", "ObligationId"];
const ADVICE: [&str; 2] = ["Advice", "AdviceId"];

/// Writes the obligations or the advice of a result, in an element of their own if there are some.
fn write_fired<'r>(
    writer: &mut Writer,
    list: &'static str,
    names: [&'static str; 2],
    all: impl ExactSizeIterator<Item = (&'r str, &'r [AttributeAssignment])>,
) {
    if all.len() == 0 {
        return;
    }
    writer.element(list, |writer| {
        for one in all {
            write_one(writer, names, one);
        }
    });
}

/// Writes an obligation or advice: the name of its element, and that of the XML attribute of its id.
fn write_one(
    writer: &mut Writer,
    [name, id]: [&'static str; 2],
    (own, assignments): (&str, &[AttributeAssignment]),
) {
    writer.element(name, |writer| {
        writer.attribute(id, own);
        write_assignments(writer, assignments);
    });
}

fn write_status(
    writer: &mut Writer,
    status: &Status,
    write_missing: impl Fn(&mut Writer, &MissingAttribute),
) {
    writer.element("Status", |writer| {
        write_status_code(writer, status.code.uri(), &status.minor_codes);
        if let Some(message) = &status.message {
            writer.text_element("StatusMessage", &xml::legible(message));
        }
        if status.missing.is_empty() && status.detail.is_empty() {
            return;
        }
        writer.element("StatusDetail", |writer| {
            for missing in &status.missing {
                write_missing(writer, missing);
            }
            for detail in &status.detail {
                writer.raw(detail);
            }
        });
    });
}

fn write_missing_attribute(writer: &mut Writer, missing: &MissingAttribute) {
    let MissingAttribute { designator, values } = missing;
    writer.element("MissingAttributeDetail", |writer| {
        writer.attribute("Category", &designator.category);
        writer.attribute("AttributeId", &designator.id);
        writer.attribute("DataType", designator.data_type.uri());
        writer.optional("Issuer", designator.issuer.as_deref());
        for value in values {
            writer.element("AttributeValue", |writer| {
                attributes::write_value(writer, value);
            });
        }
    });
}

/// A `MissingAttributeDetail` as XML that declares its own namespaces; none if XML cannot hold it.
#[cfg(feature = "json")]
pub(super) fn missing_attribute_xml(missing: &MissingAttribute) -> Option<String> {
    let mut writer = Writer::new();
    write_missing_attribute(&mut writer, missing);
    writer.unreadable().is_none().then(|| writer.finish())
}

/// The `MissingAttributeDetail` that a text is; none if it is anything else, or if it would take
/// many times its length: every XPath expression in it has the declarations in scope.
#[cfg(feature = "json")]
pub(super) fn standing_missing_attribute(
    text: &str,
    options: ReadOptions<'_>,
) -> Option<MissingAttribute> {
    let data_types = options.data_types;
    let mut limits = options.limits.clone();
    limits.bytes = text.len().saturating_mul(4);
    let limits = &limits;
    let document = Document::new(&"detail".into(), text, limits);
    let read = document.read(&["MissingAttributeDetail"], &[CONTEXT_2], |xml, root| {
        let data_type = data_types.from_uri(&xml::uri_attribute(root, "DataType")?)?;
        Some(missing_attribute(
            xml,
            root,
            data_type,
            &mut Values::new(limits, data_types),
        ))
    });
    read.ok().flatten()
}

fn write_status_code(writer: &mut Writer, code: &str, minor_codes: &[String]) {
    writer.element("StatusCode", |writer| {
        writer.attribute("Value", code);
        if let [first, rest @ ..] = minor_codes {
            write_status_code(writer, first, rest);
        }
    });
}

fn write_assignments(writer: &mut Writer, assignments: &[AttributeAssignment]) {
    for assignment in assignments {
        writer.element("AttributeAssignment", |writer| {
            writer.attribute("AttributeId", &assignment.id);
            writer.optional("Category", assignment.category.as_deref());
            writer.optional("Issuer", assignment.issuer.as_deref());
            attributes::write_value(writer, &assignment.value);
        });
    }
}

fn write_policy(writer: &mut Writer, policy: &PolicyIdentifier) {
    let name = if policy.is_set {
        "PolicySetIdReference"
    } else {
        "PolicyIdReference"
    };
    writer.element(name, |writer| {
        writer.optional("Version", policy.version.as_deref());
        writer.text(&policy.id);
    });
}

#[cfg(test)]
pub(super) mod tests;
