use super::*;

/// A number that says what goes wrong with it.
#[derive(Debug)]
struct Odd(i32);

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // Reads back as another.
            13 => f.write_str("14"),
            // Does not read back.
            15 => f.write_str("fifteen"),
            17 => panic!("written"),
            // White space is not part of what is read.
            19 => f.write_str(" 19"),
            21 => f.write_str("000021"),
            number => write!(f, "{number}"),
        }
    }
}

impl ExtensionType for Odd {
    const ID: &'static str = "urn:example:odd";
    const NAME: &'static str = "odd";
    const ORDERED: bool = true;
    const LONGEST: usize = 5;

    fn read(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(11) => panic!("read"),
            Ok(number) => Ok(Self(number)),
            Err(_) => Err("expected a number".to_owned()),
        }
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.0, other.0) {
            (1, _) => None,
            (3, _) => Some(Ordering::Equal),
            (5, _) => panic!("compared"),
            (a, b) => a.partial_cmp(&b),
        }
    }
}

struct Unordered;

impl fmt::Display for Unordered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it")
    }
}

impl ExtensionType for Unordered {
    const ID: &'static str = "urn:example:unordered";
    const NAME: &'static str = "unordered";

    fn read(_: &str) -> Result<Self, String> {
        Ok(Self)
    }
}

/// Another type with the same identifier.
struct Twin;

impl fmt::Display for Twin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("2")
    }
}

impl ExtensionType for Twin {
    const ID: &'static str = Odd::ID;
    const NAME: &'static str = "twin";

    fn read(_: &str) -> Result<Self, String> {
        Ok(Self)
    }
}

const ODD: DataType = DataType::of::<Odd>();

fn odd(text: &str) -> Value {
    Value::parse(ODD, text).expect("is one")
}

fn refused(text: &str) -> String {
    Value::parse(ODD, text).unwrap_err().to_string()
}

#[test]
fn values_are_what_their_canonical_form_says() {
    let value = odd(" +07\n");
    assert_eq!(
        (value.to_string(), value.lexical()),
        ("7".into(), "7".into())
    );
    assert_eq!(value.data_type(), ODD);
    assert_eq!(value.as_extension::<Odd>().map(|odd| odd.0), Some(7));
    assert!(value.as_extension::<Unordered>().is_none());
    assert_eq!(value, odd("7"));
    assert_eq!(
        value.equal(&odd("007"), super::super::Zone::UTC),
        Some(true)
    );
    assert_eq!(value.equal(&odd("8"), super::super::Zone::UTC), Some(false));
    assert_eq!(
        value.equal(&Value::from("7"), super::super::Zone::UTC),
        None
    );
    assert_eq!(
        super::super::key::keys(&value),
        super::super::key::keys(&odd("07"))
    );
    assert_eq!(Value::extension(Odd(7)).as_ref(), Ok(&value));
    assert_eq!(format!("{value:?}"), "Extension(odd(\"7\"))");
    assert_eq!(ODD.uri(), "urn:example:odd");
    assert_eq!(format!("{ODD:?}"), "Extension(urn:example:odd)");
}

#[test]
fn values_stay_small() {
    assert_eq!(size_of::<Value>(), 32);
    assert_eq!(size_of::<DataType>(), 16);
}

#[test]
fn a_type_that_does_not_keep_its_word_is_refused() {
    assert_eq!(refused("x"), "`x` is not a valid odd: expected a number");
    assert_eq!(
        refused("11"),
        "`11` is not a valid odd: reading it panicked"
    );
    assert_eq!(
        refused("17"),
        "`17` is not a valid odd: reading it panicked"
    );
    assert_eq!(
        refused("000007"),
        "`000007` is not a valid odd: it is longer than 5 bytes"
    );
    for (text, form) in [("15", "fifteen"), ("21", "000021")] {
        let reason = format!("its canonical form `{form}` does not read back as itself");
        assert_eq!(
            refused(text),
            format!("`{text}` is not a valid odd: {reason}")
        );
    }
    for wrong in [15, 17, 21] {
        assert!(Value::extension(Odd(wrong)).is_err(), "{wrong}");
    }
    // It says that 13 is 14, and so it is.
    assert_eq!(
        Value::extension(Odd(13)).map(|value| value.to_string()),
        Ok("14".into())
    );
}

#[test]
fn an_order_is_believed_where_it_can_be() {
    let order = |a: &str, b: &str| odd(a).compare(&odd(b), super::super::Zone::UTC);
    assert_eq!(order("7", "8"), Some(Ordering::Less));
    assert_eq!(order("8", "7"), Some(Ordering::Greater));
    // Not asked where the canonical forms are the same.
    assert_eq!(order("5", "05"), Some(Ordering::Equal));
    for wrong in ["1", "3", "5"] {
        assert_eq!(order(wrong, "8"), None, "{wrong}");
    }
    let other = Value::extension(Unordered).expect("is one");
    assert_eq!(other.compare(&other, super::super::Zone::UTC), None);
    assert_eq!(odd("7").compare(&other, super::super::Zone::UTC), None);
    let twin = Value::extension(Twin).expect("is one");
    assert_eq!(twin.data_type(), ODD);
    assert_eq!(odd("7").compare(&twin, super::super::Zone::UTC), None);
}

#[test]
fn data_types_are_found_by_their_identifiers() {
    let types = DataTypes::STANDARD
        .with::<Odd>()
        .with::<Unordered>()
        .with::<Odd>();
    assert_eq!(types.0.len(), 2);
    assert_eq!(types.from_uri("urn:example:odd"), Some(ODD));
    assert_eq!(
        types.from_uri(DataType::String.uri()),
        Some(DataType::String)
    );
    assert_eq!(types.from_uri("odd"), None);
    assert_eq!(DataTypes::STANDARD.from_uri("urn:example:odd"), None);
    assert_eq!(
        types.unknown("urn:example:old"),
        "the data type `urn:example:old` is not known; did you mean `urn:example:odd`?"
    );
    let near = "http://www.w3.org/2001/XMLSchema#strin";
    assert_eq!(types.unknown(near), DataType::unknown(near));
}
