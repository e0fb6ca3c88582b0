//! `Response` of SAML with an `XACMLAuthzDecisionStatement` ↔ XML.

use super::writable::Writable;
use super::*;
use crate::error::Error;
use crate::read_options::ReadOptions;
use crate::request::attributes::Values;
use crate::response::{self, Response};
use crate::xml::{Writer, one, optional};

/// The name of the statement as an element, and with `Type` as a type of SAML's `Statement`.
const STATEMENT: &str = "XACMLAuthzDecisionStatement";

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// A `Response` of SAML, that succeeded and has one `Assertion` with one
/// `XACMLAuthzDecisionStatement`.
///
/// A response that did not succeed has no decision, and is refused when it is read. So is one with
/// a subject, with conditions other than its time, or with several assertions: a party that relies
/// on an assertion must understand them (SAML 2.0 §2.5.1).
#[derive(Clone, Debug, PartialEq)]
pub struct AuthzDecisionResponse {
    /// The schema that it follows: that of the query.
    pub schema: Schema,
    /// `ID` of the response.
    pub id: String,
    /// `InResponseTo`: the `ID` of the query.
    pub in_response_to: Option<String>,
    /// `IssueInstant` of the response and of the assertion.
    pub issue_instant: DateTime,
    /// `Destination`: the address it is sent to.
    pub destination: Option<String>,
    /// `Issuer` of the response and of the assertion: the PDP. SAML requires that of the assertion.
    pub issuer: Option<String>,
    /// Whether there is a `Signature` on either, which nothing here checks or makes.
    pub is_signed: bool,
    /// `ID` of the assertion.
    pub assertion_id: String,
    /// `NotBefore`: from when on the decision may be relied on.
    pub not_before: Option<DateTime>,
    /// `NotOnOrAfter`: from when on no longer.
    pub not_on_or_after: Option<DateTime>,
    /// The decision.
    pub response: Response,
    /// The `Request`, as XML that declares its own namespaces, if the query asked for it.
    pub context: Option<String>,
}

impl AuthzDecisionResponse {
    /// Reads a response with [options](ReadOptions).
    ///
    /// # Errors
    ///
    /// Every problem found in one pass, those of the response of XACML included.
    pub fn read_xml(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let (source, limits) = (options.source_or("response"), options.limits);
        let text = xml::text(source, bytes.as_ref(), limits)?;
        let document = Document::new(&source.into(), &text, limits);
        let read = document.read_root(of_root, |xml, root, ()| {
            AuthzDecisionResponse::read(xml, root, &mut Values::new(limits, options.data_types))
        })?;
        read.ok_or_else(|| Error::plain("there is no decision in the response".to_owned()))
    }

    /// Prints the response as an XML document that reads back as an equal one, except for its
    /// signatures and the namespace declarations in `context`. A response of XACML is written in
    /// the version of the schema, as by [`Response::to_xml_for`], which leaves out what XML does not
    /// allow.
    ///
    /// # Errors
    ///
    /// Each field that no response can have: an `id`, `in_response_to` or `assertion_id` that is no
    /// NCName, such as one that was not set; a text with a character that XML does not allow; a
    /// `context` that is no `Request` of the schema's version of XACML.
    pub fn to_xml(&self) -> Result<String, Error> {
        self.check()?;
        let instant = self.issue_instant.to_string();
        let issuer = |writer: &mut Writer| {
            if let Some(issuer) = &self.issuer {
                writer.element_of(SAML, "Issuer", |writer| writer.text(issuer));
            }
        };
        let mut writer = Writer::new();
        writer.element_of(SAMLP, "Response", |writer| {
            writer.attribute("ID", &self.id);
            writer.attribute("Version", "2.0");
            writer.attribute("IssueInstant", &instant);
            writer.optional("InResponseTo", self.in_response_to.as_deref());
            writer.optional("Destination", self.destination.as_deref());
            issuer(writer);
            writer.element("Status", |writer| {
                writer.element("StatusCode", |writer| writer.attribute("Value", SUCCESS));
            });
            writer.element_of(SAML, "Assertion", |writer| {
                writer.attribute("ID", &self.assertion_id);
                writer.attribute("Version", "2.0");
                writer.attribute("IssueInstant", &instant);
                issuer(writer);
                if self.not_before.is_some() || self.not_on_or_after.is_some() {
                    writer.element("Conditions", |writer| {
                        for (name, instant) in [
                            ("NotBefore", self.not_before),
                            ("NotOnOrAfter", self.not_on_or_after),
                        ] {
                            let instant = instant.map(|instant| instant.to_string());
                            writer.optional(name, instant.as_deref());
                        }
                    });
                }
                writer.element("Statement", |writer| {
                    writer.attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
                    writer.attribute("xmlns:xacml-saml", self.schema.assertion());
                    writer.attribute("xsi:type", &format!("xacml-saml:{STATEMENT}Type"));
                    writer.raw(&self.response_xml());
                    if let Some(context) = &self.context {
                        writer.raw(context);
                    }
                });
            });
        });
        Ok(writer.finish())
    }

