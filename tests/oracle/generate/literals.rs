//! The few texts that values are made of: few, so that they meet; odd, so that it matters.

use std::sync::LazyLock;

use vedtak::request::Attribute;
use vedtak::syntax::{self, AttributeValue, IssuerAttribute, Offset};
use vedtak::value::{DataType, Entity, Value};

use super::expressions::{CATEGORIES, SEVERAL, SINGLE};
use crate::choices::Choices;

/// The data types with functions of their own come up more often than those without.
pub(crate) const MAIN: [DataType; 5] = [
    DataType::Boolean,
    DataType::String,
    DataType::Integer,
    DataType::Double,
    DataType::AnyUri,
];

/// Everything but XPath expressions.
pub(crate) fn data_type(choices: &mut Choices<'_>) -> DataType {
    match choices.weighted(&[3, 1]) {
        0 => choices.pick(&MAIN),
        _ => match choices.one_in(3) {
            true => DataType::Entity,
            false => choices.pick(&DataType::ALL[..16]),
        },
    }
}

/// A literal.
pub(crate) fn literal(choices: &mut Choices<'_>, data_type: DataType) -> AttributeValue {
    if data_type == DataType::Entity {
        return written_value(&value(choices, data_type));
    }
    let texts = texts(data_type);
    AttributeValue {
        data_type: uri(choices, data_type),
        ..written(data_type, texts[place(choices, texts.len())])
    }
}

/// An identifier of a data type: the durations have two (10.2.7).
pub(crate) fn uri(choices: &mut Choices<'_>, data_type: DataType) -> String {
    let deprecated = "http://www.w3.org/TR/2002/WD-xquery-operators-20020816#";
    match data_type {
        DataType::DayTimeDuration | DataType::YearMonthDuration if choices.one_in(4) => {
            format!("{deprecated}{}", data_type.short_name())
        }
        _ => data_type.uri().to_owned(),
    }
}

/// What the text of a literal stands for.
pub(crate) fn value(choices: &mut Choices<'_>, data_type: DataType) -> Value {
    static VALUES: LazyLock<Vec<Vec<Value>>> = LazyLock::new(|| {
        let value = |data_type, text| {
            Value::parse(data_type, text).unwrap_or_else(|error| panic!("{error}"))
        };
        let values = |data_type| {
            texts(data_type)
                .iter()
                .map(|text| value(data_type, text))
                .collect()
        };
        DataType::ALL[..16].iter().copied().map(values).collect()
    });
    if data_type == DataType::Entity {
        return entity(choices, 2);
    }
    let values = &VALUES[number(data_type)];
    values[place(choices, values.len())].clone()
}

/// An entity with attributes as the others are called, entities among them at most so deep.
fn entity(choices: &mut Choices<'_>, depth: usize) -> Value {
    let count = choices.weighted(&[1, 4, 6, 3]);
    let mut entity = Entity::builder();
    for _ in 0..count {
        // Of one data type: what JSON would write as several attributes is not the same entity.
        let kind = choices.weighted(&[9, 2, if depth > 0 { 3 } else { 0 }]);
        let data_type = choices.pick(&MAIN);
        let count = choices.weighted(&[0, 8, 3, 1]);
        let values = (0..count).map(|_| match kind {
            0 => value(choices, data_type),
            1 => Value::AnyUri(choices.pick(&CATEGORIES).into()),
            _ => self::entity(choices, depth - 1),
        });
        let values = values.collect();
        entity = entity.with(Attribute {
            id: choices.pick(&[SINGLE, SEVERAL]).into(),
            issuer: choices.one_in(8).then(|| "i".into()),
            include_in_result: choices.one_in(8),
            values,
        });
    }
    entity.build().expect("is small").into()
}

/// A value as a policy writes it.
fn written_value(value: &Value) -> AttributeValue {
    let Some(of) = value.as_entity() else {
        return written(value.data_type(), &value.lexical());
    };
    let attribute = |attribute: &Attribute| IssuerAttribute {
        id: attribute.id.to_string(),
        issuer: attribute.issuer.as_deref().map(str::to_owned),
        include_in_result: attribute.include_in_result,
        values: attribute.values.iter().map(written_value).collect(),
    };
    AttributeValue {
        entity: Some(Box::new(syntax::Entity {
            content: None,
            attributes: of.attributes().iter().map(attribute).collect(),
        })),
        ..written(DataType::Entity, "")
    }
}

/// The place of a data type of the standard's in [`DataType::ALL`].
pub(crate) fn number(data_type: DataType) -> usize {
    let mut all = DataType::ALL.iter();
    all.position(|known| *known == data_type)
        .expect("is the standard's")
}

/// Where in a list of texts; the first ones come up most often.
fn place(choices: &mut Choices<'_>, count: usize) -> usize {
    match choices.weighted(&[1, 1]) {
        0 => choices.below(2),
        _ => choices.below(count),
    }
}

/// A literal for a parameter; for a regular expression only a valid one, since the engine refuses
/// others where they are written out. Those come from attributes and concatenations.
pub(crate) fn for_parameter(
    choices: &mut Choices<'_>,
    function: &str,
    data_type: DataType,
    place: usize,
) -> AttributeValue {
    if place == 0 && function.ends_with("-regexp-match") {
        let expression = choices.pick(&[
            "a", "^a", "b$", "a.*b|^$", "[a-c]", "", "^.{1,2}$", "A|1", "^*b", "a$?", "(^+)a",
        ]);
        return written(data_type, expression);
    }
    literal(choices, data_type)
}

