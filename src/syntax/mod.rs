//! Policies as written: one type per schema element (§5), read from XML and written back.
//!
//! These trees are public and plain: build one by hand, read one with [`Document::read`], print
//! one with [`Document::write`]. Nothing here says whether a policy makes sense; compiling does.
//! Two trees are equal when they say the same, wherever their parts stood in their documents.
//!
//! # XACML 2.0
//!
//! A document in the namespace `urn:oasis:names:tc:xacml:2.0:policy:schema:os` is read into the same
//! trees; to write such a tree is to migrate the document. The namespaces of the versions have no
//! name in common, so this changes nothing of what a document of 3.0 means, and one document cannot
//! be of both. What becomes of what 2.0 says otherwise:
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
//! | combining algorithms, other functions | the same, by the same identifiers |
//!
//! What has no counterpart is a problem like any other, at its place: paths to other parts of the
//! request, attributes inside assignments. A translated policy is decided by the rules of 3.0. They
//! differ in one point: where the target of a policy is Indeterminate, so is the policy in 2.0
//! (2.0 §7.10); in 3.0 it is `NotApplicable` if its rules are (§7.12, §7.14).
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
//! let migrated = Document::read("p.xml", text)?.write();
//! assert!(migrated.contains("<AnyOf>") && !migrated.contains("<Actions>"));
//! # Ok::<(), vedtak::Error>(())
//! ```

mod read;
mod version;
mod write;

use std::sync::Arc;

use crate::value::DataType;

pub use version::{Version, VersionPattern};

pub use crate::decision::Effect;
pub use crate::error::Offset;

/// A policy document: a `Policy` or a `PolicySet`.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    /// The document element is a `Policy`.
    Policy(Policy),
    /// The document element is a `PolicySet`.
    PolicySet(PolicySet),
}

/// `PolicySet` (§5.2).
#[derive(Clone, Debug, PartialEq)]
pub struct PolicySet {
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
    pub issuer: Option<PolicyIssuer>,
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
    /// Where it begins.
    pub offset: Offset,
}

/// What a `PolicySet` holds between its target and its obligations.
#[derive(Clone, Debug, PartialEq)]
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

/// `PolicyIdReference` and `PolicySetIdReference` (§5.10, §5.11).
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The id referred to.
    pub id: String,
    /// `Version`: what the version must match.
    pub version: Option<VersionPattern>,
    /// `EarliestVersion`: what the version must be or be later than.
    pub earliest: Option<VersionPattern>,
    /// `LatestVersion`: what the version must be or be earlier than.
    pub latest: Option<VersionPattern>,
    /// Where it begins.
    pub offset: Offset,
}

/// `Policy` (§5.14).
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
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
    pub issuer: Option<PolicyIssuer>,
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
    /// Where it begins.
    pub offset: Offset,
}

/// What a `Policy` holds between its target and its obligations.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyIssuer {
    /// The child of `Content`, as XML that stands alone.
    pub content: Option<String>,
    /// `Attribute`.
    pub attributes: Vec<IssuerAttribute>,
    /// Where it begins.
    pub offset: Offset,
}

/// `Attribute` of a `PolicyIssuer` or of an [`Entity`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// What an `AttributeValue` of the data type `entity` holds (Related and Nested Entities Profile 1.0).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entity {
    /// The child of `Content`, as XML that stands alone.
    pub content: Option<String>,
    /// `Attribute`.
    pub attributes: Vec<IssuerAttribute>,
}

/// `CombinerParameters` (§5.15): named values for the combining algorithm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CombinerParameters {
    /// `CombinerParameter`: `ParameterName` and value.
    pub parameters: Vec<(String, AttributeValue)>,
    /// Where it begins.
    pub offset: Offset,
}

/// `Rule` (§5.21).
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// `RuleId`.
    pub id: String,
    /// `Effect`.
    pub effect: Effect,
    /// `Description`.
    pub description: Option<String>,
    /// `Target`; none applies wherever the policy does.
    pub target: Option<Target>,
    /// The expression of `Condition`.
    pub condition: Option<Expression>,
    /// `ObligationExpressions`.
    pub obligations: Vec<ObligationExpression>,
    /// `AdviceExpressions`.
    pub advice: Vec<AdviceExpression>,
    /// Where it begins.
    pub offset: Offset,
}

