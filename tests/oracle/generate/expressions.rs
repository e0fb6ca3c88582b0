//! Random expressions of a given type (§7.4).

use vedtak::Request;
use vedtak::attribute::Designator;
use vedtak::request::AttributeBuilder;
use vedtak::syntax::{
    Apply, AttributeDesignator, Expression, FunctionName, Offset, VariableReference, XacmlVersion,
};
use vedtak::value::{DataType, Value};

use super::literals::{self, for_parameter, literal, uri, written};
use super::signatures::{Rows, Signature, Type, bag, one};
use super::{Maker, Wanted};

pub(crate) const CATEGORIES: [&str; 4] = [
    "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:resource",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:action",
    ENVIRONMENT,
];
const ENVIRONMENT: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment";

/// Attributes of this id have one value in most requests.
pub(crate) const SINGLE: &str = "one";
/// Attributes of this id have any number of values.
pub(crate) const SEVERAL: &str = "many";

impl Maker<'_, '_> {
    /// An expression of a type, at most `depth` applications deep.
    pub(crate) fn expression(&mut self, returns: Type, depth: usize) -> Expression {
        if depth == 0 || self.applications_left == 0 {
            return self.leaf(returns);
        }
        let boolean = returns == one(DataType::Boolean);
        if boolean && self.questions_left > 0 && self.choices.one_in(24) {
            return self.question();
        }
        let higher_order = if boolean || returns.bag { 3 } else { 0 };
        let functions = if Rows::giving(returns).is_empty() {
            0
        } else {
            9
        };
        let of_2 = self.xacml == XacmlVersion::V2;
        let (quantified, related) = match (of_2, boolean || returns.bag) {
            (true, _) => (0, 0),
            (false, true) => (2, 1),
            (false, false) => (0, 1),
        };
        let weights = [3, functions, higher_order, quantified, related];
        match self.choices.weighted(&weights) {
            0 => self.leaf(returns),
            1 => self.application(returns, depth),
            3 => self.quantified(returns, depth),
            4 => self.related(returns, depth),
            _ if boolean => self.quantifier(depth),
            _ => self.map(returns.data_type, depth),
        }
    }

    /// A designator. Where one value is wanted, most requests have one.
    pub(crate) fn designator(&mut self, data_type: DataType, single: bool) -> AttributeDesignator {
        let any = CATEGORIES[self.choices.weighted(&[4, 2, 1, 1])];
        let category = self.section.unwrap_or(any);
        let current = match data_type {
            _ if self.section.is_some_and(|section| section != ENVIRONMENT) => None,
            DataType::Time => Some("time"),
            DataType::Date => Some("date"),
            DataType::DateTime => Some("dateTime"),
            _ => None,
        };
        let (category, id) = match current {
            Some(part) if self.choices.one_in(3) => (
                ENVIRONMENT,
                format!("urn:oasis:names:tc:xacml:1.0:environment:current-{part}"),
            ),
            _ if single => (category, SINGLE.to_owned()),
            _ => (category, SEVERAL.to_owned()),
        };
        let issuer = [None, Some("i"), Some("j")][self.choices.weighted(&[14, 1, 1])];
        self.want(Designator {
            category: category.into(),
            id: id.as_str().into(),
            data_type,
            issuer: issuer.map(Into::into),
        });
        AttributeDesignator {
            category: category.to_owned(),
            id,
            data_type: uri(self.choices, data_type),
            issuer: issuer.map(str::to_owned),
            must_be_present: self.choices.one_in(4),
            offset: Offset::default(),
        }
    }

    /// Where the key of a policy is.
    pub(crate) fn key_designator(&mut self) -> AttributeDesignator {
        let designator = Designator::new(CATEGORIES[1], SEVERAL, DataType::String);
        self.want(designator.clone());
        AttributeDesignator {
            category: designator.category.to_string(),
            id: designator.id.to_string(),
            data_type: designator.data_type.uri().to_owned(),
            issuer: None,
            must_be_present: self.choices.one_in(16),
            offset: Offset::default(),
        }
    }