    fn check(&self) -> Result<(), Error> {
        let mut fields = Writable::default();
        fields.identifier("ID", &self.id);
        if let Some(id) = &self.in_response_to {
            fields.identifier("InResponseTo", id);
        }
        fields.identifier("ID` of the `Assertion", &self.assertion_id);
        fields.uri("Destination", self.destination.as_deref());
        fields.issuer(self.issuer.as_deref());
        if let Some(context) = &self.context {
            let of = Some(self.schema.context());
            fields.element("Request", context, of, &["Request"]);
        }
        if self.response.results.is_empty() {
            fields.problem("the `Response` must have at least one `Result`".to_owned());
        }
        fields.finish()
    }

    fn response_xml(&self) -> String {
        self.response
            .to_xml_within(self.schema.xacml(), None, usize::MAX)
    }
}

fn of_root(root: &Element<'_>) -> Result<((), &'static str), String> {
    match (root.name, root.namespace.as_deref()) {
        ("Response", Some(SAMLP)) => Ok(((), SAMLP)),
        _ => Err(expected("Response", root, &[SAMLP])),
    }
}

impl AuthzDecisionResponse {
    /// Reads a `Response`; none if it has no statement, which is then a problem.
    fn read<'a>(
        xml: &mut Document<'a>,
        element: &Element<'a>,
        values: &mut Values,
    ) -> Option<Self> {
        xml.attributes(
            element,
            &[
                "ID",
                "Version",
                "IssueInstant",
                "InResponseTo",
                "Destination",
            ],
        );
        let (id, issue_instant) = id_and_instant(xml, element);
        let mut read = Self {
            // That of the statement, which also gives the decision.
            schema: Schema::V2Xacml3,
            id,
            in_response_to: xml.parsed(element, "InResponseTo", false, identifier),
            issue_instant,
            destination: xml::uri_attribute(element, "Destination").map(|to| to.into_owned()),
            issuer: None,
            is_signed: false,
            assertion_id: String::new(),
            not_before: None,
            not_on_or_after: None,
            response: Response {
                results: Vec::new(),
            },
            context: None,
        };
        let particles = [
            optional(0, "Issuer").of(SAML),
            optional(1, "Signature").of(SIGNATURE),
            one(2, "Status"),
            one(3, "Assertion").of(SAML),
        ];
        xml.children(element, &particles, |xml, child| match child.name {
            "Issuer" => read.issuer = Some(issuer(xml, &child)),
            "Signature" => {
                read.is_signed = true;
                xml.skip(&child);
            }
            "Status" => status(xml, &child),
            _ => xml.in_namespace(SAML, |xml| read.assertion(xml, &child, values)),
        });
        (!read.response.results.is_empty()).then_some(read)
    }

    fn assertion<'a>(
        &mut self,
        xml: &mut Document<'a>,
        element: &Element<'a>,
        values: &mut Values,
    ) {
        xml.attributes(element, &["ID", "Version", "IssueInstant"]);
        let (id, instant) = id_and_instant(xml, element);
        self.assertion_id = id;
        if self.issue_instant != instant {
            let message =
                "the `IssueInstant` of the assertion is another than that of the response";
            xml.problem_with(element, "IssueInstant", message);
        }
        // Which schema a statement follows its own names say.
        let mut particles = vec![
            optional(0, "Issuer"),
            optional(1, "Signature").of(SIGNATURE),
            optional(2, "Conditions"),
            optional(3, "Statement"),
        ];
        let of_its_own = Schema::ALL.map(|schema| optional(3, STATEMENT).of(schema.assertion()));
        particles.extend(of_its_own);
        let mut count = 0;
        xml.children(element, &particles, |xml, child| match child.name {
            "Issuer" => {
                let inner = issuer(xml, &child);
                match &self.issuer {
                    Some(outer) if *outer != inner => {
                        let message = "the assertion has another `Issuer` than the response";
                        xml.problem(child.offset, message);
                    }
                    _ => self.issuer = Some(inner),
                }
            }
            "Signature" => {
                self.is_signed = true;
                xml.skip(&child);
            }
            "Conditions" => {
                xml.attributes(&child, &["NotBefore", "NotOnOrAfter"]);
                self.not_before = super::instant(xml, &child, "NotBefore", false);
                self.not_on_or_after = super::instant(xml, &child, "NotOnOrAfter", false);
                xml.empty(&child);
            }
            _ => {
                count += 1;
                if count > 1 {
                    xml.problem(
                        child.offset,
                        "an assertion with several statements is not read",
                    );
                }
                match schema_of_statement(xml, &child) {
                    Some(schema) => self.statement(xml, &child, schema, values),
                    None => {
                        let message = format!(
                            "`{}` is no `{STATEMENT}Type`, which its `xsi:type` says",
                            child.name
                        );
                        xml.problem(child.offset, message);
                        xml.skip(&child);
                    }
                }
            }
        });
        if count == 0 {
            let message =
                format!("`Assertion` must have one `Statement` of the type `{STATEMENT}Type`");
            xml.problem(element.offset, message);
        }
    }

    fn statement<'a>(
        &mut self,
        xml: &mut Document<'a>,
        element: &Element<'a>,
        schema: Schema,
        values: &mut Values,
    ) {
        xml.attributes(element, &[]);
        let particles = [one(0, "Response"), optional(1, "Request")];
        xml.in_namespace(schema.context(), |xml| {
            xml.children(element, &particles, |xml, child| match child.name {
                "Response" => {
                    self.response = response::read_element(xml, &child, values);
                    self.schema = schema;
                }
                _ => self.context = Some(xml.raw(&child)),
            });
        });
    }
}

