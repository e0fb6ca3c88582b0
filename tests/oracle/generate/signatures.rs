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

/// All functions that take no function.
static ALL: LazyLock<Vec<Signature>> = LazyLock::new(|| {
    let mut rows: Vec<Signature> = TABLE.lines().filter_map(row).collect();
    for (version, data_type) in FAMILIES {
        let name = data_type.short_name();
        let weight = if MAIN.contains(&data_type) { 4 } else { 1 };
        for family in FAMILY {
            let line = format!("{weight} {version} {}", family.replace("TYPE", name));
            rows.extend(row(&line));
        }
        let from = format!("{weight} 3.0 {name}-from-string: string -> {name}");
        let to = format!("{weight} 3.0 string-from-{name}: {name} -> string");
        let octets = matches!(data_type, DataType::HexBinary | DataType::Base64Binary);
        let deprecated = version == "1.0" && name.ends_with("Duration");
        if data_type != DataType::String && !octets && !deprecated {
            rows.extend(row(&from));
            rows.extend(row(&to));
        }
    }
    rows
});

/// `weight version name: parameters -> result`, the types in brackets being bags.
fn row(line: &str) -> Option<Signature> {
    let (head, types) = line.split_once(": ")?;
    let (parameters, returns) = types.split_once("-> ")?;
    let mut head = head.split(' ');
    let (weight, version, name) = (head.next()?, head.next()?, head.next()?);
    let mut signature = Signature {
        id: format!("urn:oasis:names:tc:xacml:{version}:function:{name}"),
        parameters: Vec::new(),
        repeated: None,
        returns: parse(returns),
        weight: weight.parse().expect("the weight is a number"),
    };
    for parameter in parameters.split_whitespace() {
        match parameter.strip_suffix("...") {
            Some(repeated) => signature.repeated = Some(parse(repeated)),
            None => signature.parameters.push(parse(parameter)),
        }
    }
    Some(signature)
}

fn parse(text: &str) -> Type {
    let name = text.trim_matches(['[', ']']);
    let mut all = DataType::ALL.iter().copied();
    let data_type = all.find(|data_type| data_type.short_name() == name);
    Type {
        data_type: data_type.expect("the table names data types"),
        bag: text.starts_with('['),
    }
}

const FAMILIES: [(&str, DataType); 18] = [
    ("1.0", DataType::String),
    ("1.0", DataType::Boolean),
    ("1.0", DataType::Integer),
    ("1.0", DataType::Double),
    ("1.0", DataType::Time),
    ("1.0", DataType::Date),
    ("1.0", DataType::DateTime),
    ("1.0", DataType::AnyUri),
    ("1.0", DataType::HexBinary),
    ("1.0", DataType::Base64Binary),
    ("3.0", DataType::DayTimeDuration),
    ("1.0", DataType::DayTimeDuration),
    ("3.0", DataType::YearMonthDuration),
    ("1.0", DataType::YearMonthDuration),
    ("1.0", DataType::X500Name),
    ("1.0", DataType::Rfc822Name),
    ("2.0", DataType::IpAddress),
    ("2.0", DataType::DnsName),
];

/// A.3.10 and A.3.11.
const FAMILY: [&str; 9] = [
    "TYPE-one-and-only: [TYPE] -> TYPE",
    "TYPE-bag-size: [TYPE] -> integer",
    "TYPE-is-in: TYPE [TYPE] -> boolean",
    "TYPE-bag: TYPE... -> [TYPE]",
    "TYPE-intersection: [TYPE] [TYPE] -> [TYPE]",
    "TYPE-at-least-one-member-of: [TYPE] [TYPE] -> boolean",
    "TYPE-union: [TYPE] [TYPE] [TYPE]... -> [TYPE]",
    "TYPE-subset: [TYPE] [TYPE] -> boolean",
    "TYPE-set-equals: [TYPE] [TYPE] -> boolean",
];

