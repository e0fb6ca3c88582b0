//! Policies as trees, one type per schema element (§5): made in code, or read from XML, and printed as
//! XML. Begin with [`Document`], [`Policy`] or [`PolicySet`].
//!
//! These trees are public and plain: build one by hand, read one with [`Document::from_xml`], print
//! one with [`Document::to_xml`]. Compiling checks whether a policy is valid; reading does not. Two
//! trees are equal if they differ in offsets alone. [`format`](fn@format) prints a document as an author
//! has it, with its comments, in one canonical form.
//!
//! # Policies in code
//!
//! Trees begin with `new`, [`Rule::permit`] or [`Rule::deny`], and methods add to them. Identifiers
//! are constants: of [functions](crate::function::id), of combining algorithms for
//! [rules](crate::combining::rule) and [policies](crate::combining::policy), of
//! [categories](crate::attribute::category) and [attributes](crate::attribute::id);
//! [`DataType::uri`] is one of each data type.
//!
//! ```
//! use vedtak::attribute::{category, id};
//! use vedtak::combining::rule;
//! use vedtak::function::id as function;
//! use vedtak::syntax::{Apply, AttributeDesignator, Effect, Expression, Match, ObligationExpression};
//! use vedtak::syntax::{Document, Policy, Rule, Target};
//! use vedtak::value::DataType;
//! use vedtak::{Decision, Pdp, Request};
//!
//! let role = AttributeDesignator::new(category::ACCESS_SUBJECT, "role", DataType::String);
//! let action = AttributeDesignator::new(category::ACTION, id::ACTION_ID, DataType::String);
//! let is_manager = Match::new(function::STRING_EQUAL, "manager", role.clone());
//! let reads = Match::new(function::STRING_EQUAL, "read", action.clone());
//! let writes = Match::new(function::STRING_EQUAL, "write", action);
//! let has_one_role = Apply::new(function::INTEGER_EQUAL)
//!     .argument(Apply::new(function::STRING_BAG_SIZE).argument(role))
//!     .argument(Expression::value(1));
//! let policy = Policy::new("letters", rule::DENY_UNLESS_PERMIT).rule(
//!     Rule::permit("managers")
//!         .target(Target::new().any_of([is_manager]).any_of([reads, writes]))
//!         .condition(has_one_role)
//!         .obligation(ObligationExpression::new("log", Effect::Permit)),
//! );
//! let document = Document::from(policy);
//! assert_eq!(Document::from_xml(document.to_xml())?, document);
//!
//! let pdp = Pdp::builder().document(document).build()?;
//! let request = Request::builder().subject("role", "manager").action("write").build();
//! assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
//! # Ok::<(), vedtak::Error>(())
//! ```
//!
//! `Default` fills in the rest of a struct literal. A tree that lacks a required part is refused
//! when it is compiled, and the default effect of a [`Rule`] is Deny. An obligation and advice have
//! no default: one for the wrong effect would be dropped in silence.
//!
//! # XACML 2.0
//!
//! A document in the namespace `urn:oasis:names:tc:xacml:2.0:policy:schema:os` is read into the
//! same trees; writing such a tree migrates the document. The namespaces of the versions have no
//! name in common, so the meaning of a document of 3.0 is not affected, and one document cannot be
//! of both. The parts of 2.0 that differ are read as follows:
//!
//! | XACML 2.0 | XACML 3.0 |
//! |---|---|
//! | `Subjects`, `Resources`, `Actions`, `Environments` | an `AnyOf` each; none where there is none |
//! | `Subject`, `Resource`, `Action`, `Environment` of a target | `AllOf` |
//! | `SubjectMatch`, `ResourceMatch`, `ActionMatch`, `EnvironmentMatch` | `Match` |
//! | `SubjectAttributeDesignator` | `AttributeDesignator` whose `Category` is the `SubjectCategory`, or `access-subject` |
//! | the designators of resources, actions and the environment | `AttributeDesignator` of the category of that name (B.2) |
//! | `MustBePresent` left out | `MustBePresent="false"` |
//! | `Version` left out | `Version="1.0"` |
//! | `AttributeSelector` and the functions `xpath-node-…` | paths within `Content` of the resource, if they lead there by name and from there downwards; the first path of `xpath-node-match` may be `/` or `.`, which enclose all of it |
//! | `Obligation` and `AttributeAssignment` | `ObligationExpression` with literals |
//! | the durations of the XQuery draft, and the functions of them | those of XML Schema, and of 3.0 (10.2.9) |
//! | the data types `urn:oasis:names:tc:xacml:2.0:data-type:dayTimeDuration` and `…yearMonthDuration` | those of XML Schema, too |
//! | combining algorithms, other functions | the same, by the same identifiers |
//!
//! A part without a counterpart is a problem like any other, at its place: paths to other parts of
//! the request, attributes inside assignments.
//!
//! A policy of 2.0 is evaluated by the rules of 2.0: the tree keeps the version in
//! [`Policy::xacml`] and [`PolicySet::xacml`], and [the chapter on
//! conformance](crate::manual::conformance#xacml-20) lists the differences. [`Document::to_xml`]
//! prints a document of 3.0, which is evaluated by the rules of 3.0. Comments in it mark the places
//! where the decision may then differ.
//!
//! ```
//! use vedtak::syntax::Document;
//! let text = r#"<Policy xmlns="urn:oasis:names:tc:xacml:2.0:policy:schema:os" PolicyId="p"
//!     RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
//!   <Target><Actions><Action>
//!     <ActionMatch MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
//!       <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">read</AttributeValue>
//!       <ActionAttributeDesignator AttributeId="urn:oasis:names:tc:xacml:1.0:action:action-id"
//!         DataType="http://www.w3.org/2001/XMLSchema#string"/>
//!     </ActionMatch>
//!   </Action></Actions></Target>
//!   <Rule RuleId="r" Effect="Permit"/></Policy>"#;
//! let migrated = Document::from_xml(text)?.to_xml();
//! assert!(migrated.contains("<AnyOf>") && !migrated.contains("<Actions>"));
//! # Ok::<(), vedtak::Error>(())
//! ```