/// `Target` (§5.6): matches when every `AnyOf` does; an empty one matches any request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// `AnyOf`.
    pub any_of: Vec<AnyOf>,
    /// Where it begins.
    pub offset: Offset,
}

/// `AnyOf` (§5.7): matches when some `AllOf` does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnyOf {
    /// `AllOf`; at least one.
    pub all_of: Vec<AllOf>,
    /// Where it begins.
    pub offset: Offset,
}

/// `AllOf` (§5.8): matches when every `Match` does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AllOf {
    /// `Match`; at least one.
    pub matches: Vec<Match>,
    /// Where it begins.
    pub offset: Offset,
}

/// `Match` (§5.9).
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// `MatchId`: a function of two values that gives a boolean.
    pub function: String,
    /// The first argument.
    pub value: AttributeValue,
    /// The bag whose values are the second argument, one after the other: a designator or a
    /// selector.
    pub attribute: AttributeReference,
    /// Where it begins.
    pub offset: Offset,
}

/// What a `Match` compares its value with.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeReference {
    /// `AttributeDesignator`.
    Designator(AttributeDesignator),
    /// `AttributeSelector`.
    Selector(AttributeSelector),
}

/// `VariableDefinition` (§5.24).
#[derive(Clone, Debug, PartialEq)]
pub struct VariableDefinition {
    /// `VariableId`.
    pub id: String,
    /// What the variable stands for.
    pub expression: Expression,
    /// Where it begins.
    pub offset: Offset,
}

/// An element of the substitution group of `Expression` (§5.25).
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `Apply`.
    Apply(Apply),
    /// `AttributeDesignator`.
    Designator(AttributeDesignator),
    /// `AttributeSelector`.
    Selector(AttributeSelector),
    /// `AttributeValue`.
    Value(AttributeValue),
    /// `Function`: only as an argument of a higher-order function.
    Function(FunctionName),
    /// `VariableReference`.
    Variable(VariableReference),
    /// `ForAny`, `ForAll`, `Map` or `Select`.
    Quantified(Quantified),
}

impl Expression {
    /// Where it begins.
    pub fn offset(&self) -> Offset {
        match self {
            Self::Apply(apply) => apply.offset,
            Self::Designator(designator) => designator.offset,
            Self::Selector(selector) => selector.offset,
            Self::Value(value) => value.offset,
            Self::Function(function) => function.offset,
            Self::Variable(variable) => variable.offset,
            Self::Quantified(quantified) => quantified.offset,
        }
    }
}

/// `Apply` (§5.27).
#[derive(Clone, Debug, PartialEq)]
pub struct Apply {
    /// `FunctionId`.
    pub function: String,
    /// `Description`.
    pub description: Option<String>,
    /// The arguments, in order.
    pub arguments: Vec<Expression>,
    /// Where it begins.
    pub offset: Offset,
}

/// `Function` (§5.28): a function named as an argument.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionName {
    /// `FunctionId`.
    pub id: String,
    /// Where it begins.
    pub offset: Offset,
}

/// `VariableReference` (§5.26).
#[derive(Clone, Debug, PartialEq)]
pub struct VariableReference {
    /// `VariableId`.
    pub id: String,
    /// Where it begins.
    pub offset: Offset,
}

/// A quantified expression (Related and Nested Entities Profile 1.0): something about each value of a
/// bag.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantified {
    /// The name of the element.
    pub quantifier: Quantifier,
    /// `VariableId`: what the iterant calls the value.
    pub variable: String,
    /// The first expression: the bag.
    pub domain: Box<Expression>,
    /// The second expression: what is evaluated for each value.
    pub iterant: Box<Expression>,
    /// Where it begins.
    pub offset: Offset,
}

