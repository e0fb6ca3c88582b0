use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;

use super::*;
use crate::value::Zone;

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/functions/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines that say something.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn environment(work: u64) -> Environment {
    Environment::new(Zone::from_minutes(120).unwrap(), work)
}

fn function(id: &str) -> &'static Function {
    let (version, name) = id.split_once(' ').unwrap();
    standard(&format!(
        "urn:oasis:names:tc:xacml:{version}:function:{name}"
    ))
    .unwrap_or_else(|| panic!("no function {id}"))
}

/// Every version of the function `name`.
fn versions(name: &str) -> Vec<&'static Function> {
    ["1.0", "2.0", "3.0"]
        .iter()
        .filter_map(|version| {
            let id = format!("urn:oasis:names:tc:xacml:{version}:function:{name}");
            standard(&id).or_else(|| of_profile(&id))
        })
        .collect()
}

fn value(data_type: DataType, text: &str) -> Value {
    Value::parse(data_type, text).unwrap_or_else(|error| panic!("{error}"))
}

fn one(data_type: DataType, text: &str) -> Operand<'static> {
    Operand::value(value(data_type, text))
}

fn bag(data_type: DataType, texts: &[&str]) -> Operand<'static> {
    Operand::bag(texts.iter().map(|text| value(data_type, text)).collect())
}

#[test]
fn the_table_is_that_of_the_standard() {
    let signatures = fixture("signatures.txt");
    let xpath = fixture("signatures-xpath.txt");
    let mut expected: Vec<&str> = lines(&signatures).collect();
    if cfg!(feature = "xpath") {
        expected.extend(lines(&xpath));
    }
    let mut found: Vec<String> = standard_ids()
        .map(|id| written(standard(id).unwrap()))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn the_table_of_profiles_is_theirs() {
    let signatures = fixture("signatures-profiles.txt");
    let mut expected: Vec<&str> = lines(&signatures).collect();
    let mut found: Vec<String> = profile_ids()
        .map(|id| written(of_profile(id).unwrap()))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    // Both are known by their identifiers alone, so none may be in both.
    for id in profile_ids() {
        assert!(standard(id).is_none(), "{id}");
    }
}

/// A row as `signatures.txt` writes it.
fn written(function: &Function) -> String {
    let id = function
        .id()
        .strip_prefix("urn:oasis:names:tc:xacml:")
        .unwrap();
    let id = id.replacen(":function:", " ", 1);
    match function.call {
        Call::HigherOrder(_) => return format!("{id}(function, …)"),
        Call::Entity(_) => return format!("{id}(entity or anyURI, …) -> bag of …"),
        _ => {}
    }
    let signature = function.signature();
    let mut parameters: Vec<String> = signature.parameters.iter().map(Type::to_string).collect();
    parameters.extend(signature.repeated.map(|repeated| format!("{repeated}...")));
    format!("{id}({}) -> {}", parameters.join(", "), signature.returns)
}

#[test]
fn how_rows_are_carried_out() {
    let predicates = "string-equal anyURI-contains integer-less-than x500Name-match";
    for name in predicates.split(' ') {
        for function in versions(name) {
            assert!(matches!(function.call, Call::Predicate(_)), "{function:?}");
        }
    }
    for id in standard_ids() {
        let function = standard(id).unwrap();
        assert_eq!(function.id(), id);
        // What a Match may name (§7.6) is what the evaluator calls without operands.
        let [Type::One(_), Type::One(_)] = function.signature.parameters[..] else {
            continue;
        };
        if function.signature.returns == Type::One(DataType::Boolean) {
            let by_value = matches!(function.call, Call::Predicate(_) | Call::Regexp);
            let of_nodes = matches!(function.call, Call::Nodes(_));
            assert!(
                by_value || of_nodes || function.is_access_permitted(),
                "{function:?}"
            );
        }
    }
}

#[test]
fn functions_that_are_left_out_say_why() {
    let urn = |rest: &str| format!("urn:oasis:names:tc:xacml:{rest}");
    for id in [
        "3.0:function:xpath-node-count",
        "1.0:function:xpath-node-match",
    ] {
        let reason = unsupported(&urn(id));
        assert_eq!(reason.is_none(), cfg!(feature = "xpath"));
        assert!(reason.is_none_or(|reason| reason.contains("XPath")));
    }
    for id in ["3.0:function:entity-equal", "1.0:function:entity-is-in"] {
        let reason = unsupported(&urn(id));
        assert!(reason.is_some_and(|reason| reason.contains("no equality")));
    }
    for id in [
        "1.0:function:access-permitted",
        "1.0:function:string-equal",
        "2.0:function:no",
    ] {
        assert_eq!(unsupported(&urn(id)), None);
    }
    assert!(standard_ids().all(|id| unsupported(id).is_none()));
}

/// One argument or result as a case writes it.
#[derive(Debug, PartialEq)]
enum Word {
    Value(String),
    Bag(Vec<String>),
    Equals,
    Fails,
}

fn words(line: &str) -> Vec<Word> {
    let mut rest = line.trim_start();
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Vec<String>> = None;
    while !rest.is_empty() {
        let (word, after) = match rest.as_bytes()[0] {
            b'\'' => {
                let (word, after) = rest[1..].split_once('\'').expect(line);
                (Some(word.to_owned()), after)
            }
            b'"' => quoted(&rest[1..]),
            _ => {
                let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
                match word {
                    "[" => {
                        open = Some(Vec::new());
                        (None, after)
                    }
                    "]" => {
                        words.push(Word::Bag(open.take().expect(line)));
                        (None, after)
                    }
                    "=" => {
                        words.push(Word::Equals);
                        (None, after)
                    }
                    "!" | "!syntax" => {
                        words.push(Word::Fails);
                        // The rest is the message, and is read by no other rule.
                        words.push(Word::Value(after.to_owned()));
                        return words;
                    }
                    word => (Some(word.to_owned()), after),
                }
            }
        };
        match (word, &mut open) {
            (Some(word), Some(bag)) => bag.push(word),
            (Some(word), None) => words.push(Word::Value(word)),
            (None, _) => {}
        }
        rest = after.trim_start();
    }
    words
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str) -> (Option<String>, &str) {
    let mut word = String::new();
    let mut rest = text;
    loop {
        let mut chars = rest.chars();
        let c = chars.next().expect("a closing quote");
        rest = chars.as_str();
        match c {
            '"' => return (Some(word), rest),
            '\\' => {
                let c = chars.next().unwrap();
                rest = chars.as_str();
                word.push(match c {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let (number, after) = rest[1..].split_once('}').unwrap();
                        rest = after;
                        u32::from_str_radix(number, 16)
                            .ok()
                            .and_then(char::from_u32)
                            .unwrap()
                    }
                    c => c,
                });
            }
            c => word.push(c),
        }
    }
}