    /// Has requests try this value for the attribute named last.
    pub(crate) fn expect(&mut self, value: Value) {
        if let Some(wanted) = self.wanted.last_mut() {
            wanted.values.push(value);
        }
    }

    /// Has requests name this attribute, and puts it last.
    pub(super) fn want(&mut self, designator: Designator) {
        let mut wanted = self.wanted.iter();
        match wanted.position(|wanted| wanted.designator == designator) {
            Some(at) => {
                let wanted = self.wanted.remove(at);
                self.wanted.push(wanted);
            }
            None => self.wanted.push(Wanted {
                designator,
                values: Vec::new(),
            }),
        }
    }

    /// What would be decided if a category said something else; most of the time something that
    /// can be read, and asked only of requests that have an attribute which is not in it: else it
    /// goes round in a circle.
    fn question(&mut self) -> Expression {
        self.questions_left -= 1;
        let category = CATEGORIES[self.choices.weighted(&[4, 2, 1, 1])];
        let mut builder = Request::builder();
        let of_category = self.wanted.iter();
        let of_category = of_category.filter(|wanted| *wanted.designator.category == *category);
        let known: Vec<Designator> = of_category.map(|w| w.designator.clone()).collect();
        let is_guarded = !self.choices.one_in(6);
        let guard = Designator::new(category, SEVERAL, DataType::String);
        for designator in known {
            if is_guarded && designator.id == guard.id {
                continue;
            }
            if self.choices.one_in(2) {
                let value = literals::value(self.choices, designator.data_type);
                let mut attribute = AttributeBuilder::new(category, designator.id).value(value);
                if let Some(issuer) = designator.issuer {
                    attribute = attribute.issuer(issuer);
                }
                builder = builder.with(attribute);
            }
        }
        let text = builder.build().to_xml();
        let start = text.find("<Attribute ").unwrap_or(0);
        let end = text.rfind("</Attributes>").unwrap_or(0);
        let mut content = text[start..end.max(start)].to_owned();
        if self.choices.one_in(16) {
            content += self.choices.pick(&["<", "</Attributes>", "text", "&no;"]);
        }
        let written_text = Expression::Value(written(DataType::String, &content));
        let content = match self.choices.one_in(12) {
            true => self.expression(one(DataType::String), 1),
            false => written_text,
        };
        let category = Expression::Value(written(DataType::AnyUri, category));
        let question = apply("3.0", "access-permitted", vec![category, content]);
        if !is_guarded {
            return question;
        }
        self.want(guard.clone());
        let guard = Expression::Designator(AttributeDesignator {
            category: guard.category.to_string(),
            id: guard.id.to_string(),
            data_type: guard.data_type.uri().to_owned(),
            issuer: None,
            must_be_present: false,
            offset: Offset::default(),
        });
        let count = apply("1.0", "string-bag-size", vec![guard]);
        let none = Expression::Value(written(DataType::Integer, "0"));
        let some = apply("1.0", "integer-greater-than", vec![count, none]);
        apply("1.0", "and", vec![some, question])
    }

