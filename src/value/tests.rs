use std::cmp::Ordering::{Equal, Greater, Less};
use std::sync::Arc;

use super::*;

#[test]
fn canonical_forms() {
    for (data_type, text, expected) in [
        (DataType::String, "", ""),
        (DataType::String, " a\n ", " a\n "),
        (
            DataType::AnyUri,
            " \thttp://example.com/a b\r\n",
            "http://example.com/a b",
        ),
        (DataType::AnyUri, "", ""),
        (DataType::Boolean, "true", "true"),
        (DataType::Boolean, " 1\n", "true"),
        (DataType::Boolean, "false", "false"),
        (DataType::Boolean, "0", "false"),
        (DataType::Integer, "0", "0"),
        (DataType::Integer, "-0", "0"),
        (DataType::Integer, "+007", "7"),
        (DataType::Integer, "\t-42 ", "-42"),
        (
            DataType::Integer,
            "9223372036854775808",
            "9223372036854775808",
        ),
        (
            DataType::Integer,
            "-009999999999999999999999",
            "-9999999999999999999999",
        ),
        (DataType::Double, "5.2", "5.2E0"),
        (DataType::Double, "100000", "1.0E5"),
        (DataType::Double, "1E5", "1.0E5"),
        (DataType::Double, "-12.78e-2", "-1.278E-1"),
        (DataType::Double, "+.5", "5.0E-1"),
        (DataType::Double, "5.", "5.0E0"),
        (DataType::Double, "0", "0.0E0"),
        (DataType::Double, "-0.0", "-0.0E0"),
        (DataType::Double, "5e-324", "5.0E-324"),
        (DataType::Double, "1e-400", "0.0E0"),
        (DataType::Double, "1e999999999999999999999", "INF"),
        (DataType::Double, "-1e400", "-INF"),
        (
            DataType::Double,
            "1.7976931348623157e308",
            "1.7976931348623157E308",
        ),
        (DataType::Double, "INF", "INF"),
        (DataType::Double, " -INF ", "-INF"),
        (DataType::Double, "NaN", "NaN"),
        (DataType::HexBinary, "", ""),
        (DataType::HexBinary, " 0aFf ", "0AFF"),
        (DataType::Base64Binary, "", ""),
        (DataType::Base64Binary, "aGVs\n bG8 =", "aGVsbG8="),
        (DataType::Base64Binary, "AA==", "AA=="),
        (DataType::Time, " 12:00:00.50+02:00\n", "10:00:00.5Z"),
        (DataType::Date, "\n2024-02-29", "2024-02-29"),
        (
            DataType::DateTime,
            "2024-02-29T24:00:00-01:00 ",
            "2024-03-01T01:00:00Z",
        ),
        (DataType::DayTimeDuration, " PT26H ", "P1DT2H"),
        (DataType::YearMonthDuration, " P14M ", "P1Y2M"),
        (DataType::X500Name, " CN = a ; O=b\n", "CN = a ; O=b"),
        (DataType::Rfc822Name, "\n a@Example.com ", "a@Example.com"),
        (DataType::IpAddress, " 10.0.0.1:80- ", "10.0.0.1:80-"),
        (DataType::DnsName, " *.Example.com ", "*.Example.com"),
        (DataType::XPathExpression, " //a/b ", "//a/b"),
    ] {
        let value = parse(data_type, text);
        assert_eq!(value.data_type(), data_type);
        assert_eq!(value.to_string(), expected, "{text}");
        assert_eq!(parse(data_type, expected), value, "{text}");
    }
}

#[test]
fn refused_forms() {
    for (data_type, texts) in [
        (
            DataType::Boolean,
            &["", "True", "TRUE", "yes", "2", "\u{a0}true"] as &[_],
        ),
        (
            DataType::Integer,
            &[
                "", "+", "-", "--1", "+-1", "1.0", "1e3", "1_000", "0x1", "1 000", "١", "1-",
                "\u{a0}1",
            ],
        ),
        (
            DataType::Double,
            &[
                "", ".", "-", "+", "e5", "1e", "1e+", "1e1.5", ".e1", "1..2", "1.2.3", "inf",
                "Inf", "+INF", "+inf", "infinity", "nan", "-NaN", "0x1p3", "1_0", "1 0", "1d",
                "1f", "--1", "1e--1", "NAN",
            ],
        ),
        (DataType::HexBinary, &["0", "0g", "0 1", "0x01", "é1"]),
        (
            DataType::Base64Binary,
            &[
                "A",
                "AA",
                "AA=",
                "AAA",
                "AB==",
                "AAB=",
                "A===",
                "AA==AA==",
                "AA-_",
                "é",
                "A\u{a0}A==",
            ],
        ),
    ] {
        for text in texts {
            let error = Value::parse(data_type, text).unwrap_err();
            assert_eq!(error.data_type(), data_type);
        }
    }
}