fn operand(word: &Word, expected: Type) -> Operand<'static> {
    match (word, expected) {
        (Word::Value(text), Type::One(data_type)) => one(data_type, text),
        (Word::Bag(texts), Type::Bag(data_type)) => bag(
            data_type,
            &texts.iter().map(String::as_str).collect::<Vec<_>>(),
        ),
        _ => panic!("{word:?} is no {expected}"),
    }
}

#[test]
fn cases() {
    let mut called = HashSet::new();
    for file in [
        "arithmetic",
        "bag",
        "comparison",
        "logical",
        "string",
        "temporal",
        "profiles",
    ] {
        let text = fixture(&format!("cases-{file}.txt"));
        for line in lines(&text) {
            let (name, rest) = line.split_once(' ').unwrap();
            let functions = versions(name);
            assert!(!functions.is_empty(), "no function `{name}`");
            for function in functions {
                case(function, line, &words(rest));
                called.insert(function.id());
            }
        }
    }
    // The families of bag.rs have a test of their own, tests/standard/xpath.rs has what needs a Content, and
    // tests/standard/entities.rs what looks into entities.
    for id in standard_ids().chain(profile_ids()) {
        let function = standard(id).or_else(|| of_profile(id)).unwrap();
        let bags = |operand: &Type| matches!(operand, Type::Bag(_));
        let signature = &function.signature;
        let has_case = called.contains(id)
            || matches!(
                function.call,
                Call::HigherOrder(_) | Call::Nodes(_) | Call::Entity(_)
            )
            || function.is_access_permitted()
            || signature.parameters.iter().any(bags)
            || bags(&signature.returns);
        assert!(has_case, "{id} has no case");
    }
}

fn case(function: &Function, line: &str, words: &[Word]) {
    let end = words
        .iter()
        .position(|word| matches!(word, Word::Equals | Word::Fails));
    let (arguments, outcome) = words.split_at(end.expect(line));
    let signature = function.signature();
    let types = signature.parameters.iter().copied();
    let types = types.chain(std::iter::repeat_with(|| signature.repeated.expect(line)));
    let arguments: Vec<_> = arguments
        .iter()
        .zip(types)
        .map(|(word, of)| operand(word, of))
        .collect();
    let result = function.apply(&environment(10_000_000), &arguments);
    match (outcome, result) {
        ([Word::Equals, word], Ok(result)) => {
            assert_eq!(result, operand(word, signature.returns), "{line}");
        }
        ([Word::Fails, Word::Value(part)], Err(error)) => {
            assert!(error.to_string().contains(part), "{line}: {error}");
            assert_eq!(
                error.code() == StatusCode::SyntaxError,
                line.contains(" !syntax "),
                "{line}"
            );
        }
        (_, result) => panic!("{line}: {result:?}"),
    }
}

