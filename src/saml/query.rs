//! `XACMLAuthzDecisionQuery` ↔ XML.

use super::writable::Writable;
use super::*;
use crate::error::Error;
use crate::read_options::ReadOptions;
use crate::request::attributes::Values;
use crate::request::{self, Request};
use crate::response::Response;
use crate::xml::{Writer, many, one, optional};

const NAME: &str = "XACMLAuthzDecisionQuery";

/// An `XACMLAuthzDecisionQuery`: a request for a decision, and how it is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthzDecisionQuery {
    /// The schema that it follows, and its answer will.
    pub schema: Schema,
    /// `ID`, which the answer names.
    pub id: String,
    /// `IssueInstant`.
    pub issue_instant: DateTime,
    /// `Destination`: the address it was sent to.
    pub destination: Option<String>,
    /// `Consent`.
    pub consent: Option<String>,
    /// `Issuer`: the PEP that sends the query.
    pub issuer: Option<String>,
    /// Whether there is a `Signature`, which nothing here checks.
    pub is_signed: bool,
    /// `Extensions` of SAML and of the profile, each child as XML that declares its own namespaces.
    /// A PDP that does not know one refuses the query.
    pub extensions: Vec<String>,
    /// `InputContextOnly`: only attributes of the request may be used for the decision.
    pub input_context_only: bool,
    /// `ReturnContext`: the answer has the request in it.
    pub return_context: bool,
    /// `CombinePolicies`: the policies of the query are combined with those of the PDP. If not,
    /// they are used alone.
    pub combine_policies: bool,
    request: Request,
    /// The `Request` as it was written.
    context: String,
    /// `Policy` and `PolicySet`: policies for this decision, each as XML that declares its own
    /// namespaces. They are not checked here, only when they are loaded.
    pub policies: Vec<String>,
    /// `ReferencedPolicies`: policies to which those refer, as well.
    pub referenced_policies: Vec<String>,
}

impl AuthzDecisionQuery {
    /// A query for the decision on `context`, a `Request` in XML of the schema's version of XACML.
    ///
    /// # Errors
    ///
    /// `context` is no request, or one of another version.
    pub fn new(
        schema: Schema,
        id: impl Into<String>,
        issue_instant: DateTime,
        context: impl Into<String>,
    ) -> Result<Self, Error> {
        let context = context.into();
        let request = Request::from_xml(&context)?;
        if request.xacml() != schema.xacml() {
            let message = "the request is of another version of XACML than the query";
            return Err(Error::plain(message.to_owned()));
        }
        Ok(Self {
            schema,
            id: id.into(),
            issue_instant,
            destination: None,
            consent: None,
            issuer: None,
            is_signed: false,
            extensions: Vec::new(),
            input_context_only: false,
            return_context: false,
            combine_policies: true,
            request,
            context,
            policies: Vec::new(),
            referenced_policies: Vec::new(),
        })
    }

    /// `Request`: the request to decide, if the query demands no more than the PDP's decision on it.
    ///
    /// # Errors
    ///
    /// The query demands that only the request's attributes are used, that policies of its own are
    /// used, or something that its `Extensions` say. A host that can do so takes
    /// [`request_with_demands`](Self::request_with_demands).
    pub fn request(&self) -> Result<&Request, Error> {
        let demands = [
            (self.input_context_only, "InputContextOnly"),
            (!self.combine_policies, "CombinePolicies"),
            (!self.policies.is_empty(), "Policy"),
            (!self.referenced_policies.is_empty(), "ReferencedPolicies"),
            (!self.extensions.is_empty(), "Extensions"),
        ];
        match demands.iter().find(|(is_made, _)| *is_made) {
            None => Ok(&self.request),
            Some((_, name)) => Err(Error::plain(format!(
                "the query has a demand that is not met: its `{name}`"
            ))),
        }
    }

    /// `Request`, for a host that does as [`input_context_only`](Self::input_context_only),
    /// [`combine_policies`](Self::combine_policies), the policies and the
    /// [`extensions`](Self::extensions) say.
    pub fn request_with_demands(&self) -> &Request {
        &self.request
    }