/// The schema of a statement: its own namespace's, or that of its `xsi:type`.
fn schema_of_statement<'a>(xml: &mut Document<'a>, element: &Element<'a>) -> Option<Schema> {
    let by = |namespace: &str| {
        let mut all = Schema::ALL.into_iter();
        all.find(|schema| schema.assertion() == namespace)
    };
    let namespace = element.namespace.as_deref().unwrap_or("");
    if element.name == STATEMENT {
        return by(namespace);
    }
    let mut types = element.attributes.iter();
    let of_type = types.find(|attribute| {
        let namespace = attribute.namespace.as_deref();
        attribute.name == "type" && namespace == Some("http://www.w3.org/2001/XMLSchema-instance")
    })?;
    let (prefix, name) = xml::trim(&of_type.value).split_once(':')?;
    let declared = xml.namespaces();
    let (_, namespace) = declared.iter().find(|(known, _)| **known == *prefix)?;
    // Some write the name of the element for that of its type.
    let is_statement = name.strip_suffix("Type").unwrap_or(name) == STATEMENT;
    by(namespace).filter(|_| is_statement)
}

/// A `Status` (SAML 2.0 §3.2.2.1), which must be that of success.
fn status<'a>(xml: &mut Document<'a>, element: &Element<'a>) {
    xml.attributes(element, &[]);
    let particles = [
        one(0, "StatusCode"),
        optional(1, "StatusMessage"),
        optional(2, "StatusDetail"),
    ];
    xml.children(element, &particles, |xml, child| {
        if child.name == "StatusCode" {
            xml.attributes(&child, &["Value"]);
            let code = xml.uri(&child, "Value");
            if *code != *SUCCESS {
                let message = format!(
                    "the response says no decision: its status is `{}`",
                    cut(&code)
                );
                xml.problem_with(&child, "Value", message);
            }
        }
        xml.skip(&child);
    });
}