const TABLE: &str = "
4 3.0 entity-bag-size: [entity] -> integer
4 3.0 entity-one-and-only: [entity] -> entity
2 3.0 entity-bag: entity... -> [entity]
12 1.0 string-equal: string string -> boolean
6 1.0 boolean-equal: boolean boolean -> boolean
8 1.0 integer-equal: integer integer -> boolean
6 1.0 double-equal: double double -> boolean
2 1.0 date-equal: date date -> boolean
2 1.0 time-equal: time time -> boolean
2 1.0 dateTime-equal: dateTime dateTime -> boolean
2 3.0 dayTimeDuration-equal: dayTimeDuration dayTimeDuration -> boolean
2 3.0 yearMonthDuration-equal: yearMonthDuration yearMonthDuration -> boolean
1 1.0 dayTimeDuration-equal: dayTimeDuration dayTimeDuration -> boolean
1 1.0 yearMonthDuration-equal: yearMonthDuration yearMonthDuration -> boolean
4 3.0 string-equal-ignore-case: string string -> boolean
6 1.0 anyURI-equal: anyURI anyURI -> boolean
1 1.0 x500Name-equal: x500Name x500Name -> boolean
1 1.0 rfc822Name-equal: rfc822Name rfc822Name -> boolean
1 1.0 hexBinary-equal: hexBinary hexBinary -> boolean
1 1.0 base64Binary-equal: base64Binary base64Binary -> boolean
4 1.0 integer-add: integer integer integer... -> integer
4 1.0 double-add: double double double... -> double
4 1.0 integer-subtract: integer integer -> integer
4 1.0 double-subtract: double double -> double
4 1.0 integer-multiply: integer integer integer... -> integer
4 1.0 double-multiply: double double double... -> double
6 1.0 integer-divide: integer integer -> integer
6 1.0 double-divide: double double -> double
6 1.0 integer-mod: integer integer -> integer
2 1.0 integer-abs: integer -> integer
2 1.0 double-abs: double -> double
4 1.0 round: double -> double
4 1.0 floor: double -> double
4 1.0 string-normalize-space: string -> string
4 1.0 string-normalize-to-lower-case: string -> string
4 1.0 double-to-integer: double -> integer
4 1.0 integer-to-double: integer -> double
16 1.0 or: boolean... -> boolean
16 1.0 and: boolean... -> boolean
16 1.0 n-of: integer boolean... -> boolean
10 1.0 not: boolean -> boolean
3 1.0 integer-greater-than: integer integer -> boolean
3 1.0 integer-greater-than-or-equal: integer integer -> boolean
3 1.0 integer-less-than: integer integer -> boolean
3 1.0 integer-less-than-or-equal: integer integer -> boolean
3 1.0 double-greater-than: double double -> boolean
3 1.0 double-greater-than-or-equal: double double -> boolean
3 1.0 double-less-than: double double -> boolean
3 1.0 double-less-than-or-equal: double double -> boolean
2 3.0 dateTime-add-dayTimeDuration: dateTime dayTimeDuration -> dateTime
2 3.0 dateTime-add-yearMonthDuration: dateTime yearMonthDuration -> dateTime
2 3.0 dateTime-subtract-dayTimeDuration: dateTime dayTimeDuration -> dateTime
2 3.0 dateTime-subtract-yearMonthDuration: dateTime yearMonthDuration -> dateTime
2 3.0 date-add-yearMonthDuration: date yearMonthDuration -> date
2 3.0 date-subtract-yearMonthDuration: date yearMonthDuration -> date
1 1.0 dateTime-add-dayTimeDuration: dateTime dayTimeDuration -> dateTime
1 1.0 dateTime-add-yearMonthDuration: dateTime yearMonthDuration -> dateTime
1 1.0 dateTime-subtract-dayTimeDuration: dateTime dayTimeDuration -> dateTime
1 1.0 dateTime-subtract-yearMonthDuration: dateTime yearMonthDuration -> dateTime
1 1.0 date-add-yearMonthDuration: date yearMonthDuration -> date
1 1.0 date-subtract-yearMonthDuration: date yearMonthDuration -> date
3 1.0 string-greater-than: string string -> boolean
3 1.0 string-greater-than-or-equal: string string -> boolean
3 1.0 string-less-than: string string -> boolean
3 1.0 string-less-than-or-equal: string string -> boolean
1 1.0 time-greater-than: time time -> boolean
1 1.0 time-greater-than-or-equal: time time -> boolean
1 1.0 time-less-than: time time -> boolean
1 1.0 time-less-than-or-equal: time time -> boolean
3 2.0 time-in-range: time time time -> boolean
1 1.0 dateTime-greater-than: dateTime dateTime -> boolean
1 1.0 dateTime-greater-than-or-equal: dateTime dateTime -> boolean
1 1.0 dateTime-less-than: dateTime dateTime -> boolean
1 1.0 dateTime-less-than-or-equal: dateTime dateTime -> boolean
1 1.0 date-greater-than: date date -> boolean
1 1.0 date-greater-than-or-equal: date date -> boolean
1 1.0 date-less-than: date date -> boolean
1 1.0 date-less-than-or-equal: date date -> boolean
6 2.0 string-concatenate: string string string... -> string
3 3.0 string-starts-with: string string -> boolean
2 3.0 anyURI-starts-with: string anyURI -> boolean
3 3.0 string-ends-with: string string -> boolean
2 3.0 anyURI-ends-with: string anyURI -> boolean
3 3.0 string-contains: string string -> boolean
2 3.0 anyURI-contains: string anyURI -> boolean
6 3.0 string-substring: string integer integer -> string
3 3.0 anyURI-substring: anyURI integer integer -> string
3 2.0 uri-string-concatenate: anyURI string string... -> anyURI
1 1.0 rfc822Name-match: string rfc822Name -> boolean
1 1.0 x500Name-match: x500Name x500Name -> boolean
3 1.0 string-regexp-match: string string -> boolean
1 2.0 anyURI-regexp-match: string anyURI -> boolean
1 2.0 ipAddress-regexp-match: string ipAddress -> boolean
1 2.0 dnsName-regexp-match: string dnsName -> boolean
1 2.0 rfc822Name-regexp-match: string rfc822Name -> boolean
1 2.0 x500Name-regexp-match: string x500Name -> boolean
";
