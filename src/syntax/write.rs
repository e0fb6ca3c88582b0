//! Policy trees → XML that reads back as an equal tree (§5.1 to §5.41).

mod of_2;

use super::*;
use crate::error::Diagnostic;
use crate::xml::{Comments, Writer};

impl Document {
    /// Prints the document: indented, in UTF-8, with the XACML namespace as the default one.
    ///
    /// [`Document::from_xml`] returns an equal tree, unless this one has parts that no document can
    /// have, such as an `AnyOf` without an `AllOf`, or a character that XML cannot hold: it is
    /// printed as a reference that every reader refuses. The document is one of XACML 3.0: comments
    /// in a policy of 2.0 mark where it can decide otherwise than the tree does, see [the
    /// module](super#xacml-20).
    pub fn to_xml(&self) -> String {
        self.to_xml_with(Comments::default())
    }

    /// Prints the document with the comments of the text that its places are in.
    pub(crate) fn to_xml_with(&self, comments: Comments) -> String {
        written(self.into(), comments).finish()
    }

    /// The first character of a tree that XML cannot hold, as a problem of its document: printed, a
    /// tree of the host with such a character could not be read. INVARIANT: the tree is no deeper
    /// than the compiler takes it.
    pub(crate) fn unreadable(&self) -> Option<Diagnostic> {
        let policy = AnyPolicy::from(self);
        let (character, element) = written(policy, Comments::default()).unreadable()?;
        let message = format!(
            "`{element}` has the character U+{:04X}, which is not allowed in XML",
            u32::from(character)
        );
        let path = format!("{} `{}`", policy.element(), crate::xml::cut(policy.id()));
        Some(Diagnostic::placeless(path, message))
    }
}

impl Policy {
    /// Prints the policy as a document of its own; see [`Document::to_xml`].
    pub fn to_xml(&self) -> String {
        written(AnyPolicy::Policy(self), Comments::default()).finish()
    }
}

impl PolicySet {
    /// Prints the policy set as a document of its own; see [`Document::to_xml`].
    pub fn to_xml(&self) -> String {
        written(AnyPolicy::Set(self), Comments::default()).finish()
    }
}

