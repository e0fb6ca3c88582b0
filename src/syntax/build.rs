//! Constructors and builder methods of policy trees: `new` takes the required parts, methods add
//! the others.

use super::*;
use crate::attribute::Designator;
use crate::error::Error;
use crate::value::Value;

/// Methods that set a field of the same name.
macro_rules! settings {
    ($($(#[$about:meta])* $field:ident: $type:ty = $value:expr;)*) => {$(
        $(#[$about])*
        #[must_use]
        pub fn $field(mut self, $field: $type) -> Self {
            self.$field = $value;
            self
        }
    )*};
}

/// Methods that add to a list.
macro_rules! additions {
    ($($(#[$about:meta])* $field:ident.push($argument:ident: $type:ty);)*) => {$(
        $(#[$about])*
        #[must_use]
        pub fn $argument(mut self, $argument: impl Into<$type>) -> Self {
            self.$field.push($argument.into());
            self
        }
    )*};
}

impl Policy {
    /// A policy of version 1.0 without rules, whose rules combine by an algorithm such as
    /// [`rule::DENY_UNLESS_PERMIT`](crate::combining::rule::DENY_UNLESS_PERMIT).
    pub fn new(id: impl Into<String>, combining_algorithm: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            combining_algorithm: combining_algorithm.into(),
            ..Self::default()
        }
    }

    settings! {
        /// Sets the version.
        version: Version = version;
        /// Sets the description.
        description: impl Into<String> = Some(description.into());
        /// Sets the target.
        target: Target = target;
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.children.push(PolicyChild::Rule(rule));
        self
    }

    /// Adds the definition of a variable.
    #[must_use]
    pub fn variable(mut self, id: impl Into<String>, expression: impl Into<Expression>) -> Self {
        self.children
            .push(PolicyChild::Variable(VariableDefinition {
                id: id.into(),
                expression: Box::new(expression.into()),
                offset: Offset::default(),
            }));
        self
    }

    additions! {
        /// Adds an obligation.
        obligations.push(obligation: ObligationExpression);
        /// Adds advice.
        advice.push(advice: AdviceExpression);
    }
}

impl PolicySet {
    /// A policy set of version 1.0 without policies, whose policies combine by an algorithm such as
    /// [`policy::DENY_OVERRIDES`](crate::combining::policy::DENY_OVERRIDES).
    pub fn new(id: impl Into<String>, combining_algorithm: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            combining_algorithm: combining_algorithm.into(),
            ..Self::default()
        }
    }

    settings! {
        /// Sets the version.
        version: Version = version;
        /// Sets the description.
        description: impl Into<String> = Some(description.into());
        /// Sets the target.
        target: Target = target;
    }

    /// Adds a policy or a policy set in place, or a reference to one:
    /// [`PolicySetChild::PolicyReference`] or [`PolicySetChild::PolicySetReference`].
    #[must_use]
    pub fn child(mut self, child: impl Into<PolicySetChild>) -> Self {
        self.children.push(child.into());
        self
    }

    additions! {
        /// Adds an obligation.
        obligations.push(obligation: ObligationExpression);
        /// Adds advice.
        advice.push(advice: AdviceExpression);
    }
}

impl Reference {
    /// A reference to the latest version.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Sets `Version`, a pattern such as `1.2`, `1.*` or `1.+`: of the versions that match, the latest
    /// is meant.
    ///
    /// ```
    /// use vedtak::combining::{policy, rule};
    /// use vedtak::syntax::{Policy, PolicySet, PolicySetChild, Reference, Rule};
    /// use vedtak::{Decision, Pdp, Request};
    ///
    /// let letters = |version: &str, rule: Rule| -> Result<Policy, String> {
    ///     let policy = Policy::new("letters", rule::DENY_UNLESS_PERMIT);
    ///     Ok(policy.version(version.parse()?).rule(rule))
    /// };
    /// let set = PolicySet::new("archive", policy::DENY_OVERRIDES)
    ///     .child(PolicySetChild::PolicyReference(Reference::new("letters").version("1.*")?));
    /// let pdp = Pdp::builder()
    ///     .document(set)
    ///     .library_document(letters("1.0", Rule::deny("r"))?)
    ///     .library_document(letters("1.1", Rule::permit("r"))?)
    ///     .library_document(letters("2.0", Rule::deny("r"))?)
    ///     .build()?;
    /// let request = Request::builder().action("read").build();
    /// assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    ///
    /// let error = Reference::new("letters").version("1.x").unwrap_err();
    /// let message = "`Version` is `1.x`, expected a version pattern, such as `1.*` or `1.+`";
    /// assert_eq!(error.to_string(), message);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no pattern.
    pub fn version(mut self, pattern: &str) -> Result<Self, Error> {
        self.version = Some(version_pattern("Version", pattern)?);
        Ok(self)
    }

    /// Sets `EarliestVersion`, a pattern: earlier versions are not meant.
    ///
    /// # Errors
    ///
    /// The text is no pattern.
    pub fn earliest(mut self, pattern: &str) -> Result<Self, Error> {
        self.earliest = Some(version_pattern("EarliestVersion", pattern)?);
        Ok(self)
    }

    /// Sets `LatestVersion`, a pattern: later versions are not meant.
    ///
    /// # Errors
    ///
    /// The text is no pattern.
    pub fn latest(mut self, pattern: &str) -> Result<Self, Error> {
        self.latest = Some(version_pattern("LatestVersion", pattern)?);
        Ok(self)
    }
}

fn version_pattern(attribute: &str, pattern: &str) -> Result<VersionPattern, Error> {
    pattern.parse().map_err(|expected| {
        let found = crate::error::cut(pattern);
        Error::plain(format!("`{attribute}` is `{found}`, expected {expected}"))
    })
}

/// A rule without a name that denies.
impl Default for Rule {
    fn default() -> Self {
        Self::deny("")
    }
}

impl Rule {
    /// A rule that permits, wherever its policy applies.
    pub fn permit(id: impl Into<String>) -> Self {
        Self::of(id.into(), Effect::Permit)
    }

    /// A rule that denies, wherever its policy applies.
    pub fn deny(id: impl Into<String>) -> Self {
        Self::of(id.into(), Effect::Deny)
    }

    fn of(id: String, effect: Effect) -> Self {
        Self {
            id,
            effect,
            description: None,
            target: None,
            condition: None,
            obligations: Vec::new(),
            advice: Vec::new(),
            offset: Offset::default(),
        }
    }

    settings! {
        /// Sets the description.
        description: impl Into<String> = Some(description.into());
        /// Sets the target.
        target: Target = Some(target);
        /// Sets the condition.
        condition: impl Into<Expression> = Some(Box::new(condition.into()));
    }

    additions! {
        /// Adds an obligation.
        obligations.push(obligation: ObligationExpression);
        /// Adds advice.
        advice.push(advice: AdviceExpression);
    }
}

impl Target {
    /// A target that matches any request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds that one of some alternatives must match: a [`Match`], or an [`AllOf`] or an array of
    /// matches that must match together.
    #[must_use]
    pub fn any_of(mut self, alternatives: impl IntoIterator<Item: Into<AllOf>>) -> Self {
        self.any_of.push(AnyOf {
            all_of: alternatives.into_iter().map(Into::into).collect(),
            offset: Offset::default(),
        });
        self
    }
}

impl From<Vec<Match>> for AllOf {
    fn from(matches: Vec<Match>) -> Self {
        Self {
            matches,
            offset: Offset::default(),
        }
    }
}

impl<const N: usize> From<[Match; N]> for AllOf {
    fn from(matches: [Match; N]) -> Self {
        Vec::from(matches).into()
    }
}

impl From<Match> for AllOf {
    fn from(only: Match) -> Self {
        vec![only].into()
    }
}

impl Match {
    /// Whether a function of two values gives true for `value` and one of the attribute's values.
    pub fn new(
        function: impl Into<String>,
        value: impl Into<Value>,
        attribute: impl Into<AttributeReference>,
    ) -> Self {
        Self {
            function: function.into(),
            value: AttributeValue::from(&value.into()),
            attribute: attribute.into(),
            offset: Offset::default(),
        }
    }
}

/// A designator of nothing.
impl Default for AttributeReference {
    fn default() -> Self {
        AttributeDesignator::default().into()
    }
}

impl Apply {
    /// The application of a function to no arguments.
    pub fn new(function: impl Into<String>) -> Self {
        Self {
            function: function.into(),
            ..Self::default()
        }
    }

    additions! {
        /// Adds an argument.
        arguments.push(argument: Expression);
    }
}

/// A value without a data type.
impl Default for Expression {
    fn default() -> Self {
        AttributeValue::default().into()
    }
}

impl Expression {
    /// A literal.
    pub fn value(value: impl Into<Value>) -> Self {
        AttributeValue::from(&value.into()).into()
    }

    /// A function as an argument of a higher-order function.
    pub fn function(id: impl Into<String>) -> Self {
        Self::Function(FunctionName {
            id: id.into(),
            offset: Offset::default(),
        })
    }

    /// A reference to a variable.
    pub fn variable(id: impl Into<String>) -> Self {
        Self::Variable(VariableReference {
            id: id.into(),
            offset: Offset::default(),
        })
    }
}

impl AttributeDesignator {
    /// Values of any issuer; there may be none.
    pub fn new(category: impl Into<String>, id: impl Into<String>, data_type: DataType) -> Self {
        Self {
            category: category.into(),
            id: id.into(),
            data_type: data_type.uri().to_owned(),
            ..Self::default()
        }
    }

    settings! {
        /// Values of this issuer only.
        issuer: impl Into<String> = Some(issuer.into());
    }

    /// There must be a value; else the expression is Indeterminate.
    #[must_use]
    pub fn must_be_present(mut self) -> Self {
        self.must_be_present = true;
        self
    }
}

impl From<&Designator> for AttributeDesignator {
    fn from(designator: &Designator) -> Self {
        Self {
            issuer: designator.issuer.as_deref().map(str::to_owned),
            ..Self::new(&*designator.category, &*designator.id, designator.data_type)
        }
    }
}

impl From<&Value> for AttributeValue {
    /// The literal of a value.
    fn from(value: &Value) -> Self {
        let mut literal = Self {
            data_type: value.data_type().uri().to_owned(),
            ..Self::default()
        };
        match value {
            Value::Entity(entity) => {
                let attribute = |attribute: &crate::value::entity::Attribute| IssuerAttribute {
                    id: attribute.id.to_string(),
                    issuer: attribute.issuer.as_deref().map(str::to_owned),
                    include_in_result: attribute.include_in_result,
                    values: attribute.values.iter().map(Self::from).collect(),
                };
                literal.entity = Some(Box::new(Entity {
                    content: entity.content().map(str::to_owned),
                    attributes: entity.attributes().iter().map(attribute).collect(),
                }));
            }
            Value::XPathExpression(expression) => {
                literal.text = expression.text.to_string();
                literal.xpath_category = Some(expression.category.to_string());
                literal.namespaces = expression.namespaces.to_vec();
            }
            Value::Extension(extension) if extension.is_xml() => {
                literal.element = Some(value.lexical());
            }
            _ => literal.text = value.lexical(),
        }
        literal
    }
}

impl ObligationExpression {
    /// An obligation without assignments, of decisions of this effect.
    pub fn new(id: impl Into<String>, fulfill_on: Effect) -> Self {
        Self {
            id: id.into(),
            fulfill_on,
            assignments: Vec::new(),
            offset: Offset::default(),
        }
    }

    additions! {
        /// Adds an assignment.
        assignments.push(assignment: AttributeAssignmentExpression);
    }
}

impl AdviceExpression {
    /// Advice without assignments, on decisions of this effect.
    pub fn new(id: impl Into<String>, applies_to: Effect) -> Self {
        Self {
            id: id.into(),
            applies_to,
            assignments: Vec::new(),
            offset: Offset::default(),
        }
    }

    additions! {
        /// Adds an assignment.
        assignments.push(assignment: AttributeAssignmentExpression);
    }
}

impl AttributeAssignmentExpression {
    /// An assignment without a category and an issuer.
    pub fn new(id: impl Into<String>, expression: impl Into<Expression>) -> Self {
        Self {
            id: id.into(),
            expression: expression.into(),
            ..Self::default()
        }
    }

    settings! {
        /// Sets the category.
        category: impl Into<String> = Some(category.into());
    }
}

macro_rules! parts {
    ($($part:ident as $whole:ident::$variant:ident;)*) => {$(
        impl From<$part> for $whole {
            fn from(part: $part) -> Self {
                Self::$variant(part)
            }
        }
    )*};
}

parts! {
    Policy as Document::Policy;
    PolicySet as Document::PolicySet;
    Policy as PolicySetChild::Policy;
    PolicySet as PolicySetChild::PolicySet;
    AttributeDesignator as AttributeReference::Designator;
    AttributeSelector as AttributeReference::Selector;
    Apply as Expression::Apply;
    AttributeDesignator as Expression::Designator;
    AttributeSelector as Expression::Selector;
    AttributeValue as Expression::Value;
    Quantified as Expression::Quantified;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::category;
    use crate::value::{XPathExpression, entity};

    /// A policy set with one of everything that can be made.
    fn everything() -> Document {
        let role = AttributeDesignator::new(category::ACCESS_SUBJECT, "role", DataType::String)
            .issuer("the register")
            .must_be_present();
        let known = Match::new("urn:string-equal", " dagl\n<&", role.clone());
        let other = Match::new(
            "urn:any-uri-equal",
            Value::AnyUri("urn:a".into()),
            AttributeSelector {
                category: category::RESOURCE.to_owned(),
                path: "//a".to_owned(),
                data_type: DataType::AnyUri.uri().to_owned(),
                ..AttributeSelector::default()
            },
        );
        let target = Target::new()
            .any_of([known.clone()])
            .any_of([[known.clone(), other.clone()], [other.clone(), known]])
            .any_of([vec![other]]);
        let condition = Apply::new("urn:any-of")
            .argument(Expression::function("urn:string-equal"))
            .argument(Expression::value("dagl"))
            .argument(Expression::variable("roles"));
        let log = ObligationExpression::new("log", Effect::Permit).assignment(
            AttributeAssignmentExpression::new("who", role.clone()).category("a category"),
        );
        let tell = AdviceExpression::new("tell", Effect::Deny).assignment(
            AttributeAssignmentExpression::new("at", Expression::value(1)),
        );
        let managers = Rule::permit("managers")
            .description("they may")
            .target(target.clone())
            .condition(condition)
            .obligation(log.clone())
            .advice(tell.clone());
        let letters = Policy::new("letters", "urn:first-applicable")
            .version("2.1".parse().expect("is a version"))
            .description("who may do what with letters")
            .target(target.clone())
            .variable("roles", role)
            .rule(managers)
            .rule(Rule::deny("others"))
            .obligation(log.clone())
            .advice(tell.clone());
        let reference = PolicySetChild::PolicyReference(Reference::new("elsewhere"));
        PolicySet::new("all", "urn:deny-overrides")
            .version("3".parse().expect("is a version"))
            .description("everything")
            .target(target)
            .child(letters)
            .child(PolicySet::new("none", "urn:only-one-applicable"))
            .child(reference)
            .obligation(log)
            .advice(tell)
            .into()
    }

    #[test]
    fn policies_made_in_code_are_equal_to_their_xml_read_back() {
        let made = everything();
        assert_eq!(Document::from_xml(made.to_xml()), Ok(made));
    }

    #[test]
    fn literals_of_all_data_types_read_back() {
        let entity = entity::Entity::builder()
            .attribute("since", 2013)
            .attribute("name", "A/S")
            .build()
            .expect("is small");
        let xpath = XPathExpression {
            text: "a:b".into(),
            category: category::RESOURCE.into(),
            namespaces: Arc::new([("a".into(), "urn:a".into())]),
        };
        let parsed = [
            (DataType::String, " a\r\n\tb "),
            (DataType::Boolean, "true"),
            (DataType::Integer, "123456789012345678901234567890"),
            (DataType::Double, "-INF"),
            (DataType::Time, "12:00:00+02:00"),
            (DataType::Date, "2026-03-02Z"),
            (DataType::DateTime, "2026-03-02T12:00:00.5+01:00"),
            (DataType::AnyUri, "urn:a"),
            (DataType::HexBinary, "0AFF"),
            (DataType::Base64Binary, "AAEC"),
            (DataType::DayTimeDuration, "P1DT2H"),
            (DataType::YearMonthDuration, "-P1Y2M"),
            (DataType::X500Name, "CN=Kari\\ "),
            (DataType::Rfc822Name, "kari@example.no"),
            (DataType::IpAddress, "10.0.0.1/255.0.0.0:80"),
            (DataType::DnsName, "*.example.no:80"),
        ];
        let parsed = parsed.map(|(data_type, text)| {
            let value = Value::parse(data_type, text);
            value.unwrap_or_else(|error| panic!("{error}"))
        });
        for value in parsed.into_iter().chain([entity.into(), xpath.into()]) {
            let literal = AttributeValue::from(&value);
            let assignment = AttributeAssignmentExpression::new("a", literal);
            let obligation = ObligationExpression::new("o", Effect::Permit).assignment(assignment);
            let policy = Policy::new("p", "urn:deny-overrides").obligation(obligation);
            let made = Document::from(policy.rule(Rule::permit("r")));
            assert_eq!(Document::from_xml(made.to_xml()), Ok(made), "{value:?}");
        }
    }

    #[test]
    fn a_rule_denies_unless_it_says_that_it_permits() {
        assert_eq!(Rule::default().effect, Effect::Deny);
        assert_eq!(Version::default(), "1.0".parse().expect("is a version"));
    }
}
