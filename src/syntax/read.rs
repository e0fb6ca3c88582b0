//! XML → policy trees (§5.1 to §5.41), with every problem of the document.

mod expression;
mod v2;

use std::borrow::Cow;
use std::sync::Arc;

use super::*;
use crate::error::{Diagnostic, Error, Source};
use crate::limits::Limits;
use crate::read_options::ReadOptions;
use crate::xml::{self, Element, POLICY_1, POLICY_2, Particle, many, one, optional};
use expression::{advice_expressions, condition, obligation_expressions, target, variable};

type Xml<'a> = xml::Document<'a>;

impl Document {
    /// Reads a policy document in UTF-8 or UTF-16 with the default [options](ReadOptions).
    ///
    /// A document of XACML 2.0 is translated, see [the module](super#xacml-20).
    ///
    /// ```
    /// use vedtak::syntax::Document;
    /// let text = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p"
    ///     Version="1.0" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
    ///   <Target/><Rule RuleId="r" Effect="Permit"/></Policy>"#;
    /// let document = Document::from_xml(text)?;
    /// let Document::Policy(policy) = &document else { panic!("is a policy") };
    /// assert_eq!(policy.id, "p");
    /// assert_eq!(Document::from_xml(document.to_xml())?, document);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no policy document of XACML 3.0 or 2.0 within the default limits. The error
    /// holds every problem that reading finds; others are found when the policy is compiled.
    pub fn from_xml(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::read_xml(bytes, ReadOptions::new())
    }

    /// Reads a policy document with [options](ReadOptions).
    ///
    /// # Errors
    ///
    /// Those of [`from_xml`](Self::from_xml), and a document beyond a limit.
    pub fn read_xml(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let (document, _) = Self::read_with_text(bytes.as_ref(), options)?;
        Ok(document)
    }

    /// Reads a policy document, and returns its text beside it, for a host that reports more
    /// problems: every [`Offset`] of the document is a place in that text.
    ///
    /// ```
    /// use vedtak::ReadOptions;
    /// use vedtak::report::Source;
    /// use vedtak::syntax::Document;
    /// # let bytes = &std::fs::read("fixtures/altinn/resource-policy.xml")?;
    /// let (document, text) = Document::read_with_text(bytes, ReadOptions::new())?;
    /// let Document::Policy(policy) = &document else { panic!("is a policy") };
    /// let source = Source { name: "p.xml".into(), text: &text };
    /// let problem = source.diagnostic(policy.offset, "", "the name is not one of ours");
    /// assert_eq!(problem.source(), Some("p.xml"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read_xml`](Self::read_xml).
    pub fn read_with_text<'a>(
        bytes: &'a [u8],
        options: ReadOptions<'_>,
    ) -> Result<(Self, Cow<'a, str>), Error> {
        let source = options.source_or("policy");
        let text = xml::text(source, bytes, options.limits)?;
        let document = Self::read_text(&source.into(), &text, options.limits)?;
        Ok((document, text))
    }

    /// Reads a policy document of XACML 1.0, 1.1, 2.0 or 3.0, to be [written](Self::to_xml) as one
    /// of 3.0.
    ///
    /// [The module](super#xacml-1x) lists the differences of 1.x. A PDP does not load documents of
    /// 1.x: their author migrates one, reviews the result and keeps that.
    ///
    /// ```
    /// use vedtak::{ReadOptions, syntax::Document};
    /// let text = r#"<Policy xmlns="urn:oasis:names:tc:xacml:1.0:policy" PolicyId="p"
    ///     RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
    ///   <Target>
    ///     <Subjects><AnySubject/></Subjects><Resources><AnyResource/></Resources>
    ///     <Actions><AnyAction/></Actions>
    ///   </Target>
    ///   <Rule RuleId="r" Effect="Permit"/></Policy>"#;
    /// assert!(Document::from_xml(text).is_err());
    /// let migrated = Document::migrate(text, ReadOptions::new())?.to_xml();
    /// assert!(migrated.contains("<Target/>"));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// [`syntax::migrate`](super::migrate) keeps the comments of the text as well.
    ///
    /// # Errors
    ///
    /// Every problem found in one pass, parts without a counterpart in 3.0 included.
    pub fn migrate(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let (document, _) = Self::migrate_with_text(bytes.as_ref(), options)?;
        Ok(document)
    }

    /// Reads a document as [`migrate`](Self::migrate) does, and returns its text beside it.
    pub(super) fn migrate_with_text<'a>(
        bytes: &'a [u8],
        options: ReadOptions<'_>,
    ) -> Result<(Self, Cow<'a, str>), Error> {
        let (source, limits) = (options.source_or("policy"), options.limits);
        let text = xml::text(source, bytes, limits)?;
        let older = &[POLICY_2, POLICY_1];
        let document = xml::whole(Self::read_versions(&source.into(), &text, limits, older))?;
        Ok((document, text))
    }

    /// Reads a decoded policy document.
    pub(crate) fn read_text(source: &Arc<str>, text: &str, limits: &Limits) -> Result<Self, Error> {
        xml::whole(Self::read_text_with_problems(source, text, limits))
    }

    /// Reads a decoded policy document, and returns its problems beside the tree. There is no tree
    /// if some part of the document was not read.
    pub(crate) fn read_text_with_problems(
        source: &Arc<str>,
        text: &str,
        limits: &Limits,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        Self::read_versions(source, text, limits, &[POLICY_2])
    }

    fn read_versions(
        source: &Arc<str>,
        text: &str,
        limits: &Limits,
        older: &[&'static str],
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let document = Xml::new(source, text, limits);
        document.read_with_problems(&["Policy", "PolicySet"], older, |xml, root| {
            match root.name {
                "Policy" => Self::Policy(policy(xml, root)),
                _ => Self::PolicySet(policy_set(xml, root)),
            }
        })
    }
}