fn written(policy: AnyPolicy<'_>, comments: Comments) -> Writer<'static> {
    let mut writer = Writer::new().showing_all().with_comments(comments);
    of_2::document(&mut writer, policy.xacml());
    match policy {
        AnyPolicy::Policy(policy) => write_policy(&mut writer, policy),
        AnyPolicy::Set(set) => write_policy_set(&mut writer, set),
    }
    writer
}

fn write_policy_set(writer: &mut Writer, set: &PolicySet) {
    writer.comments_before(set.offset);
    writer.element("PolicySet", |writer| {
        writer.attribute("PolicySetId", &set.id);
        writer.attribute("Version", set.version.as_str());
        writer.attribute("PolicyCombiningAlgId", &set.combining_algorithm);
        writer.optional("MaxDelegationDepth", set.max_delegation_depth.as_deref());
        write_description(writer, set.description.as_deref());
        write_issuer(writer, set.issuer.as_deref());
        write_defaults(writer, "PolicySetDefaults", set.xpath_version.as_deref());
        of_2::policy_set(writer, set);
        write_target(writer, &set.target);
        for child in &set.children {
            match child {
                PolicySetChild::PolicySet(set) => write_policy_set(writer, set),
                PolicySetChild::Policy(policy) => write_policy(writer, policy),
                PolicySetChild::PolicySetReference(reference) => {
                    write_reference(writer, "PolicySetIdReference", reference);
                }
                PolicySetChild::PolicyReference(reference) => {
                    write_reference(writer, "PolicyIdReference", reference);
                }
                PolicySetChild::Parameters(parameters) => {
                    write_parameters(writer, "CombinerParameters", None, parameters);
                }
                PolicySetChild::PolicyParameters(id, parameters) => {
                    let of = Some(("PolicyIdRef", id.as_str()));
                    write_parameters(writer, "PolicyCombinerParameters", of, parameters);
                }
                PolicySetChild::PolicySetParameters(id, parameters) => {
                    let of = Some(("PolicySetIdRef", id.as_str()));
                    write_parameters(writer, "PolicySetCombinerParameters", of, parameters);
                }
            }
        }
        write_obligations(writer, &set.obligations);
        write_advice(writer, &set.advice);
        writer.comments_within(set.offset);
    });
}

fn write_policy(writer: &mut Writer, policy: &Policy) {
    writer.comments_before(policy.offset);
    writer.element("Policy", |writer| {
        writer.attribute("PolicyId", &policy.id);
        writer.attribute("Version", policy.version.as_str());
        writer.attribute("RuleCombiningAlgId", &policy.combining_algorithm);
        writer.optional("MaxDelegationDepth", policy.max_delegation_depth.as_deref());
        write_description(writer, policy.description.as_deref());
        write_issuer(writer, policy.issuer.as_deref());
        write_defaults(writer, "PolicyDefaults", policy.xpath_version.as_deref());
        of_2::policy(writer, policy);
        write_target(writer, &policy.target);
        for child in &policy.children {
            match child {
                PolicyChild::Rule(rule) => write_rule(writer, rule, policy.xacml),
                PolicyChild::Variable(variable) => {
                    writer.comments_before(variable.offset);
                    writer.element("VariableDefinition", |writer| {
                        writer.attribute("VariableId", &variable.id);
                        write_expression(writer, &variable.expression);
                    });
                }
                PolicyChild::Parameters(parameters) => {
                    write_parameters(writer, "CombinerParameters", None, parameters);
                }
                PolicyChild::RuleParameters(id, parameters) => {
                    let of = Some(("RuleIdRef", id.as_str()));
                    write_parameters(writer, "RuleCombinerParameters", of, parameters);
                }
            }
        }
        write_obligations(writer, &policy.obligations);
        write_advice(writer, &policy.advice);
        writer.comments_within(policy.offset);
    });
}

fn write_rule(writer: &mut Writer, rule: &Rule, xacml: XacmlVersion) {
    writer.comments_before(rule.offset);
    writer.element("Rule", |writer| {
        writer.attribute("RuleId", &rule.id);
        writer.attribute("Effect", rule.effect.as_str());
        write_description(writer, rule.description.as_deref());
        if let Some(target) = &rule.target {
            of_2::sections(writer, target, xacml);
            write_target(writer, target);
        }
        if let Some(condition) = &rule.condition {
            writer.comments_before(condition.offset());
            writer.element("Condition", |writer| write_expression(writer, condition));
        }
        write_obligations(writer, &rule.obligations);
        write_advice(writer, &rule.advice);
        writer.comments_within(rule.offset);
    });
}

fn write_description(writer: &mut Writer, description: Option<&str>) {
    if let Some(description) = description {
        writer.text_element("Description", description);
    }
}

fn write_defaults(writer: &mut Writer, name: &'static str, xpath_version: Option<&str>) {
    if let Some(version) = xpath_version {
        writer.element(name, |writer| writer.text_element("XPathVersion", version));
    }
}

fn write_reference(writer: &mut Writer, name: &'static str, reference: &Reference) {
    let pattern = |pattern: &Option<VersionPattern>| pattern.as_ref().map(ToString::to_string);
    writer.comments_before(reference.offset);
    writer.element(name, |writer| {
        writer.optional("Version", pattern(&reference.version).as_deref());
        writer.optional("EarliestVersion", pattern(&reference.earliest).as_deref());
        writer.optional("LatestVersion", pattern(&reference.latest).as_deref());
        writer.text(&reference.id);
    });
}

fn write_parameters(
    writer: &mut Writer,
    name: &'static str,
    of: Option<(&str, &str)>,
    parameters: &CombinerParameters,
) {
    writer.element(name, |writer| {
        if let Some((attribute, id)) = of {
            writer.attribute(attribute, id);
        }
        for (name, value) in &parameters.parameters {
            writer.element("CombinerParameter", |writer| {
                writer.attribute("ParameterName", name);
                write_value(writer, value);
            });
        }
    });
}

fn write_issuer(writer: &mut Writer, issuer: Option<&PolicyIssuer>) {
    let Some(issuer) = issuer else { return };
    writer.element("PolicyIssuer", |writer| {
        write_attributes(writer, issuer.content.as_deref(), &issuer.attributes);
    });
}

/// Writes the children that an issuer and an entity have in common: `Content`, then `Attribute`.
fn write_attributes(writer: &mut Writer, content: Option<&str>, attributes: &[IssuerAttribute]) {
    if let Some(content) = content {
        writer.element("Content", |writer| writer.raw(content));
    }
    for attribute in attributes {
        writer.element("Attribute", |writer| {
            writer.attribute("AttributeId", &attribute.id);
            writer.optional("Issuer", attribute.issuer.as_deref());
            writer.boolean("IncludeInResult", attribute.include_in_result);
            for value in &attribute.values {
                write_value(writer, value);
            }
        });
    }
}

fn write_target(writer: &mut Writer, target: &Target) {
    writer.comments_before(target.offset);
    writer.element("Target", |writer| {
        for any_of in &target.any_of {
            writer.comments_before(any_of.offset);
            writer.element("AnyOf", |writer| {
                for all_of in &any_of.all_of {
                    write_all_of(writer, all_of);
                }
            });
        }
    });
}

fn write_all_of(writer: &mut Writer, all_of: &AllOf) {
    writer.comments_before(all_of.offset);
    writer.element("AllOf", |writer| {
        for matched in &all_of.matches {
            writer.comments_before(matched.offset);
            writer.element("Match", |writer| {
                writer.attribute("MatchId", &matched.function);
                write_value(writer, &matched.value);
                match &matched.attribute {
                    AttributeReference::Designator(designator) => {
                        write_designator(writer, designator);
                    }
                    AttributeReference::Selector(selector) => write_selector(writer, selector),
                }
            });
        }
    });
}

fn write_expression(writer: &mut Writer, expression: &Expression) {
    writer.comments_before(expression.offset());
    match expression {
        Expression::Apply(apply) => writer.element("Apply", |writer| {
            writer.attribute("FunctionId", &apply.function);
            write_description(writer, apply.description.as_deref());
            for argument in &apply.arguments {
                write_expression(writer, argument);
            }
        }),
        Expression::Designator(designator) => write_designator(writer, designator),
        Expression::Selector(selector) => write_selector(writer, selector),
        Expression::Value(value) => write_value(writer, value),
        Expression::Function(function) => writer.element("Function", |writer| {
            writer.attribute("FunctionId", &function.id);
        }),
        Expression::Variable(variable) => writer.element("VariableReference", |writer| {
            writer.attribute("VariableId", &variable.id);
        }),
        Expression::Quantified(quantified) => {
            writer.element(quantified.quantifier.as_str(), |writer| {
                writer.attribute("VariableId", &quantified.variable);
                write_expression(writer, &quantified.domain);
                write_expression(writer, &quantified.iterant);
            });
        }
    }
}

fn write_designator(writer: &mut Writer, designator: &AttributeDesignator) {
    writer.element("AttributeDesignator", |writer| {
        writer.attribute("Category", &designator.category);
        writer.attribute("AttributeId", &designator.id);
        writer.attribute("DataType", &designator.data_type);
        writer.optional("Issuer", designator.issuer.as_deref());
        writer.boolean("MustBePresent", designator.must_be_present);
    });
}

fn write_selector(writer: &mut Writer, selector: &AttributeSelector) {
    writer.element("AttributeSelector", |writer| {
        writer.attribute("Category", &selector.category);
        writer.optional("ContextSelectorId", selector.context_selector.as_deref());
        writer.attribute("Path", &selector.path);
        writer.attribute("DataType", &selector.data_type);
        writer.boolean("MustBePresent", selector.must_be_present);
        writer.namespaces(&selector.namespaces);
    });
}

fn write_value(writer: &mut Writer, value: &AttributeValue) {
    writer.element("AttributeValue", |writer| {
        writer.attribute("DataType", &value.data_type);
        writer.optional("XPathCategory", value.xpath_category.as_deref());
        writer.namespaces(&value.namespaces);
        for (i, other) in value.other_attributes.iter().enumerate() {
            write_other(writer, other, &value.namespaces, i);
        }
        match (&value.element, &value.entity) {
            (Some(element), _) => writer.raw(element),
            (None, Some(entity)) => {
                write_attributes(writer, entity.content.as_deref(), &entity.attributes);
            }
            (None, None) => writer.text(&value.text),
        }
    });
}

/// A name in a namespace takes a prefix: one that is in scope, or one made for it.
fn write_other(
    writer: &mut Writer,
    other: &OtherAttribute,
    scope: &[(Arc<str>, Arc<str>)],
    index: usize,
) {
    let name = &other.name;
    let Some(namespace) = other.namespace.as_deref() else {
        return writer.attribute(name, &other.value);
    };
    if namespace == "http://www.w3.org/XML/1998/namespace" {
        return writer.attribute(&format!("xml:{name}"), &other.value);
    }
    let declared = scope.iter().find(|(_, uri)| &**uri == namespace);
    match declared {
        Some((prefix, _)) => writer.attribute(&format!("{prefix}:{name}"), &other.value),
        None => {
            writer.attribute(&format!("xmlns:other{index}"), namespace);
            writer.attribute(&format!("other{index}:{name}"), &other.value);
        }
    }
}

/// `ObligationExpressions` must not be empty (§5.37).
fn write_obligations(writer: &mut Writer, obligations: &[ObligationExpression]) {
    let Some(first) = obligations.first() else {
        return;
    };
    writer.comments_before(first.offset);
    writer.element("ObligationExpressions", |writer| {
        for obligation in obligations {
            writer.comments_before(obligation.offset);
            writer.element("ObligationExpression", |writer| {
                writer.attribute("ObligationId", &obligation.id);
                writer.attribute("FulfillOn", obligation.fulfill_on.as_str());
                write_assignments(writer, &obligation.assignments);
            });
        }
    });
}

/// `AdviceExpressions` must not be empty (§5.38).
fn write_advice(writer: &mut Writer, advice: &[AdviceExpression]) {
    let Some(first) = advice.first() else {
        return;
    };
    writer.comments_before(first.offset);
    writer.element("AdviceExpressions", |writer| {
        for advice in advice {
            writer.comments_before(advice.offset);
            writer.element("AdviceExpression", |writer| {
                writer.attribute("AdviceId", &advice.id);
                writer.attribute("AppliesTo", advice.applies_to.as_str());
                write_assignments(writer, &advice.assignments);
            });
        }
    });
}

fn write_assignments(writer: &mut Writer, assignments: &[AttributeAssignmentExpression]) {
    for assignment in assignments {
        writer.comments_before(assignment.offset);
        writer.element("AttributeAssignmentExpression", |writer| {
            writer.attribute("AttributeId", &assignment.id);
            writer.optional("Category", assignment.category.as_deref());
            writer.optional("Issuer", assignment.issuer.as_deref());
            write_expression(writer, &assignment.expression);
        });
    }
}

#[cfg(test)]
mod tests;