    /// The `Request` as it was written, as XML that declares its own namespaces.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// Reads a query with [options](ReadOptions).
    ///
    /// # Errors
    ///
    /// Every problem found in one pass, those of the request included.
    pub fn read_xml(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let (source, limits) = (options.source_or("query"), options.limits);
        let text = xml::text(source, bytes.as_ref(), limits)?;
        let document = Document::new(&source.into(), &text, limits);
        let mut query = document.read_root(of_root, |xml, root, schema| {
            query(
                xml,
                root,
                schema,
                &mut Values::new(limits, options.data_types),
            )
        })?;
        // A second pass, as the first has read the `Request` into values; it is known to be there.
        let document = Document::new(&source.into(), &text, limits);
        query.context = document.read_root(of_root, |xml, root, schema| {
            let mut context = String::new();
            xml.each_child(root, |xml, child| {
                let is_request =
                    child.name == "Request" && child.namespace.as_deref() == Some(schema.context());
                match is_request {
                    true => context = xml.raw(&child),
                    false => xml.skip(&child),
                }
            });
            context
        })?;
        Ok(query)
    }

    /// Prints the query as an XML document that reads back as an equal query, except for its
    /// signature and the namespace declarations in the fields that are XML.
    ///
    /// ```
    /// use vedtak::ReadOptions;
    /// use vedtak::saml::AuthzDecisionQuery;
    /// let text = std::fs::read_to_string("fixtures/saml/query.xml")?;
    /// let mut query = AuthzDecisionQuery::read_xml(text, ReadOptions::new().source("query.xml"))?;
    /// query.id = "17".to_owned();
    /// let error = query.to_xml().unwrap_err();
    /// assert!(error.to_string().starts_with("`ID` is `17`, expected an NCName"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Each field that no query can have: an `id` that is no NCName, a text with a character that
    /// XML does not allow, or XML that is not the element it is to be.
    pub fn to_xml(&self) -> Result<String, Error> {
        self.check()?;
        let mut writer = Writer::new();
        writer.element_of(self.schema.protocol(), NAME, |writer| {
            writer.attribute("ID", &self.id);
            writer.attribute("Version", "2.0");
            writer.attribute("IssueInstant", &self.issue_instant.to_string());
            writer.optional("Destination", self.destination.as_deref());
            writer.optional("Consent", self.consent.as_deref());
            writer.boolean("InputContextOnly", self.input_context_only);
            writer.boolean("ReturnContext", self.return_context);
            writer.boolean("CombinePolicies", self.combine_policies);
            if let Some(issuer) = &self.issuer {
                writer.element_of(SAML, "Issuer", |writer| writer.text(issuer));
            }
            if !self.extensions.is_empty() {
                writer.element_of(SAMLP, "Extensions", |writer| {
                    for extension in &self.extensions {
                        writer.raw(extension);
                    }
                });
            }
            writer.raw(&self.context);
            for policy in &self.policies {
                writer.raw(policy);
            }
            if !self.referenced_policies.is_empty() {
                writer.element_of(self.schema.assertion(), "ReferencedPolicies", |writer| {
                    for policy in &self.referenced_policies {
                        writer.raw(policy);
                    }
                });
            }
        });
        Ok(writer.finish())
    }

    fn check(&self) -> Result<(), Error> {
        let mut fields = Writable::default();
        fields.identifier("ID", &self.id);
        fields.uri("Destination", self.destination.as_deref());
        fields.uri("Consent", self.consent.as_deref());
        fields.issuer(self.issuer.as_deref());
        let (context, policy) = (Some(self.schema.context()), Some(self.schema.policy()));
        fields.element("Request", &self.context, context, &["Request"]);
        for (name, all) in [
            ("Policy", &self.policies),
            ("ReferencedPolicies", &self.referenced_policies),
        ] {
            for one in all {
                fields.element(name, one, policy, &["Policy", "PolicySet"]);
            }
        }
        for extension in &self.extensions {
            fields.element("Extensions", extension, None, &[]);
        }
        fields.finish()
    }