//!
//! # XACML 1.x
//!
//! [`Document::migrate`] reads documents in the namespace `urn:oasis:names:tc:xacml:1.0:policy` as
//! well, which 1.0 and 1.1 share, into the same trees and under the rules of 2.0. The parts of 1.x
//! that differ from 2.0:
//!
//! | XACML 1.x | XACML 3.0 |
//! |---|---|
//! | `AnySubject`, `AnyResource`, `AnyAction` | no `AnyOf` |
//! | `Condition` with a `FunctionId` | `Condition` with an `Apply` |
//! | `PolicyDefaults` without `XPathVersion` | none |
//! | the function `regexp-string-match` | `string-regexp-match` |
//! | paths through requests of the namespace `urn:oasis:names:tc:xacml:1.0:context` | as those of 2.0 |
//! | the function `present` | none: a problem at its place |
//!
//! Additions of 2.0 are refused in 1.x: versions, `Environments`, variables and parameters.

#[cfg(feature = "alfa")]
pub mod alfa;
mod build;
mod comments;
mod expression;
mod format;
mod read;
#[cfg_attr(
    not(feature = "alfa"),
    expect(dead_code, reason = "only files in ALFA are read together")
)]
mod unread;
mod version;
mod walk;
mod write;

use std::sync::Arc;

use crate::value::DataType;

pub use comments::migrate;
pub use expression::{
    Apply, AttributeDesignator, AttributeSelector, AttributeValue, Entity, Expression,
    FunctionName, OtherAttribute, Quantified, Quantifier, VariableReference,
};
pub use format::format;
pub(crate) use read::NamedText;
pub(crate) use unread::Unread;
pub use version::{Version, VersionPattern};
pub(crate) use walk::AnyPolicy;
pub use walk::referred;

pub use crate::decision::{Effect, XacmlVersion};
pub use crate::error::Offset;

/// A policy document: a `Policy` or a `PolicySet`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Document {
    /// The document element is a `Policy`.
    Policy(Policy),
    /// The document element is a `PolicySet`.
    PolicySet(PolicySet),
}

/// A kind of [`Document`]. Each kind has ids of its own: a policy may have that of a policy set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A policy.
    Policy,
    /// A policy set.
    PolicySet,
}

impl Document {
    /// Returns this document, with all policies in it, under the rules of another version of XACML.
    ///
    /// ```
    /// use vedtak::syntax::{Document, XacmlVersion};
    /// let of_2 = Document::from_xml(std::fs::read_to_string("fixtures/xacml2/policy.xml")?)?;
    /// let printed = Document::from_xml(of_2.to_xml())?;
    /// assert_eq!(printed, of_2.under(XacmlVersion::V3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn under(mut self, xacml: XacmlVersion) -> Self {
        match &mut self {
            Self::Policy(policy) => policy.xacml = xacml,
            Self::PolicySet(set) => set.all_under(xacml),
        }
        self
    }
}