#[test]
fn long_forms_are_refused_before_they_are_read() {
    let digits = |count: usize| "1".repeat(count);
    for (data_type, limit) in [
        (DataType::Integer, 16_384),
        (DataType::Double, 4_096),
        (DataType::AnyUri, 4_096),
    ] {
        assert!(Value::parse(data_type, &digits(limit)).is_ok());
        let error = Value::parse(data_type, &digits(limit + 1)).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with(&format!("longer than {limit} bytes"))
        );
    }
    for data_type in DataType::ALL.iter().copied() {
        let unlimited = matches!(
            data_type,
            DataType::String
                | DataType::HexBinary
                | DataType::Base64Binary
                | DataType::XPathExpression
        );
        let read = Value::parse(data_type, &digits(1_000_000));
        assert_eq!(read.is_ok(), unlimited, "{data_type}");
    }
}

#[test]
fn errors_are_short_and_one_line() {
    for (data_type, text, expected) in [
        (
            DataType::Boolean,
            "yes",
            "`yes` is not a valid boolean: expected `true`, `false`, `1` or `0`",
        ),
        (
            DataType::Date,
            "2024-13-01",
            "`2024-13-01` is not a valid date: month must be between 01 and 12; expected one such as \
             `2024-05-17`",
        ),
        (
            DataType::Date,
            "0000-01-01",
            "`0000-01-01` is not a valid date: there is no year 0000",
        ),
        (
            DataType::Rfc822Name,
            "a\n\u{1b}[31mb",
            "`a  [31mb` is not a valid rfc822Name: it has no `@`",
        ),
    ] {
        assert_eq!(
            Value::parse(data_type, text).unwrap_err().to_string(),
            expected
        );
    }
    let error = Value::parse(DataType::Boolean, &"å".repeat(1_000)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("`{}…` is", "å".repeat(80)))
    );
}

#[test]
fn equality_of_the_standard() {
    for (data_type, a, b, expected) in [
        (DataType::String, "a", "a", true),
        (DataType::String, "a", "A", false),
        (DataType::Boolean, "1", "true", true),
        (DataType::Integer, "+01", "1", true),
        (
            DataType::Integer,
            "99999999999999999999",
            "099999999999999999999",
            true,
        ),
        (DataType::Double, "1", "1.0E0", true),
        (DataType::Double, "0", "-0", true),
        (DataType::Double, "NaN", "NaN", false),
        (DataType::Time, "12:00:00", "10:00:00Z", true),
        (DataType::Time, "23:00:00-05:00", "04:00:00Z", false),
        (DataType::Date, "2024-01-01", "2024-01-01+02:00", true),
        (
            DataType::DateTime,
            "2024-01-01T00:00:00",
            "2023-12-31T22:00:00Z",
            true,
        ),
        (DataType::AnyUri, "http://a/", "http://a", false),
        (DataType::HexBinary, "0a", "0A", true),
        (DataType::Base64Binary, "AAAA", "AA AA", true),
        (DataType::DayTimeDuration, "PT26H", "P1DT2H", true),
        (DataType::YearMonthDuration, "P14M", "P1Y2M", true),
        (DataType::X500Name, "CN=a, O=b", "cn=A;o=B", true),
        (DataType::Rfc822Name, "a@sun.com", "a@SUN.com", true),
        (DataType::Rfc822Name, "A@sun.com", "a@sun.com", false),
        (DataType::IpAddress, "10.0.0.1", "10.0.0.1:", false),
        (DataType::DnsName, "a.com", "A.com", false),
        (DataType::DnsName, "a.com", "a.com", true),
    ] {
        let (a, b) = (parse(data_type, a), parse(data_type, b));
        assert_eq!(a.equal(&b, east()), Some(expected), "{a} {b}");
        assert_eq!(b.equal(&a, east()), Some(expected), "{b} {a}");
    }
    let text = Value::from("1");
    assert_eq!(text.equal(&parse(DataType::AnyUri, "1"), east()), None);
    assert_eq!(text.equal(&Value::from(1), east()), None);
    let hex = parse(DataType::HexBinary, "00");
    assert_eq!(
        hex.equal(&parse(DataType::Base64Binary, "AA=="), east()),
        None
    );
    let expression = parse(DataType::XPathExpression, "a");
    assert_eq!(expression.equal(&expression, east()), None);
}