    fn leaf(&mut self, returns: Type) -> Expression {
        let variables = self.variables.iter().filter(|(_, kind)| *kind == returns);
        let variables: Vec<String> = variables.map(|(id, _)| id.clone()).collect();
        let weight = if variables.is_empty() { 0 } else { 6 };
        let data_type = returns.data_type;
        // A literal that is no text, but elements, is none of 2.0.
        let literal_weight = match (self.xacml, data_type) {
            (XacmlVersion::V2, DataType::Entity) => 0,
            _ => 3,
        };
        let way = self.choices.weighted(&[literal_weight, 6, weight]);
        let is_entity_of_2 = literal_weight == 0;
        match (way, returns.bag) {
            (2, _) => Expression::Variable(VariableReference {
                id: variables[self.choices.below(variables.len())].clone(),
                offset: Offset::default(),
            }),
            (1, true) => Expression::Designator(self.designator(data_type, false)),
            (0, false) if !is_entity_of_2 => Expression::Value(literal(self.choices, data_type)),
            (_, true) if is_entity_of_2 => {
                Expression::Designator(self.designator(data_type, false))
            }
            (_, bag) => {
                let (family, arguments) = if bag {
                    let count = self.choices.below(4);
                    let value = |_| Expression::Value(literal(self.choices, data_type));
                    ("bag", (0..count).map(value).collect())
                } else {
                    let single = !self.choices.one_in(8);
                    let designator = self.designator(data_type, single);
                    ("one-and-only", vec![Expression::Designator(designator)])
                };
                let version = match data_type {
                    DataType::Entity => "3.0",
                    DataType::DayTimeDuration | DataType::YearMonthDuration => "3.0",
                    DataType::IpAddress | DataType::DnsName => "2.0",
                    _ => "1.0",
                };
                let name = data_type.short_name();
                apply(version, &format!("{name}-{family}"), arguments)
            }
        }
    }

    fn application(&mut self, returns: Type, depth: usize) -> Expression {
        self.applications_left -= 1;
        let row = self.choose(Rows::giving(returns));
        let arguments = match row.name() {
            "n-of" => self.n_of(depth),
            "string-substring" | "anyURI-substring" => self.substring(row, depth),
            _ => {
                let types = self.parameters(row);
                let argument = |(place, kind)| self.argument(row, place, kind, depth - 1);
                types.into_iter().enumerate().map(argument).collect()
            }
        };
        written_apply(&row.id, arguments)
    }

    /// An argument of a function.
    fn argument(&mut self, row: &Signature, place: usize, kind: Type, depth: usize) -> Expression {
        match self.expression(kind, depth) {
            Expression::Value(_) => {
                let literal = for_parameter(self.choices, row.name(), kind.data_type, place);
                Expression::Value(literal)
            }
            other => other,
        }
    }

    /// A number near that of the booleans which follow it.
    fn n_of(&mut self, depth: usize) -> Vec<Expression> {
        let count = self.choices.below(5);
        let mut arguments = vec![match self.choices.weighted(&[5, 1]) {
            0 => {
                let needed = ["1", "2", "0", "3", "4", "5", "-1"];
                let needed = needed[self.choices.weighted(&[4, 4, 1, 3, 1, 1, 1])];
                Expression::Value(written(DataType::Integer, needed))
            }
            _ => self.expression(one(DataType::Integer), depth - 1),
        }];
        let boolean = |_| self.expression(one(DataType::Boolean), depth - 1);
        arguments.extend((0..count).map(boolean));
        arguments
    }

    /// Positions near the ends of short texts.
    fn substring(&mut self, row: &Signature, depth: usize) -> Vec<Expression> {
        let mut arguments = vec![self.expression(row.parameters[0], depth - 1)];
        for positions in [["0", "1", "2", "-1", "3"], ["1", "-1", "0", "2", "-2"]] {
            arguments.push(match self.choices.weighted(&[7, 1]) {
                0 => Expression::Value(written(DataType::Integer, self.choices.pick(&positions))),
                _ => self.expression(one(DataType::Integer), depth - 1),
            });
        }
        arguments
    }

    /// The types of the arguments of one application.
    fn parameters(&mut self, row: &Signature) -> Vec<Type> {
        let mut types = row.parameters.clone();
        if let Some(repeated) = row.repeated {
            let more = self.choices.below(4);
            types.extend(std::iter::repeat_n(repeated, more));
        }
        types
    }