const POLICY_SET_ATTRIBUTES: &[&str] = &[
    "PolicySetId",
    "Version",
    "PolicyCombiningAlgId",
    "MaxDelegationDepth",
];
const POLICY_SET: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "PolicyIssuer"),
    optional(2, "PolicySetDefaults"),
    one(3, "Target"),
    many(4, "PolicySet"),
    many(4, "Policy"),
    many(4, "PolicySetIdReference"),
    many(4, "PolicyIdReference"),
    many(4, "CombinerParameters"),
    many(4, "PolicyCombinerParameters"),
    many(4, "PolicySetCombinerParameters"),
    optional(5, "ObligationExpressions"),
    optional(6, "AdviceExpressions"),
];

fn policy_set<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> PolicySet {
    xml.within(element, "PolicySetId", |xml| {
        let (attributes, particles) = match xml.is_version_2() {
            true => v2::policy_set_schema(xml),
            false => (POLICY_SET_ATTRIBUTES, POLICY_SET),
        };
        xml.attributes(element, attributes);
        let mut set = PolicySet {
            xacml: xacml(xml),
            id: xml.uri(element, "PolicySetId").into_owned(),
            version: version(xml, element),
            combining_algorithm: xml.uri(element, "PolicyCombiningAlgId").into_owned(),
            max_delegation_depth: max_delegation_depth(xml, element),
            offset: element.offset,
            ..PolicySet::default()
        };
        xml.children(element, particles, |xml, child| {
            // Apart from the rest: this is where reading recurses, and a stack is only so large.
            if child.name == "PolicySet" {
                push(&mut set.children, nested_set(xml, &child));
            } else if xml.is_version_2() {
                v2::policy_set_child(xml, &child, &mut set);
            } else {
                policy_set_child(xml, &child, &mut set);
            }
        });
        set
    })
}

fn nested_set<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> PolicySetChild {
    PolicySetChild::PolicySet(policy_set(xml, element))
}

fn policy_set_child<'a>(xml: &mut Xml<'a>, child: &Element<'a>, set: &mut PolicySet) {
    let mut add = |child| push(&mut set.children, child);
    match child.name {
        "Description" => set.description = Some(plain_text(xml, child)),
        "PolicyIssuer" => set.issuer = Some(Box::new(policy_issuer(xml, child))),
        "PolicySetDefaults" => set.xpath_version = Some(defaults(xml, child)),
        "Target" => set.target = target(xml, child),
        "Policy" => add(PolicySetChild::Policy(policy(xml, child))),
        "PolicySetIdReference" => add(PolicySetChild::PolicySetReference(reference(xml, child))),
        "PolicyIdReference" => add(PolicySetChild::PolicyReference(reference(xml, child))),
        "CombinerParameters" => {
            add(PolicySetChild::Parameters(
                combiner_parameters(xml, child, None).1,
            ));
        }
        "PolicyCombinerParameters" => {
            let (id, parameters) = combiner_parameters(xml, child, Some("PolicyIdRef"));
            add(PolicySetChild::PolicyParameters(id, parameters));
        }
        "PolicySetCombinerParameters" => {
            let (id, parameters) = combiner_parameters(xml, child, Some("PolicySetIdRef"));
            add(PolicySetChild::PolicySetParameters(id, parameters));
        }
        "ObligationExpressions" => set.obligations = obligation_expressions(xml, child),
        _ => set.advice = advice_expressions(xml, child),
    }
}