/// For each data type a value, another lexical form of that value if there is one, and another
/// value.
const SAMPLES: [(DataType, &str, &str, &str); 16] = [
    (DataType::String, "a", "a", "A"),
    (DataType::Boolean, "true", "1", "0"),
    (DataType::Integer, "7", "+07", "-7"),
    (DataType::Double, "100", "1e2", "NaN"),
    (DataType::Time, "09:30:00", "07:30:00Z", "09:30:00Z"),
    (
        DataType::Date,
        "2002-09-24",
        "2002-09-24+02:00",
        "2002-09-24Z",
    ),
    (
        DataType::DateTime,
        "2002-09-24T01:00:00",
        "2002-09-23T23:00:00Z",
        "2002-09-24T01:00:00Z",
    ),
    (DataType::AnyUri, "urn:a", "urn:a", "urn:A"),
    (DataType::HexBinary, "0fb7", "0FB7", "0fb8"),
    (
        DataType::Base64Binary,
        "RXhhbXBsZQ==",
        "RXhh bXBsZQ==",
        "T3RoZXI=",
    ),
    (DataType::DayTimeDuration, "P1DT2H", "PT26H", "-PT26H"),
    (DataType::YearMonthDuration, "P1Y2M", "P14M", "P15M"),
    (DataType::X500Name, "cn=A, c=US", "CN=a,C=us", "cn=B, c=US"),
    (DataType::Rfc822Name, "a@sun.com", "a@SUN.com", "A@sun.com"),
    (DataType::IpAddress, "10.0.0.1", "10.0.0.1", "10.0.0.2"),
    (
        DataType::DnsName,
        "example.com",
        "example.com",
        "example.org",
    ),
];

#[test]
fn bags_and_sets_of_every_data_type() {
    for (version, of) in super::bag::FAMILIES {
        let (_, a, also_a, b) = SAMPLES.into_iter().find(|sample| sample.0 == of).unwrap();
        let call = |name: &str, arguments: &[Operand<'static>]| {
            let function = function(&format!("{version} {}-{name}", of.short_name()));
            let result = function.apply(&environment(1000), arguments).unwrap();
            assert!(
                match &result {
                    Operand::One(value) =>
                        function.signature.returns == Type::One(value.data_type()),
                    Operand::Bag(_) => function.signature.returns == Type::Bag(of),
                },
                "{name}"
            );
            result.into_owned()
        };
        let yes = Operand::value(true);
        let no = Operand::value(false);
        let none = || bag(of, &[]);

        assert_eq!(call("one-and-only", &[bag(of, &[b])]), one(of, b));
        assert_eq!(call("bag-size", &[none()]), Operand::value(0_i64));
        assert_eq!(
            call("bag-size", &[bag(of, &[a, also_a, b])]),
            Operand::value(3_i64)
        );
        assert_eq!(call("bag", &[]), none());
        assert_eq!(
            call("bag", &[one(of, b), one(of, a), one(of, a)]),
            bag(of, &[b, a, a])
        );
        assert_eq!(call("is-in", &[one(of, a), bag(of, &[b, also_a])]), yes);
        assert_eq!(call("is-in", &[one(of, a), bag(of, &[b])]), no);
        assert_eq!(call("is-in", &[one(of, a), none()]), no);

        let ab = || bag(of, &[a, b]);
        assert_eq!(
            call(
                "intersection",
                &[bag(of, &[a, also_a, b]), bag(of, &[also_a])]
            ),
            bag(of, &[a])
        );
        assert_eq!(call("intersection", &[ab(), none()]), none());
        assert_eq!(
            call("union", &[bag(of, &[b, a]), bag(of, &[also_a])]),
            bag(of, &[b, a])
        );
        assert_eq!(call("union", &[none(), bag(of, &[a]), bag(of, &[b])]), ab());
        assert_eq!(
            call("at-least-one-member-of", &[ab(), bag(of, &[also_a])]),
            yes
        );
        assert_eq!(
            call("at-least-one-member-of", &[bag(of, &[b]), bag(of, &[a])]),
            no
        );
        assert_eq!(call("subset", &[bag(of, &[also_a, a]), ab()]), yes);
        assert_eq!(call("subset", &[ab(), bag(of, &[a])]), no);
        assert_eq!(
            call("set-equals", &[bag(of, &[also_a, a]), bag(of, &[a])]),
            yes
        );
        assert_eq!(call("set-equals", &[bag(of, &[a]), ab()]), no);
    }
}