    /// One of the higher-order functions that give a boolean (A.3.12).
    fn quantifier(&mut self, depth: usize) -> Expression {
        self.applications_left -= 1;
        const FORMS: [(&str, &str); 9] = [
            ("3.0", "any-of"),
            ("3.0", "all-of"),
            ("3.0", "any-of-any"),
            ("1.0", "all-of-any"),
            ("1.0", "any-of-all"),
            ("1.0", "all-of-all"),
            ("1.0", "any-of"),
            ("1.0", "all-of"),
            ("1.0", "any-of-any"),
        ];
        let (version, form) = FORMS[self.choices.weighted(&[4, 4, 4, 4, 4, 4, 1, 1, 1])];
        let of_two = version == "1.0";
        let rows = Rows::of(|row| {
            row.returns == one(DataType::Boolean)
                && row.takes_values_only()
                && (!of_two || row.as_predicate_of_two().is_some())
        });
        let (inner, mut types) = self.inner(&rows);
        if of_two && let Some(two) = inner.as_predicate_of_two() {
            types = two.map(one).into();
        }
        let count = types.len();
        let is_bag: Vec<bool> = match form {
            "any-of" | "all-of" => {
                // The older forms take the value first.
                let place = if of_two { 1 } else { self.choices.below(count) };
                (0..count).map(|i| i == place).collect()
            }
            "any-of-any" if !of_two => {
                let place = self.choices.below(count);
                (0..count)
                    .map(|i| i == place || self.choices.one_in(2))
                    .collect()
            }
            _ => vec![true; count],
        };
        self.applied(version, form, inner, &types, &is_bag, depth)
    }

    /// The bag of the results of a function for each value of a bag.
    fn map(&mut self, data_type: DataType, depth: usize) -> Expression {
        self.applications_left -= 1;
        let version = ["3.0", "1.0"][self.choices.weighted(&[4, 1])];
        let of_one = version == "1.0";
        let rows = Rows::of(|row| {
            row.returns == one(data_type)
                && row.takes_values_only()
                && (!of_one || (row.parameters.len() == 1 && row.repeated.is_none()))
        });
        if rows.is_empty() {
            return self.leaf(bag(data_type));
        }
        let (inner, types) = self.inner(&rows);
        let place = self.choices.below(types.len());
        let is_bag: Vec<bool> = (0..types.len()).map(|i| i == place).collect();
        self.applied(version, "map", inner, &types, &is_bag, depth)
    }

    /// A function to be applied by another, and the types of what it is applied to; at least one.
    fn inner(&mut self, rows: &Rows) -> (&'static Signature, Vec<Type>) {
        let inner = self.choose(rows);
        let mut types = self.parameters(inner);
        if types.is_empty() {
            types.extend(inner.repeated);
        }
        (inner, types)
    }

    fn applied(
        &mut self,
        version: &str,
        form: &str,
        inner: &Signature,
        types: &[Type],
        is_bag: &[bool],
        depth: usize,
    ) -> Expression {
        let mut arguments = vec![Expression::Function(FunctionName {
            id: inner.id.clone(),
            offset: Offset::default(),
        })];
        for (place, (parameter, is_bag)) in types.iter().zip(is_bag).enumerate() {
            arguments.push(match (inner.name(), parameter.data_type, is_bag) {
                // A number of arguments that there may be.
                ("n-of", DataType::Integer, false) => self.n_of(1).swap_remove(0),
                _ => {
                    let kind = Type {
                        data_type: parameter.data_type,
                        bag: *is_bag,
                    };
                    self.argument(inner, place, kind, depth - 1)
                }
            });
        }
        apply(version, form, arguments)
    }

    pub(crate) fn choose(&mut self, from: &Rows) -> &'static Signature {
        let mut left = self.choices.below(from.weight);
        for row in &from.rows {
            if left < row.weight {
                return row;
            }
            left -= row.weight;
        }
        unreachable!("the weights add up")
    }
}

pub(super) fn apply(version: &str, name: &str, arguments: Vec<Expression>) -> Expression {
    let id = format!("urn:oasis:names:tc:xacml:{version}:function:{name}");
    written_apply(&id, arguments)
}

fn written_apply(id: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Apply(Apply {
        function: id.to_owned(),
        description: None,
        arguments,
        offset: Offset::default(),
    })
}