const POLICY_ATTRIBUTES: &[&str] = &[
    "PolicyId",
    "Version",
    "RuleCombiningAlgId",
    "MaxDelegationDepth",
];
const POLICY: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "PolicyIssuer"),
    optional(2, "PolicyDefaults"),
    one(3, "Target"),
    many(4, "Rule"),
    many(4, "VariableDefinition"),
    many(4, "CombinerParameters"),
    many(4, "RuleCombinerParameters"),
    optional(5, "ObligationExpressions"),
    optional(6, "AdviceExpressions"),
];

fn policy<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Policy {
    xml.within(element, "PolicyId", |xml| {
        let (attributes, particles) = match xml.is_version_2() {
            true => v2::policy_schema(xml),
            false => (POLICY_ATTRIBUTES, POLICY),
        };
        xml.attributes(element, attributes);
        let mut policy = Policy {
            xacml: xacml(xml),
            id: xml.uri(element, "PolicyId").into_owned(),
            version: version(xml, element),
            combining_algorithm: xml.uri(element, "RuleCombiningAlgId").into_owned(),
            max_delegation_depth: max_delegation_depth(xml, element),
            offset: element.offset,
            ..Policy::default()
        };
        xml.children(element, particles, |xml, child| match xml.is_version_2() {
            true => v2::policy_child(xml, &child, &mut policy),
            false => policy_child(xml, &child, &mut policy),
        });
        policy
    })
}

fn policy_child<'a>(xml: &mut Xml<'a>, child: &Element<'a>, policy: &mut Policy) {
    let mut add = |child| push(&mut policy.children, child);
    match child.name {
        "Description" => policy.description = Some(plain_text(xml, child)),
        "PolicyIssuer" => policy.issuer = Some(Box::new(policy_issuer(xml, child))),
        "PolicyDefaults" => policy.xpath_version = Some(defaults(xml, child)),
        "Target" => policy.target = target(xml, child),
        "Rule" => {
            if let Some(rule) = rule(xml, child) {
                add(PolicyChild::Rule(rule));
            }
        }
        "VariableDefinition" => {
            if let Some(variable) = variable(xml, child) {
                add(PolicyChild::Variable(variable));
            }
        }
        "CombinerParameters" => {
            let (_, parameters) = combiner_parameters(xml, child, None);
            add(PolicyChild::Parameters(parameters));
        }
        "RuleCombinerParameters" => {
            let (id, parameters) = combiner_parameters(xml, child, Some("RuleIdRef"));
            add(PolicyChild::RuleParameters(id, parameters));
        }
        "ObligationExpressions" => policy.obligations = obligation_expressions(xml, child),
        _ => policy.advice = advice_expressions(xml, child),
    }
}

const RULE: &[Particle] = &[
    optional(0, "Description"),
    optional(1, "Target"),
    optional(2, "Condition"),
    optional(3, "ObligationExpressions"),
    optional(4, "AdviceExpressions"),
];

fn rule<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Rule> {
    rule_with(xml, element, RULE, |xml, child, rule| match child.name {
        "Description" => rule.description = Some(plain_text(xml, child)),
        "Target" => rule.target = Some(target(xml, child)),
        "Condition" => rule.condition = condition(xml, child).map(Box::new),
        "ObligationExpressions" => rule.obligations = obligation_expressions(xml, child),
        _ => rule.advice = advice_expressions(xml, child),
    })
}

/// Reads a `Rule` whose children are `particles`; `read` adds each to the rule.
fn rule_with<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    particles: &[Particle],
    read: impl Fn(&mut Xml<'a>, &Element<'a>, &mut Rule),
) -> Option<Rule> {
    xml.within(element, "RuleId", |xml| {
        xml.attributes(element, &["RuleId", "Effect"]);
        let id = xml.required(element, "RuleId").into_owned();
        let effect = effect(xml, element, "Effect");
        let mut rule = Rule {
            id,
            effect: effect.unwrap_or(Effect::Deny),
            offset: element.offset,
            ..Rule::default()
        };
        xml.children(element, particles, |xml, child| {
            read(xml, &child, &mut rule);
        });
        // INVARIANT: a rule without a legible effect never becomes part of a tree.
        effect.map(|_| rule)
    })
}

pub(super) fn effect<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    attribute: &str,
) -> Option<Effect> {
    xml.parsed(element, attribute, true, |text| match text {
        "Permit" => Ok(Effect::Permit),
        "Deny" => Ok(Effect::Deny),
        _ => Err("`Permit` or `Deny`".to_owned()),
    })
}

fn xacml(xml: &Xml<'_>) -> XacmlVersion {
    match xml.is_version_2() {
        true => XacmlVersion::V2,
        false => XacmlVersion::V3,
    }
}

/// `Version`, which 2.0 may leave out (2.0 §5.1, §5.22).
fn version<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Version {
    let is_version_2 = xml.is_version_2();
    let version = xml.parsed(element, "Version", !is_version_2, str::parse);
    let absent = if is_version_2 { "1.0" } else { "0" };
    version.unwrap_or_else(|| absent.parse().expect("is a version"))
}