#[test]
fn one_and_only_borrows() {
    let values = [Value::from("a")];
    let arguments = [Operand::Bag(Cow::Borrowed(&values[..]))];
    let function = function("1.0 string-one-and-only");
    let result = function.apply(&environment(0), &arguments);
    assert!(matches!(result, Ok(Operand::One(Cow::Borrowed(_)))));
}

#[test]
fn rows_given_other_types_fail_and_do_not_panic() {
    let arguments = [
        vec![],
        vec![one(DataType::XPathExpression, "x")],
        vec![
            one(DataType::Boolean, "true"),
            one(DataType::Time, "09:30:00"),
        ],
        vec![
            bag(DataType::String, &["a", "b"]),
            bag(DataType::Integer, &["1"]),
        ],
        vec![
            bag(DataType::Integer, &["1"]),
            one(DataType::Integer, "1"),
            one(DataType::Date, "2002-09-24"),
        ],
    ];
    for id in standard_ids() {
        for arguments in &arguments {
            // What comes back is not asked: some rows take any bag.
            let _ = standard(id).unwrap().apply(&environment(1000), arguments);
        }
    }
}

#[test]
fn work_is_bounded() {
    let many: Vec<&str> = vec!["a"; 100];
    let others: Vec<&str> = vec!["b"; 100];
    let bags = [bag(DataType::String, &many), bag(DataType::String, &others)];
    for name in [
        "intersection",
        "union",
        "subset",
        "set-equals",
        "at-least-one-member-of",
    ] {
        let function = function(&format!("1.0 string-{name}"));
        let error = function.apply(&environment(5000), &bags).unwrap_err();
        assert!(error.to_string().contains("work"), "{name}: {error}");
        function.apply(&environment(20_000), &bags).unwrap();
    }
    let long = "a".repeat(100_000);
    for (id, arguments) in [
        (
            "1.0 string-equal",
            [long.as_str(), long.as_str()].as_slice(),
        ),
        ("3.0 string-equal-ignore-case", &[&long, &long]),
        ("3.0 string-contains", &["b", &long]),
        ("3.0 string-starts-with", &[&long, &long]),
        ("1.0 string-less-than", &[&long, &long]),
        ("1.0 string-regexp-match", &["a{1000}b", &long]),
        ("1.0 string-regexp-match", &[r"\w{60}", "a"]),
        ("1.0 string-normalize-space", &[&long]),
        ("1.0 string-normalize-to-lower-case", &[&long]),
        ("2.0 string-concatenate", &[&long, "a"]),
    ] {
        let arguments: Vec<_> = arguments
            .iter()
            .map(|text| one(DataType::String, text))
            .collect();
        let error = function(id)
            .apply(&environment(300), &arguments)
            .unwrap_err();
        assert!(error.to_string().contains("work"), "{id}: {error}");
    }
}

