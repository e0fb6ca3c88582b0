//! What the functions take and give, as far as the generator uses them (appendix A.3).

use std::sync::LazyLock;

use vedtak::value::DataType;

use super::literals::{MAIN, number};

/// A value, or a bag of values, of a data type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    pub data_type: DataType,
    pub bag: bool,
}

pub(crate) const fn one(data_type: DataType) -> Type {
    Type {
        data_type,
        bag: false,
    }
}

pub(crate) const fn bag(data_type: DataType) -> Type {
    Type {
        data_type,
        bag: true,
    }
}

pub(crate) struct Signature {
    pub id: String,
    pub parameters: Vec<Type>,
    /// What may follow them any number of times.
    pub repeated: Option<Type>,
    pub returns: Type,
    /// How often it shall be chosen.
    pub weight: usize,
}

impl Signature {
    pub(crate) fn name(&self) -> &str {
        self.id.rsplit(':').next().unwrap_or_default()
    }

    pub(crate) fn takes_values_only(&self) -> bool {
        !self
            .parameters
            .iter()
            .chain(&self.repeated)
            .any(|parameter| parameter.bag)
    }

    /// The data types of the two values it can ask something of, as a Match does.
    pub(crate) fn as_predicate_of_two(&self) -> Option<[DataType; 2]> {
        let fits = self.returns == one(DataType::Boolean) && self.takes_values_only();
        let mut types = self.parameters.iter().chain(self.repeated.iter().cycle());
        let two = [types.next()?.data_type, types.next()?.data_type];
        let as_many = match self.repeated {
            Some(_) => self.parameters.len() <= 2,
            None => self.parameters.len() == 2,
        };
        (fits && as_many).then_some(two)
    }
}

/// Functions to choose from.
pub(crate) struct Rows {
    pub rows: Vec<&'static Signature>,
    /// The sum of their weights.
    pub weight: usize,
}

impl Rows {
    pub(crate) fn of(fits: impl Fn(&Signature) -> bool) -> Self {
        let rows: Vec<_> = ALL.iter().filter(|row| fits(row)).collect();
        let weight = rows.iter().map(|row| row.weight).sum();
        Self { rows, weight }
    }

    /// Those that give values of a type.
    pub(crate) fn giving(returns: Type) -> &'static Self {
        static GIVING: LazyLock<Vec<[Rows; 2]>> = LazyLock::new(|| {
            let giving = |returns| Rows::of(move |row| row.returns == returns);
            let both = |data_type: &DataType| [one(*data_type), bag(*data_type)].map(giving);
            DataType::ALL.iter().map(both).collect()
        });
        &GIVING[number(returns.data_type)][usize::from(returns.bag)]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// All functions that take values and bags: not functions, entities of any type, or a decision.
static ALL: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    let lines = include_str!("../../../fixtures/functions/signatures.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let fits = |line: &&str| !line.contains('…') && !line.contains("access-permitted");
    lines.filter(fits).map(row).collect()
});

/// Functions to choose more or less often than others of their data types.
const WEIGHTS: [(usize, &[&str]); 7] = [
    (16, &["or", "and", "n-of"]),
    (12, &["string-equal"]),
    (10, &["not"]),
    (8, &["integer-equal"]),
    (
        6,
        &[
            "boolean-equal",
            "double-equal",
            "anyURI-equal",
            "integer-divide",
            "double-divide",
            "integer-mod",
            "string-concatenate",
            "string-substring",
        ],
    ),
    (4, &["entity-bag-size", "entity-one-and-only"]),
    (
        2,
        &[
            "entity-bag",
            "date-equal",
            "time-equal",
            "dateTime-equal",
            "time-in-range",
        ],
    ),
];

/// `version name(parameters) -> result`.
fn row(line: &str) -> Signature {
    let parts = line.split_once(") -> ").and_then(|(head, returns)| {
        let (id, parameters) = head.split_once('(')?;
        let (version, name) = id.split_once(' ')?;
        Some((version, name, parameters, returns))
    });
    let (version, name, parameters, returns) = parts.expect("the line is a signature");
    let mut signature = Signature {
        id: format!("urn:oasis:names:tc:xacml:{version}:function:{name}"),
        parameters: Vec::new(),
        repeated: None,
        returns: parse(returns),
        weight: 1,
    };
    for parameter in parameters.split(", ") {
        match parameter.strip_suffix("...") {
            Some(repeated) => signature.repeated = Some(parse(repeated)),
            None => signature.parameters.push(parse(parameter)),
        }
    }
    let mut types = signature.parameters.iter().chain(&signature.repeated);
    if MAIN.contains(&signature.returns.data_type) && types.all(|of| MAIN.contains(&of.data_type)) {
        signature.weight = 4;
    }
    let own = WEIGHTS.iter().find(|(_, names)| names.contains(&name));
    signature.weight = own.map_or(signature.weight, |(weight, _)| *weight);
    signature
}

fn parse(text: &str) -> Type {
    let (name, is_bag) = match text.strip_prefix("bag of ") {
        Some(name) => (name, true),
        None => (text, false),
    };
    let mut all = DataType::ALL.iter().copied();
    let data_type = all.find(|data_type| data_type.short_name() == name);
    Type {
        data_type: data_type.expect("a signature is of data types"),
        bag: is_bag,
    }
}