impl PolicySet {
    fn all_under(&mut self, xacml: XacmlVersion) {
        self.xacml = xacml;
        for child in &mut self.children {
            match child {
                PolicySetChild::Policy(policy) => policy.xacml = xacml,
                PolicySetChild::PolicySet(set) => set.all_under(xacml),
                _ => {}
            }
        }
    }
}

/// `PolicySet` (§5.2): policies and policy sets under one combining algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PolicySet {
    /// The version of XACML by whose rules it is evaluated: that of the document it was read from.
    pub xacml: XacmlVersion,
    /// `PolicySetId`.
    pub id: String,
    /// `Version`.
    pub version: Version,
    /// `PolicyCombiningAlgId`.
    pub combining_algorithm: String,
    /// `MaxDelegationDepth`, kept as written.
    pub max_delegation_depth: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `PolicyIssuer`; a policy set that has one is refused when it is compiled.
    pub issuer: Option<Box<PolicyIssuer>>,
    /// `XPathVersion` of `PolicySetDefaults`.
    pub xpath_version: Option<String>,
    /// `Target`.
    pub target: Target,
    /// Policies, policy sets, references and combiner parameters, in document order.
    pub children: Vec<PolicySetChild>,
    /// `ObligationExpressions`.
    pub obligations: Vec<ObligationExpression>,
    /// `AdviceExpressions`.
    pub advice: Vec<AdviceExpression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// A child of a `PolicySet` between its target and its obligations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PolicySetChild {
    /// A `PolicySet` in place.
    PolicySet(PolicySet),
    /// A `Policy` in place.
    Policy(Policy),
    /// `PolicySetIdReference`.
    PolicySetReference(Reference),
    /// `PolicyIdReference`.
    PolicyReference(Reference),
    /// `CombinerParameters`.
    Parameters(CombinerParameters),
    /// `PolicyCombinerParameters`: for the child whose `PolicyId` is given.
    PolicyParameters(String, CombinerParameters),
    /// `PolicySetCombinerParameters`: for the child whose `PolicySetId` is given.
    PolicySetParameters(String, CombinerParameters),
}

/// `PolicyIdReference` or `PolicySetIdReference` (§5.10, §5.11): a policy in another document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The id referred to.
    pub id: String,
    /// `Version`: the pattern that the version must match.
    pub version: Option<VersionPattern>,
    /// `EarliestVersion`: the pattern that the version must match or be later than.
    pub earliest: Option<VersionPattern>,
    /// `LatestVersion`: the pattern that the version must match or be earlier than.
    pub latest: Option<VersionPattern>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

impl Reference {
    /// Whether a policy of this version is one that the reference may mean, if its id is the one
    /// referred to: every pattern that it has must fit.
    pub(crate) fn accepts(&self, version: &Version) -> bool {
        let exact = self.version.as_ref();
        let earliest = self.earliest.as_ref();
        let latest = self.latest.as_ref();
        exact.is_none_or(|pattern| pattern.matches(version))
            && earliest.is_none_or(|pattern| pattern.matches_or_is_earlier_than(version))
            && latest.is_none_or(|pattern| pattern.matches_or_is_later_than(version))
    }

    /// Whether neither this version nor a later one is accepted. Patterns with a `*` are not used:
    /// the versions they match need not follow one another.
    pub(crate) fn is_before(&self, version: &Version) -> bool {
        let mut patterns = [&self.version, &self.latest].into_iter().flatten();
        patterns.any(|pattern| pattern.is_in_a_row() && !pattern.matches_or_is_later_than(version))
    }

    /// Whether neither this version nor an earlier one is accepted, by the same patterns.
    pub(crate) fn is_after(&self, version: &Version) -> bool {
        let mut patterns = [&self.version, &self.earliest].into_iter().flatten();
        patterns
            .any(|pattern| pattern.is_in_a_row() && !pattern.matches_or_is_earlier_than(version))
    }
}

