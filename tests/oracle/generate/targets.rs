//! Random targets (§5.6 to §5.9): mostly equality, as in life, but any function of two values.

use std::sync::LazyLock;

use vedtak::syntax::{AllOf, AnyOf, AttributeReference, Match, Offset, Target, XacmlVersion};
use vedtak::value::{DataType, Value};

use super::Maker;
use super::expressions::CATEGORIES;
use super::literals::{for_parameter, literal};
use super::signatures::Rows;

impl Maker<'_, '_> {
    pub(crate) fn target(&mut self) -> Target {
        if self.choices.one_in(4) {
            return self.key();
        }
        if self.xacml == XacmlVersion::V2 {
            return self.sections();
        }
        let count = self.choices.weighted(&[6, 5, 2, 1]);
        Target {
            any_of: (0..count).map(|_| self.any_of()).collect(),
            offset: Offset::default(),
        }
    }

    /// Some of the four sections of a target of 2.0, each about attributes of its own.
    fn sections(&mut self) -> Target {
        let mut any_of = Vec::new();
        for category in CATEGORIES {
            if self.choices.one_in(2) {
                self.section = Some(category);
                any_of.push(self.any_of());
            }
        }
        self.section = None;
        Target {
            any_of,
            offset: Offset::default(),
        }
    }

    /// One attribute of the resource has one of a few values: by what most policies in use can be
    /// told from each other at a glance, and left out.
    fn key(&mut self) -> Target {
        let count = 1 + self.choices.weighted(&[4, 1, 1]);
        let matches = |_| {
            let value = literal(self.choices, DataType::String);
            let designator = self.key_designator();
            self.expect(Value::String((&*value.text).into()));
            AllOf {
                matches: vec![Match {
                    function: STRING_EQUAL.to_owned(),
                    value,
                    attribute: AttributeReference::Designator(designator),
                    offset: Offset::default(),
                }],
                offset: Offset::default(),
            }
        };
        Target {
            any_of: vec![AnyOf {
                all_of: (0..count).map(matches).collect(),
                offset: Offset::default(),
            }],
            offset: Offset::default(),
        }
    }

    fn any_of(&mut self) -> AnyOf {
        let count = 1 + self.choices.weighted(&[3, 3, 1]);
        AnyOf {
            all_of: (0..count).map(|_| self.all_of()).collect(),
            offset: Offset::default(),
        }
    }

    fn all_of(&mut self) -> AllOf {
        let count = 1 + self.choices.weighted(&[5, 2, 1]);
        AllOf {
            matches: (0..count).map(|_| self.matches()).collect(),
            offset: Offset::default(),
        }
    }

    fn matches(&mut self) -> Match {
        let function = match self.choices.weighted(&[3, 1]) {
            0 => self.choose(&EQUALITIES),
            _ => self.choose(&PREDICATES),
        };
        let single = self.choices.one_in(2);
        let two = function.as_predicate_of_two();
        let [first, second] = two.expect("only such functions are chosen");
        let literal = for_parameter(self.choices, function.name(), first, 0);
        let attribute = AttributeReference::Designator(self.designator(second, single));
        if first == second {
            let value = Value::parse(first, &literal.text);
            self.expect(value.expect("these are lexical forms"));
        }
        Match {
            function: function.id.clone(),
            value: literal,
            attribute,
            offset: Offset::default(),
        }
    }
}

const STRING_EQUAL: &str = "urn:oasis:names:tc:xacml:1.0:function:string-equal";

static PREDICATES: LazyLock<Rows> =
    LazyLock::new(|| Rows::of(|row| row.as_predicate_of_two().is_some()));
static EQUALITIES: LazyLock<Rows> = LazyLock::new(|| {
    Rows::of(|row| row.as_predicate_of_two().is_some() && row.name().ends_with("-equal"))
});