/// The kinds of [`Quantified`] expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// True if the iterant is for some value.
    ForAny,
    /// True if the iterant is for every value.
    ForAll,
    /// The bag of what the iterant gives for each value.
    Map,
    /// The bag of the values for which the iterant is true.
    Select,
}

impl Quantifier {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ForAny, Self::ForAll, Self::Map, Self::Select];

    /// The name of the element.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForAny => "ForAny",
            Self::ForAll => "ForAll",
            Self::Map => "Map",
            Self::Select => "Select",
        }
    }
}

/// `AttributeDesignator` (§5.29): the bag of the request's values of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDesignator {
    /// `Category`.
    pub category: String,
    /// `AttributeId`.
    pub id: String,
    /// `DataType`.
    pub data_type: String,
    /// `Issuer`; none matches values of any issuer.
    pub issuer: Option<String>,
    /// `MustBePresent`: an empty bag is an error.
    pub must_be_present: bool,
    /// Where it begins.
    pub offset: Offset,
}

/// `AttributeSelector` (§5.30): values picked by XPath from the `Content` of a category.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeSelector {
    /// `Category`.
    pub category: String,
    /// `ContextSelectorId`.
    pub context_selector: Option<String>,
    /// `Path`.
    pub path: String,
    /// `DataType`.
    pub data_type: String,
    /// `MustBePresent`: an empty bag is an error.
    pub must_be_present: bool,
    /// The prefixes in scope and their namespaces, the default one left out.
    pub namespaces: Vec<(Arc<str>, Arc<str>)>,
    /// Where it begins.
    pub offset: Offset,
}

/// `AttributeValue` (§5.31): a literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributeValue {
    /// `DataType`.
    pub data_type: String,
    /// The text, white space kept; empty for an entity.
    pub text: String,
    /// The XML element it holds instead, as text that stands alone: only where the data type is not
    /// the standard's.
    pub element: Option<String>,
    /// What stands there instead of a text if the data type is `entity`.
    pub entity: Option<Box<Entity>>,
    /// `XPathCategory`, which values of type xpathExpression have.
    pub xpath_category: Option<String>,
    /// Attributes the schema lets anyone add here; the standard's data types have no use for them.
    pub other_attributes: Vec<OtherAttribute>,
    /// For values of type xpathExpression or with an `XPathCategory`, the prefixes in scope and
    /// their namespaces; empty for others.
    pub namespaces: Vec<(Arc<str>, Arc<str>)>,
    /// Where it begins.
    pub offset: Offset,
}

/// An attribute the standard says nothing about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherAttribute {
    /// The namespace of its name, if it has a prefix.
    pub namespace: Option<String>,
    /// The name without its prefix.
    pub name: String,
    /// The value.
    pub value: String,
}

/// `ObligationExpression` (§5.39).
#[derive(Clone, Debug, PartialEq)]
pub struct ObligationExpression {
    /// `ObligationId`.
    pub id: String,
    /// `FulfillOn`: the decision it goes with.
    pub fulfill_on: Effect,
    /// `AttributeAssignmentExpression`.
    pub assignments: Vec<AttributeAssignmentExpression>,
    /// Where it begins.
    pub offset: Offset,
}

/// `AdviceExpression` (§5.40).
#[derive(Clone, Debug, PartialEq)]
pub struct AdviceExpression {
    /// `AdviceId`.
    pub id: String,
    /// `AppliesTo`: the decision it goes with.
    pub applies_to: Effect,
    /// `AttributeAssignmentExpression`.
    pub assignments: Vec<AttributeAssignmentExpression>,
    /// Where it begins.
    pub offset: Offset,
}

/// `AttributeAssignmentExpression` (§5.41): one `AttributeAssignment` per value of its expression.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeAssignmentExpression {
    /// `AttributeId`.
    pub id: String,
    /// `Category`.
    pub category: Option<String>,
    /// `Issuer`.
    pub issuer: Option<String>,
    /// What the assigned values are.
    pub expression: Expression,
    /// Where it begins.
    pub offset: Offset,
}