/// The literal with this text.
pub(crate) fn written(data_type: DataType, text: &str) -> AttributeValue {
    AttributeValue {
        data_type: data_type.uri().to_owned(),
        text: text.to_owned(),
        element: None,
        entity: None,
        xpath_category: None,
        namespaces: Vec::new(),
        other_attributes: Vec::new(),
        offset: Offset::default(),
    }
}

/// Lexical forms of a data type, the simplest one first.
pub(crate) fn texts(data_type: DataType) -> &'static [&'static str] {
    match data_type {
        // Some are numbers and dates, for the conversions; `(` is no regular expression, the
        // sign of Kelvin is a K in lower case, the dotted I is two characters there, and one
        // letter lies beyond the first 65,536.
        DataType::String => &[
            "a",
            "b",
            "ab",
            "",
            "A",
            "1",
            "true",
            " a\t",
            "æ",
            "Æ",
            "k",
            "\u{212a}",
            "\u{130}",
            "i\u{307}",
            "\u{1d4b3}b",
            "-1",
            " 2\n",
            "+03",
            "1.5E0",
            ".5",
            "5.",
            "1e",
            "INF",
            "-INF",
            "+INF",
            "NaN",
            "1_0",
            "99999999999999999999",
            "P1D",
            "-P1Y2M",
            "PT",
            "P1DT",
            "PT1.S",
            "2024-02-29",
            "2023-02-29",
            "12:00:00Z",
            "25:00:00",
            "2024-02-29T12:00:00+01:00",
            "2024-02-29T24:00:00",
            "(",
            "^a",
            "a.*b",
            "a@b.no",
            "a@B.NO",
            "b.no",
            ".B.no",
            "10.0.0.1",
            "cn=a",
            "0fFf",
            "AA==",
            "ΑΣ",
            "ας",
            "ασ",
            "^*a",
            "%",
            "1:2",
            "urn:a#b#c",
            "http://[",
            "http://[::1]:8/",
            "<x> \n {",
            "cn=a\\ ",
        ],
        DataType::Boolean => &["true", "false", "1", "0", " true\n"],
        DataType::Integer => &[
            "1",
            "2",
            "0",
            "-1",
            "3",
            "+5",
            "007",
            " -3 ",
            "-0",
            "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551616",
            "-99999999999999999999",
            "9007199254740993",
            NEARLY_DOUBLE,
            BEYOND_DOUBLE,
        ],
        DataType::Double => &[
            "1",
            "-0.0",
            "2.5",
            "0",
            "1.5E0",
            ".5",
            "-3.",
            "3.5",
            "-0.5",
            "1e3",
            "INF",
            "-INF",
            "NaN",
            "1.7976931348623157E308",
            "4.9E-324",
            "1E400",
            "0.1",
            "9007199254740993",
        ],
        DataType::AnyUri => &[
            "urn:a",
            "urn:b",
            "urn:A",
            "",
            "http://b/a?b#a",
            " urn:a ",
            "a%20b?[]#",
            "a \t b",
        ],
        DataType::Time => &[
            "12:00:00Z",
            "11:00:00",
            "12:00:00",
            "13:00:00+01:00",
            "23:30:00-01:00",
            "00:30:00Z",
            "24:00:00",
            "00:00:00+14:00",
            "11:59:59.9999",
        ],
        DataType::Date => &[
            "2024-02-29Z",
            "2024-02-29",
            "2024-03-01+14:00",
            "2024-02-28-12:00",
            "2024-02-28-11:59",
            "2024-01-31",
            "2023-12-31+12:00",
            "2023-12-31+12:01",
            "2024-02-29+01:00",
            "2024-02-28-14:00",
        ],
        DataType::DateTime => &[
            "2024-02-29T12:00:00Z",
            "2024-02-29T12:00:00",
            "2024-02-29T13:00:00+01:00",
            "2024-02-29T07:00:00.0-05:00",
            "2024-01-31T23:59:59.999-05:00",
            "2023-12-31T24:00:00",
            "2024-01-01T00:00:00",
            "2024-12-31T10:00:00+14:00",
            "2000-02-29T00:00:00.000000001Z",
        ],
        DataType::DayTimeDuration => &[
            "PT0S",
            "P1D",
            "PT24H",
            "-PT30M",
            "PT1.5S",
            "P1DT2H3M4.25S",
            "-P400D",
            "-PT0S",
        ],
        DataType::YearMonthDuration => {
            &["P0M", "P1M", "P1Y", "P12M", "-P1M", "P14M", "-P4Y", "P11M"]
        }
        DataType::HexBinary => &["00", "0fFf", "0FFF", ""],
        DataType::Base64Binary => &["AA==", "D/8=", "", " Zm8 = "],
        DataType::X500Name => &["cn=a,o=b", "CN=A, O=B", "o=b", " o=b\n"],
        DataType::Rfc822Name => &["a@b.no", "a@B.NO", "A@b.no", "a@c.b.no"],
        DataType::IpAddress => &["10.0.0.1", "10.0.0.1:80", "[::1]"],
        DataType::DnsName => &["b.no", "a.b.no", "b.no:80"],
        _ => panic!("there are no texts of {data_type}"),
    }
}

/// 2^1024 - 1: as long as the greatest double, but nearer to the first number that is none.
const NEARLY_DOUBLE: &str = "179769313486231590772930519078902473361797697894230657273430\
    081157732675805500963132708477322407536021120113879871393357658789768814416622492847430639\
    474124377767893424865485276302219601246094119453082952085005768838150682342462881473913110\
    540827237163350510684586298239947245938479716304835356329624224137215";

/// 10^309.
const BEYOND_DOUBLE: &str = "100000000000000000000000000000000000000000000000000000000000\
    000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
    000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
    0000000000000000000000000000000000000000000000000000000000000000000000";