/// For every row that takes single values, larger operands take more work, and the increase grows
/// with them. The operands are equal, so that no comparison ends early. New rows are tried, too.
#[test]
fn every_function_pays_for_the_size_of_its_operands() {
    let digits = |size: usize| "9".repeat(size);
    let text_of = |name: &str, data_type: DataType, size: usize| match (name, data_type) {
        ("x500Name-from-string", _) | (_, DataType::X500Name) => "A=,".repeat(size / 3) + "A=b",
        ("anyURI-from-string", _) => "a".repeat(size),
        ("dnsName-from-string", _) | (_, DataType::DnsName) => "a.".repeat(size / 2) + "a",
        // No longer than a mailbox may be.
        (_, DataType::Rfc822Name) => "a".repeat(size / 13) + "@b.c",
        (_, DataType::String | DataType::Integer) => digits(size),
        (_, DataType::AnyUri) => "a".repeat(size),
        (_, DataType::HexBinary) => "0f".repeat(size),
        (_, DataType::Base64Binary) => "AAAA".repeat(size / 4),
        _ => String::new(),
    };
    let small = |data_type: &DataType| text_of("", *data_type, 4).is_empty();
    let mut tried = 0;
    for id in standard_ids() {
        let function = standard(id).unwrap();
        let (_, name) = id.rsplit_once(':').unwrap();
        let Signature {
            parameters,
            repeated,
            ..
        } = function.signature();
        let takes: Vec<Type> = parameters.iter().chain(repeated).copied().collect();
        let single = |of: &Type| matches!(of, Type::One(data_type) if !small(data_type));
        // A bag shares its values, and a count is compared with how many others there are.
        let is_bag = matches!(function.signature().returns, Type::Bag(_));
        let elsewhere = matches!(function.call, Call::Nodes(_) | Call::AccessPermitted);
        let others = is_bag || name == "n-of" || elsewhere;
        if takes.is_empty() || !takes.iter().all(single) || others {
            continue;
        }
        tried += 1;
        let work = |size: usize| {
            let operands: Vec<_> = takes
                .iter()
                .enumerate()
                .map(|(place, of)| match (name, place) {
                    (_, 0) if name.ends_with("-regexp-match") => one(of.data_type(), "a*b"),
                    // All of the text.
                    (_, 1) if name.ends_with("-substring") => one(of.data_type(), "0"),
                    (_, 2) if name.ends_with("-substring") => one(of.data_type(), "-1"),
                    ("integer-multiply", 1..) => one(of.data_type(), "3"),
                    _ => one(of.data_type(), &text_of(name, of.data_type(), size)),
                })
                .collect();
            let environment = environment(u64::MAX);
            // Those that have no result, such as a URI that would be too long, have taken it, too.
            let _ = function.apply(&environment, &operands);
            u64::MAX - environment.work_left()
        };
        let [once, twice, four_times] = [1_000, 2_000, 4_000].map(work);
        let (more, as_much_again) = (twice - once, four_times - twice);
        // Numbers are looked at by their size, which is known.
        let free = ["integer-to-double"].contains(&name);
        assert!(
            free || (more > 0 && 2 * as_much_again >= 3 * more),
            "{id}: {once}, {twice}, {four_times}"
        );
    }
    assert!(tried >= 60, "{tried}");
}

#[test]
fn results_are_bounded() {
    let text = "a".repeat(600_000);
    let arguments = [one(DataType::String, &text), one(DataType::String, &text)];
    let error = function("2.0 string-concatenate").apply(&environment(u64::MAX), &arguments);
    assert_eq!(
        error.unwrap_err().to_string(),
        "the string would be longer than 1 MiB"
    );
    // Its lower case is half as long again.
    let text = "Ⱥ".repeat(400_000);
    let lower = function("1.0 string-normalize-to-lower-case");
    let error = lower.apply(&environment(u64::MAX), &[one(DataType::String, &text)]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "the string would be longer than 1 MiB"
    );
    let number = one(DataType::Integer, &"9".repeat(16_000));
    for name in ["integer-multiply", "integer-add"] {
        let many = vec![number.clone(); if name == "integer-add" { 2 } else { 3 }];
        let result = function(&format!("1.0 {name}")).apply(&environment(u64::MAX), &many);
        assert_eq!(result.is_err(), name == "integer-multiply");
    }
}

#[test]
fn messages_cut_long_texts_short() {
    let text = "long\n".repeat(1000);
    for (id, arguments) in [
        (
            "3.0 string-substring",
            vec![
                one(DataType::String, &text),
                one(DataType::Integer, "9999"),
                one(DataType::Integer, "-1"),
            ],
        ),
        (
            "3.0 integer-from-string",
            vec![one(DataType::String, &text)],
        ),
        (
            "1.0 string-regexp-match",
            vec![
                one(DataType::String, &format!("{text}[")),
                one(DataType::String, ""),
            ],
        ),
    ] {
        let message = function(id)
            .apply(&environment(100_000), &arguments)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("long long") && message.contains('…'),
            "{message}"
        );
        assert!(message.len() < 200 && !message.contains('\n'), "{message}");
    }
}

#[test]
fn a_host_function_that_breaks_its_word_is_an_error() {
    let signature = Signature {
        parameters: vec![],
        repeated: None,
        returns: Type::One(DataType::String),
    };
    let host = |result: Operand<'static>| {
        let signature = signature.clone();
        Function::new("urn:example:f", signature, move |_, _| Ok(result.clone()))
            .apply(&environment(0), &[])
            .map_err(|error| error.to_string())
    };
    assert_eq!(host(Operand::value("a")), Ok(Operand::value("a")));
    let message =
        "the function returned something other than string, which it says it returns".to_owned();
    assert_eq!(host(Operand::value(1)), Err(message.clone()));
    assert_eq!(host(Operand::bag(vec!["a".into()])), Err(message));
}