#[test]
fn order_of_the_standard() {
    for (data_type, a, b, expected) in [
        (DataType::String, "a", "b", Some(Less)),
        // U+FF5E comes before U+10000, though not in UTF-16.
        (DataType::String, "\u{ff5e}", "\u{10000}", Some(Less)),
        (DataType::Integer, "-99999999999999999999", "1", Some(Less)),
        (DataType::Double, "-0", "0", Some(Equal)),
        (DataType::Double, "INF", "1e308", Some(Greater)),
        (DataType::Double, "NaN", "1", None),
        (DataType::Time, "12:00:00", "11:00:00Z", Some(Less)),
        (DataType::Date, "2024-01-01", "2024-01-01Z", Some(Less)),
        (
            DataType::DateTime,
            "2024-01-01T12:00:00",
            "2024-01-01T10:00:00Z",
            Some(Equal),
        ),
        (DataType::AnyUri, "a", "b", None),
        (DataType::Boolean, "0", "1", None),
        (DataType::DayTimeDuration, "PT1S", "PT2S", None),
    ] {
        let (a, b) = (parse(data_type, a), parse(data_type, b));
        assert_eq!(a.compare(&b, east()), expected, "{a} {b}");
    }
    assert_eq!(Value::from(1).compare(&Value::from(1.0), east()), None);
}

#[test]
fn sameness_is_not_equality() {
    let double = |text| parse(DataType::Double, text);
    assert_eq!(double("NaN"), Value::from(-f64::NAN));
    assert_ne!(double("0"), double("-0"));
    assert_ne!(Value::from("1"), parse(DataType::AnyUri, "1"));
    assert_ne!(
        parse(DataType::X500Name, "CN=a"),
        parse(DataType::X500Name, "cn=a")
    );
    let expression = |category: &str| {
        Value::from(XPathExpression {
            text: "a".into(),
            category: category.into(),
            namespaces: Arc::new([]),
        })
    };
    assert_eq!(expression("c"), expression("c"));
    assert_ne!(expression("c"), expression("d"));
}

#[test]
fn no_text_panics() {
    let seeds = [
        "2024-02-29T24:00:00.5+14:00",
        "-0001-12-31Z",
        "-P1Y2M3DT4H5M6.7S",
        "CN=\"a\\,\"+OU=#0C01,O=\\C3\\A5;C=é",
        "\"a\\\"@b\"@[::1]",
        "[::ffff:1.2.3.4]/[::]:80-90",
        "*.exämple.com:-80",
        "-1.5e-3INFNaN",
        "AA==\u{10ffff}\u{0}",
    ];
    for seed in seeds {
        let characters: Vec<char> = seed.chars().collect();
        for from in 0..characters.len() {
            for to in from..=characters.len() {
                let piece: String = characters[from..to].iter().collect();
                let doubled = format!("{piece}{piece}");
                let cut = characters[..from].iter().chain(&characters[to..]).collect();
                for text in [piece, doubled, cut] {
                    for data_type in DataType::ALL.iter().copied() {
                        read_and_write(data_type, &text);
                    }
                    if let Ok(name) = "a@b.cé".parse() {
                        Rfc822Name::matches(&text, &name);
                    }
                }
            }
        }
    }
}

fn read_and_write(data_type: DataType, text: &str) {
    match Value::parse(data_type, text) {
        Ok(value) => {
            assert_eq!(
                Value::parse(data_type, &value.to_string()),
                Ok(value.clone())
            );
            let _ = value.equal(&value, east());
            let _ = value.compare(&value, east());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn parse(data_type: DataType, text: &str) -> Value {
    Value::parse(data_type, text).unwrap()
}

fn east() -> Zone {
    Zone::from_minutes(120).unwrap()
}