    /// The answer to this query with `response`, of `issue_instant`, and with the request if the
    /// query asks for that. The host sets identifiers and the issuer.
    pub fn answer(&self, response: &Response, issue_instant: DateTime) -> AuthzDecisionResponse {
        AuthzDecisionResponse {
            schema: self.schema,
            id: String::new(),
            in_response_to: Some(self.id.clone()),
            issue_instant,
            destination: None,
            issuer: None,
            is_signed: false,
            assertion_id: String::new(),
            not_before: None,
            not_on_or_after: None,
            response: match self.schema.xacml() {
                XacmlVersion::V2 => response.about(&self.request),
                XacmlVersion::V3 => response.clone(),
            },
            context: self.return_context.then(|| self.context.clone()),
        }
    }
}

fn of_root(root: &Element<'_>) -> Result<(Schema, &'static str), String> {
    let namespace = root.namespace.as_deref().unwrap_or("");
    let known = Schema::ALL
        .into_iter()
        .find(|schema| root.name == NAME && schema.protocol() == namespace);
    match known {
        Some(schema) => Ok((schema, schema.protocol())),
        None => Err(expected(NAME, root, &Schema::ALL.map(Schema::protocol))),
    }
}

fn query<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    schema: Schema,
    values: &mut Values,
) -> AuthzDecisionQuery {
    xml.attributes(
        element,
        &[
            "ID",
            "Version",
            "IssueInstant",
            "Destination",
            "Consent",
            "InputContextOnly",
            "ReturnContext",
            "CombinePolicies",
        ],
    );
    let (id, issue_instant) = id_and_instant(xml, element);
    let has = |name| xml::attribute(element, name).is_some();
    let combine_policies = match has("CombinePolicies") {
        true => xml.boolean(element, "CombinePolicies", false),
        false => true,
    };
    let mut query = AuthzDecisionQuery {
        schema,
        id,
        issue_instant,
        destination: xml::uri_attribute(element, "Destination").map(|to| to.into_owned()),
        consent: xml::uri_attribute(element, "Consent").map(|consent| consent.into_owned()),
        issuer: None,
        is_signed: false,
        extensions: Vec::new(),
        input_context_only: xml.boolean(element, "InputContextOnly", false),
        return_context: xml.boolean(element, "ReturnContext", false),
        combine_policies,
        request: Request::default(),
        context: String::new(),
        policies: Vec::new(),
        referenced_policies: Vec::new(),
    };
    let particles = [
        optional(0, "Issuer").of(SAML),
        optional(1, "Signature").of(SIGNATURE),
        optional(2, "Extensions").of(SAMLP),
        one(3, "Request").of(schema.context()),
        many(4, "Policy").of(schema.policy()),
        many(4, "PolicySet").of(schema.policy()),
        optional(5, "ReferencedPolicies").of(schema.assertion()),
        optional(6, "Extensions").of(schema.protocol()),
    ];
    xml.children(element, &particles, |xml, child| match child.name {
        "Issuer" => query.issuer = Some(issuer(xml, &child)),
        "Signature" => {
            query.is_signed = true;
            xml.skip(&child);
        }
        "Extensions" => xml.each_child(&child, |xml, child| {
            query.extensions.push(xml.raw(&child));
        }),
        "Request" => {
            query.request = xml.in_namespace(schema.context(), |xml| {
                request::read_element(xml, &child, values)
            });
        }
        "ReferencedPolicies" => {
            xml.attributes(&child, &[]);
            let particles = [
                many(0, "Policy").of(schema.policy()),
                many(0, "PolicySet").of(schema.policy()),
            ];
            xml.children(&child, &particles, |xml, child| {
                query.referenced_policies.push(xml.raw(&child));
            });
        }
        _ => query.policies.push(xml.raw(&child)),
    });
    query
}
