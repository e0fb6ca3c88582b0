//! Random quantified expressions, and what looks into entities and categories (Related and Nested
//! Entities Profile 1.0).

use vedtak::attribute::Designator;
use vedtak::syntax::{Expression, Offset, Quantified, Quantifier};
use vedtak::value::DataType;

use super::Maker;
use super::expressions::{CATEGORIES, SEVERAL, SINGLE, apply};
use super::literals::{data_type, written};
use super::signatures::{Type, bag, one};

impl Maker<'_, '_> {
    /// A quantified expression that gives a boolean or a bag.
    pub(super) fn quantified(&mut self, returns: Type, depth: usize) -> Expression {
        self.applications_left -= 1;
        self.quantified += 1;
        let quantifier = match returns.bag {
            false => self.choices.pick(&[Quantifier::ForAny, Quantifier::ForAll]),
            true => self.choices.pick(&[Quantifier::Map, Quantifier::Select]),
        };
        let of = match quantifier {
            Quantifier::Select => returns.data_type,
            _ => match self.choices.one_in(2) {
                true => DataType::Entity,
                false => data_type(self.choices),
            },
        };
        let gives = match quantifier {
            Quantifier::Map => one(returns.data_type),
            _ => one(DataType::Boolean),
        };
        let domain = self.expression(bag(of), depth - 1);
        let variable = self.name("each");
        self.variables.push((variable.clone(), one(of)));
        let iterant = self.expression(gives, depth - 1);
        self.variables.pop();
        Expression::Quantified(Quantified {
            quantifier,
            variable,
            domain: Box::new(domain),
            iterant: Box::new(iterant),
            offset: Offset::default(),
        })
    }

    /// An attribute of an entity, or of a category that may be worked out.
    pub(super) fn related(&mut self, returns: Type, depth: usize) -> Expression {
        self.applications_left -= 1;
        self.related += 1;
        let of = returns.data_type;
        let id = match returns.bag || self.choices.one_in(6) {
            true => SEVERAL,
            false => SINGLE,
        };
        let any_uri = |text: &str| Expression::Value(written(DataType::AnyUri, text));
        let whose = match self.choices.weighted(&[5, 2, 2, 1]) {
            0 => self.expression(one(DataType::Entity), depth - 1),
            way @ (1 | 2) => {
                let category = self.choices.pick(&CATEGORIES);
                self.want(Designator::new(category, id, of));
                match way {
                    1 => any_uri(category),
                    // As good as worked out.
                    _ => {
                        let only = apply("1.0", "anyURI-bag", vec![any_uri(category)]);
                        apply("1.0", "anyURI-one-and-only", vec![only])
                    }
                }
            }
            _ => self.expression(one(DataType::AnyUri), depth - 1),
        };
        let id = match self.choices.one_in(12) {
            true => self.expression(one(DataType::AnyUri), depth - 1),
            false => any_uri(id),
        };
        let mut arguments = vec![whose, id, any_uri(of.uri())];
        let rest = self.choices.weighted(&[3, 3, 1]);
        if rest > 0 {
            arguments.push(match self.choices.one_in(6) {
                true => self.expression(one(DataType::Boolean), depth - 1),
                false => {
                    let must = self.choices.pick(&["false", "true"]);
                    Expression::Value(written(DataType::Boolean, must))
                }
            });
        }
        if rest > 1 {
            arguments.push(match self.choices.one_in(6) {
                true => self.expression(one(DataType::String), depth - 1),
                false => Expression::Value(written(DataType::String, "i")),
            });
        }
        let all = apply("3.0", "attribute-designator", arguments);
        if returns.bag {
            return all;
        }
        let version = match of {
            DataType::DayTimeDuration | DataType::YearMonthDuration | DataType::Entity => "3.0",
            DataType::IpAddress | DataType::DnsName => "2.0",
            _ => "1.0",
        };
        apply(
            version,
            &format!("{}-one-and-only", of.short_name()),
            vec![all],
        )
    }
}