fn max_delegation_depth<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<String> {
    if xml.is_version_2() {
        return None;
    }
    xml.parsed(element, "MaxDelegationDepth", false, |text| {
        let digits = xml::trim(text).trim_start_matches(['+', '-']);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(xml::trim(text).to_owned())
        } else {
            Err("an integer".to_owned())
        }
    })
}

fn plain_text<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> String {
    xml.attributes(element, &[]);
    xml.text(element).into_owned()
}

fn defaults<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> String {
    defaults_of(xml, element, one(0, "XPathVersion")).unwrap_or_default()
}

fn defaults_of<'a>(xml: &mut Xml<'a>, element: &Element<'a>, particle: Particle) -> Option<String> {
    xml.attributes(element, &[]);
    let mut version = None;
    xml.children(element, &[particle], |xml, child| {
        version = Some(xml::trim(&plain_text(xml, &child)).to_owned());
    });
    version
}

fn reference<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Reference {
    xml.attributes(
        element,
        match xml.is_version_1() {
            true => &[],
            false => &["Version", "EarliestVersion", "LatestVersion"],
        },
    );
    let version = xml.parsed(element, "Version", false, str::parse);
    let earliest = xml.parsed(element, "EarliestVersion", false, str::parse);
    let latest = xml.parsed(element, "LatestVersion", false, str::parse);
    let id = xml::trim(&xml.text(element)).to_owned();
    if id.is_empty() {
        xml.problem(
            element.offset,
            format!("`{}` names no policy", element.name),
        );
    }
    Reference {
        id,
        version,
        earliest,
        latest,
        offset: element.offset,
    }
}

fn combiner_parameters<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    id: Option<&'static str>,
) -> (String, CombinerParameters) {
    xml.attributes(element, id.as_slice());
    let id = match id {
        // A RuleId is any string; the other ids are of type anyURI.
        Some("RuleIdRef") => xml.required(element, "RuleIdRef").into_owned(),
        Some(id) => xml.uri(element, id).into_owned(),
        None => String::new(),
    };
    let mut parameters = CombinerParameters {
        parameters: Vec::new(),
        offset: element.offset,
    };
    xml.children(element, &[many(0, "CombinerParameter")], |xml, child| {
        xml.attributes(&child, &["ParameterName"]);
        let name = xml.required(&child, "ParameterName").into_owned();
        let mut value = None;
        xml.children(&child, &[one(0, "AttributeValue")], |xml, child| {
            value = Some(expression::attribute_value(xml, &child));
        });
        if let Some(value) = value {
            push(&mut parameters.parameters, (name, value));
        }
    });
    (id, parameters)
}

fn policy_issuer<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> PolicyIssuer {
    xml.attributes(element, &[]);
    let (content, attributes) = content_and_attributes(xml, element, many(0, "AttributeValue"));
    PolicyIssuer {
        content,
        attributes,
        offset: element.offset,
    }
}

/// Reads the children that an issuer and an entity have in common: `Content`, then `Attribute`.
fn content_and_attributes<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    values: Particle,
) -> (Option<String>, Vec<IssuerAttribute>) {
    let (mut content, mut attributes) = (None, Vec::new());
    let particles = [optional(0, "Content"), many(1, "Attribute")];
    xml.children(element, &particles, |xml, child| {
        if child.name == "Content" {
            xml.attributes(&child, &[]);
            content = Some(xml.any_child(&child));
            return;
        }
        xml.attributes(&child, &["AttributeId", "Issuer", "IncludeInResult"]);
        let mut attribute = IssuerAttribute {
            id: xml.uri(&child, "AttributeId").into_owned(),
            issuer: xml::attribute(&child, "Issuer").map(|issuer| issuer.into_owned()),
            include_in_result: xml.boolean(&child, "IncludeInResult", true),
            values: Vec::new(),
        };
        xml.children(&child, &[values], |xml, child| {
            let value = expression::attribute_value(xml, &child);
            push(&mut attribute.values, value);
        });
        push(&mut attributes, attribute);
    });
    (content, attributes)
}

/// Adds to a list. Most have one member, and none has room for more than it needs then; longer ones
/// grow by half, so that a document of a million small parts takes memory for these, and not for
/// another million.
fn push<T>(list: &mut Vec<T>, member: T) {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 2).max(1));
    }
    list.push(member);
}

/// The name and the text that a document was read from. Those of one file share them.
pub(crate) type NamedText = (Arc<str>, Arc<String>);

/// The document a tree came from, for problems found after reading.
impl Document {
    pub(crate) fn source<'a>(name: &Arc<str>, text: &'a str) -> Source<'a> {
        Source {
            name: name.clone(),
            text,
        }
    }
}