/// `Policy` (§5.14): rules under one combining algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Policy {
    /// The version of XACML by whose rules it is evaluated: that of the document it was read from.
    pub xacml: XacmlVersion,
    /// `PolicyId`.
    pub id: String,
    /// `Version`.
    pub version: Version,
    /// `RuleCombiningAlgId`.
    pub combining_algorithm: String,
    /// `MaxDelegationDepth`, kept as written.
    pub max_delegation_depth: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `PolicyIssuer`; a policy that has one is refused when it is compiled.
    pub issuer: Option<Box<PolicyIssuer>>,
    /// `XPathVersion` of `PolicyDefaults`.
    pub xpath_version: Option<String>,
    /// `Target`.
    pub target: Target,
    /// Rules, variables and combiner parameters, in document order.
    pub children: Vec<PolicyChild>,
    /// `ObligationExpressions`.
    pub obligations: Vec<ObligationExpression>,
    /// `AdviceExpressions`.
    pub advice: Vec<AdviceExpression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// A child of a `Policy` between its target and its obligations.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PolicyChild {
    /// `Rule`.
    Rule(Rule),
    /// `VariableDefinition`.
    Variable(VariableDefinition),
    /// `CombinerParameters`.
    Parameters(CombinerParameters),
    /// `RuleCombinerParameters`: for the rule whose `RuleId` is given.
    RuleParameters(String, CombinerParameters),
}

/// `PolicyIssuer` (of the Administration and Delegation Profile), kept but not acted on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PolicyIssuer {
    /// The child of `Content`, as XML that declares its own namespaces.
    pub content: Option<String>,
    /// `Attribute`.
    pub attributes: Vec<IssuerAttribute>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `Attribute` of a `PolicyIssuer` or of an [`Entity`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IssuerAttribute {
    /// `AttributeId`.
    pub id: String,
    /// `Issuer`.
    pub issuer: Option<String>,
    /// `IncludeInResult`.
    pub include_in_result: bool,
    /// `AttributeValue`.
    pub values: Vec<AttributeValue>,
}

/// `CombinerParameters` (§5.15): named values for the combining algorithm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CombinerParameters {
    /// `CombinerParameter`: `ParameterName` and value.
    pub parameters: Vec<(String, AttributeValue)>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `Rule` (§5.21): an effect, and the target and condition under which it applies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// `RuleId`.
    pub id: String,
    /// `Effect`.
    pub effect: Effect,
    /// `Description`.
    pub description: Option<String>,
    /// `Target`; none applies wherever the policy does.
    pub target: Option<Target>,
    /// The expression of `Condition`. Apart, as most rules have none.
    pub condition: Option<Box<Expression>>,
    /// `ObligationExpressions`.
    pub obligations: Vec<ObligationExpression>,
    /// `AdviceExpressions`.
    pub advice: Vec<AdviceExpression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `Target` (§5.6): matches when every `AnyOf` does; an empty one matches any request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Target {
    /// `AnyOf`.
    pub any_of: Vec<AnyOf>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `AnyOf` (§5.7): matches when some `AllOf` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AnyOf {
    /// `AllOf`; at least one.
    pub all_of: Vec<AllOf>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `AllOf` (§5.8): matches when every `Match` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AllOf {
    /// `Match`; at least one.
    pub matches: Vec<Match>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `Match` (§5.9): a function that compares a literal with each value of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Match {
    /// `MatchId`: a function of two values that gives a boolean.
    pub function: String,
    /// The first argument.
    pub value: AttributeValue,
    /// The bag whose values are the second argument, one after the other: a designator or a
    /// selector.
    pub attribute: AttributeReference,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// The attribute whose values a `Match` compares with its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AttributeReference {
    /// `AttributeDesignator`.
    Designator(AttributeDesignator),
    /// `AttributeSelector`.
    Selector(AttributeSelector),
}

/// `VariableDefinition` (§5.24): an expression that others of the policy refer to by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VariableDefinition {
    /// `VariableId`.
    pub id: String,
    /// The expression whose value the variable has.
    pub expression: Box<Expression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `ObligationExpression` (§5.39): makes an obligation of the response when its rule or policy
/// decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObligationExpression {
    /// `ObligationId`.
    pub id: String,
    /// `FulfillOn`: the decision it goes with.
    pub fulfill_on: Effect,
    /// `AttributeAssignmentExpression`.
    pub assignments: Vec<AttributeAssignmentExpression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `AdviceExpression` (§5.40): makes advice of the response when its rule or policy decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AdviceExpression {
    /// `AdviceId`.
    pub id: String,
    /// `AppliesTo`: the decision it goes with.
    pub applies_to: Effect,
    /// `AttributeAssignmentExpression`.
    pub assignments: Vec<AttributeAssignmentExpression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `AttributeAssignmentExpression` (§5.41): one `AttributeAssignment` per value of its expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AttributeAssignmentExpression {
    /// `AttributeId`.
    pub id: String,
    /// `Category`.
    pub category: Option<String>,
    /// `Issuer`.
    pub issuer: Option<String>,
    /// The expression whose values are assigned.
    pub expression: Expression,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}
