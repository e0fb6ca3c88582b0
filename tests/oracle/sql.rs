//! Conditions of SQL that are made of policies: their text, and what cannot be said.

use vedtak::analysis::{SqlDialect, SqlError, SqlJoin, SqlMapping};
use vedtak::attribute::{Designator, category};
use vedtak::combining::rule::DENY_UNLESS_PERMIT;
use vedtak::function::id;
use vedtak::syntax::{AttributeDesignator, Match, Policy, Rule, Target};
use vedtak::value::{DataType, Value};
use vedtak::{Pdp, Request};

const DIALECTS: [SqlDialect; 2] = [SqlDialect::Sqlite, SqlDialect::Postgres];

fn attribute(data_type: DataType) -> Designator {
    Designator::new(category::RESOURCE, "tested", data_type)
}

/// A policy that permits where one of these tests holds.
fn policy(data_type: DataType, tests: &[(&str, Value)]) -> Pdp {
    let attribute = AttributeDesignator::from(&attribute(data_type));
    let tests = tests.iter().cloned();
    let tests = tests.map(|(function, value)| Match::new(function, value, attribute.clone()));
    let tests: Vec<Match> = tests.collect();
    let rule = Rule::permit("tested").target(Target::new().any_of(tests));
    let policy = Policy::new("tested", DENY_UNLESS_PERMIT).rule(rule);
    let pdp = Pdp::builder().document(policy).build();
    pdp.expect("the policy compiles")
}

/// The condition with an attribute in the column `c`, or in the rows of a table.
fn condition(
    data_type: DataType,
    tests: &[(&str, Value)],
    dialect: SqlDialect,
    is_column: bool,
) -> Result<(String, Vec<String>), SqlError> {
    let pdp = policy(data_type, tests);
    let nothing = Request::default();
    let residual = pdp.analysis(&nothing).open(|_| true).residual();
    let join = SqlJoin {
        table: "t".into(),
        on: "t.of = o.id".into(),
        value: "t.v".into(),
    };
    let mapping = SqlMapping::new(dialect);
    let mapping = match is_column {
        true => mapping.column(attribute(data_type), "c"),
        false => mapping.join(attribute(data_type), join),
    };
    let condition = residual
        .expect("is small")
        .to_sql(&mapping.first_parameter(3), 100)?;
    let parameters = condition.parameters.iter().map(Value::lexical);
    Ok((condition.text, parameters.collect()))
}

#[test]
fn answers_that_lead_to_the_same_end_are_one_list() {
    let tests = [
        (id::STRING_EQUAL, "x'y".into()),
        (id::STRING_EQUAL, "--".into()),
    ];
    for (dialect, is_column, expected) in [
        (
            SqlDialect::Sqlite,
            true,
            "(c IS NOT NULL AND c COLLATE BINARY IN (?3, ?4))",
        ),
        (
            SqlDialect::Postgres,
            true,
            "(c IS NOT NULL AND c IN ($3, $4))",
        ),
        (
            SqlDialect::Postgres,
            false,
            "EXISTS (SELECT 1 FROM t WHERE (t.of = o.id) AND t.v IN ($3, $4))",
        ),
    ] {
        let made = condition(DataType::String, &tests, dialect, is_column).expect("can be said");
        // No text of a policy is in the text.
        assert_eq!(
            made,
            (expected.to_owned(), vec!["x'y".to_owned(), "--".to_owned()])
        );
    }
}

#[test]
fn letter_case_of_ascii_is_said_exactly_and_no_other() {
    let tests = [(id::STRING_EQUAL_IGNORE_CASE, "Kari".into())];
    let (text, parameters) =
        condition(DataType::String, &tests, SqlDialect::Postgres, true).expect("can be said");
    assert_eq!(
        text,
        "(c IS NOT NULL AND replace(lower(c COLLATE \"C\"), $3, 'k') = $4)"
    );
    // The Kelvin sign is a k in lower case.
    assert_eq!(parameters, ["\u{212a}", "kari"]);
}

#[test]
fn what_cannot_be_said_exactly_names_the_attribute_and_the_test() {
    let beyond = Value::parse(DataType::Integer, "9223372036854775808").expect("is an integer");
    let time = Value::parse(DataType::Time, "12:00:00Z").expect("is a time");
    let date = Value::parse(DataType::Date, "2026-11-28").expect("is a date");
    let double = Value::parse(DataType::Double, "0.5").expect("is a double");
    let mail = Value::parse(DataType::Rfc822Name, "a@b.example").expect("is a name");
    for (data_type, function, value, named) in [
        (
            DataType::Integer,
            id::INTEGER_EQUAL,
            beyond.clone(),
            "9223372036854775808",
        ),
        (
            DataType::Integer,
            id::INTEGER_LESS_THAN,
            beyond,
            "beyond 64 bits",
        ),
        (DataType::Time, id::TIME_EQUAL, time, "of the type time"),
        (DataType::Date, id::DATE_EQUAL, date, "of the type date"),
        (
            DataType::Double,
            id::DOUBLE_GREATER_THAN,
            double,
            "of the type double",
        ),
        (
            DataType::Rfc822Name,
            id::RFC822_NAME_EQUAL,
            mail,
            "of the type rfc822Name",
        ),
        (
            DataType::String,
            id::STRING_REGEXP_MATCH,
            "a.*".into(),
            "string-regexp-match",
        ),
        (
            DataType::String,
            id::STRING_EQUAL_IGNORE_CASE,
            "\u{e5}se".into(),
            "ASCII",
        ),
    ] {
        for dialect in DIALECTS {
            for is_column in [true, false] {
                let tests = [(function, value.clone())];
                let error = condition(data_type, &tests, dialect, is_column);
                let error = error.expect_err(function).to_string();
                assert!(error.contains("tested") && error.contains(named), "{error}");
            }
        }
    }
}

#[test]
fn an_attribute_that_the_mapping_does_not_have_is_an_error() {
    let pdp = policy(DataType::String, &[(id::STRING_EQUAL, "a".into())]);
    let nothing = Request::default();
    let residual = pdp.analysis(&nothing).open(|_| true).residual();
    let residual = residual.expect("is small");
    let mapping = SqlMapping::new(SqlDialect::Sqlite);
    let error = residual.to_sql(&mapping, 100);
    assert_eq!(
        error,
        Err(SqlError::Unmapped(vec![attribute(DataType::String)]))
    );
    let condition = residual.to_sql(&mapping.absent(attribute(DataType::String)), 100);
    assert_eq!(condition.expect("is known").text, "(1 = 0)");
}

#[test]
fn a_condition_is_no_larger_than_its_budget() {
    let tests = |count: i64| -> Vec<(&str, Value)> {
        (0..count)
            .map(|number| (id::INTEGER_EQUAL, number.into()))
            .collect()
    };
    let made = |count| condition(DataType::Integer, &tests(count), SqlDialect::Sqlite, false);
    assert_eq!(made(20).expect("is small").1.len(), 20);
    for count in [200, 400, 800] {
        assert_eq!(made(count), Err(SqlError::TooLarge));
    }
}
