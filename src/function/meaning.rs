//! The meaning of a function: the promises, beyond its types, that the compiler relies on.

/// The meaning of a function, a column of its row. Where simplifying, lowering and the index know it,
/// they take another way to the same result. It does not follow from the identifier, which the host
/// chooses for the functions of its data types. Decisions do not read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The `*-equal` of a data type (A.3.1). It has a result for any two values, in either order;
    /// where values of the data type have [keys](crate::value::key), equal ones have equal keys.
    Equal,
    /// `string-equal-ignore-case`. As [`Equal`](Self::Equal), with the keys of the lower-case forms.
    EqualIgnoreCase,
    /// `*-starts-with`, `*-ends-with`, `*-contains` (A.3.9). True only of texts that contain the
    /// first argument, and it has a result for any two.
    Contains,
    /// `*-greater-than` of a data type (A.3.6, A.3.8). The four are one order of its values, in which
    /// those that `*-equal` holds between are equal; only doubles that are no numbers have no place.
    Greater,
    /// `*-greater-than-or-equal`.
    GreaterOrEqual,
    /// `*-less-than`.
    Less,
    /// `*-less-than-or-equal`.
    LessOrEqual,
    /// `*-one-and-only` (A.3.10).
    OneAndOnly,
    /// `*-bag-size`.
    BagSize,
    /// `*-bag`. It keeps its arguments as they are.
    Bag,
    /// `*-is-in`, and `*-at-least-one-member-of` (A.3.11): whether a value of the one argument and
    /// a value of the other are equal, by the `*-equal` of their data type.
    IsIn,
    /// `not` (A.3.5).
    Not,
    /// That of every other function, those that a host implements among them.
    Other,
}

impl Meaning {
    /// Whether an equality compares the keys of lower-case forms; none for what is no equality.
    pub(crate) fn equality_is_folded(self) -> Option<bool> {
        match self {
            Self::Equal => Some(false),
            Self::EqualIgnoreCase => Some(true),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{
        Call, Environment, Function, Operand, Type, of_profile, profile_ids, standard,
        standard_ids, text_matched,
    };
    use crate::value::{DataType, Value, Zone, key};

    /// The functions of the standard and of the profiles, each with its name.
    fn all() -> impl Iterator<Item = (&'static str, &'static Function)> {
        let ids = standard_ids().chain(profile_ids());
        ids.filter_map(|id| {
            let (_, name) = id.rsplit_once(':')?;
            Some((name, standard(id).or_else(|| of_profile(id))?))
        })
    }

    /// The standard names functions by what they mean (A.3); a profile's `…-value-equal` passes over
    /// ports, and its `recurring-time-equal` over days.
    #[test]
    fn the_functions_of_the_standard_mean_what_they_are_called() {
        let ends: [(&str, Meaning); 8] = [
            ("-equal", Meaning::Equal),
            ("-starts-with", Meaning::Contains),
            ("-ends-with", Meaning::Contains),
            ("-contains", Meaning::Contains),
            ("-one-and-only", Meaning::OneAndOnly),
            ("-bag-size", Meaning::BagSize),
            ("-bag", Meaning::Bag),
            ("-is-in", Meaning::IsIn),
        ];
        for (name, function) in all() {
            let expected = match name {
                "not" => Meaning::Not,
                _ if name.ends_with("-greater-than") => Meaning::Greater,
                _ if name.ends_with("-greater-than-or-equal") => Meaning::GreaterOrEqual,
                _ if name.ends_with("-less-than") => Meaning::Less,
                _ if name.ends_with("-less-than-or-equal") => Meaning::LessOrEqual,
                "string-equal-ignore-case" => Meaning::EqualIgnoreCase,
                "recurring-time-equal" | "ipAddress-value-equal" | "dnsName-value-equal" => {
                    Meaning::Other
                }
                _ if name.ends_with("-or-equal") || matches!(function.call, Call::Nodes(_)) => {
                    Meaning::Other
                }
                _ if name.ends_with("-at-least-one-member-of") => Meaning::IsIn,
                _ => {
                    let end = ends.iter().find(|(end, _)| name.ends_with(end));
                    end.map_or(Meaning::Other, |(_, meaning)| *meaning)
                }
            };
            assert_eq!(function.meaning, expected, "{}", function.id());
        }
    }

    fn samples(data_type: DataType) -> Vec<Value> {
        let texts = [
            "",
            "a",
            "A",
            "b",
            "aB",
            "Ab",
            "ß",
            "SS",
            "Σ",
            "σ",
            "ς",
            "true",
            "1",
            "0",
            "false",
            "01",
            "-0",
            "+1",
            "1.0",
            "NaN",
            "99999999999999999999",
            "99999999999999999998",
            "2026-02-01",
            "2026-02-01Z",
            "12:00:00",
            "12:00:00+01:00",
            "11:00:00Z",
            "2026-02-01T24:00:00",
            "2026-02-02T00:00:00Z",
            "P1D",
            "PT24H",
            "P1Y",
            "P12M",
            "aB==",
            "aA==",
            "ab",
            "a@B.c",
            "a@b.C",
            "A@b.c",
            "cn=A",
            "CN=a",
            "cn=B",
        ];
        let texts = texts.iter();
        texts
            .filter_map(|text| Value::parse(data_type, text).ok())
            .collect()
    }

    /// An equality that is looked up by keys, and a search for a piece, keep their promises.
    #[test]
    fn equal_values_have_equal_keys_and_texts_have_their_pieces() {
        let mut held = 0;
        for (_, function) in all() {
            let folded = function.meaning.equality_is_folded();
            if folded.is_none() && function.meaning != Meaning::Contains {
                continue;
            }
            let [Type::One(first), Type::One(second)] = function.signature().parameters[..] else {
                panic!("{function:?}");
            };
            let environment = Environment::new(Zone::UTC, u64::MAX);
            let holds = |a: &Value, b: &Value| {
                let operands = [a, b].map(|value| Operand::value(value.clone()));
                let result = function.apply(&environment, &operands);
                let result = result.unwrap_or_else(|error| panic!("{function:?}: {error}"));
                result.as_value().and_then(Value::as_bool).unwrap()
            };
            for (a, b) in samples(first)
                .iter()
                .flat_map(|a| samples(second).into_iter().map(move |b| (a, b)))
            {
                if !holds(a, &b) {
                    continue;
                }
                held += 1;
                let of = |value| {
                    let keys = key::keys(value)?;
                    Some(if folded? { keys.folded } else { keys.exact })
                };
                match folded {
                    Some(_) => assert!(of(a) == of(&b) && holds(&b, a), "{function:?}: {a}, {b}"),
                    None => assert!(
                        text_matched(&b).contains(a.as_str().unwrap()),
                        "{function:?}: {a}, {b}"
                    ),
                }
            }
        }
        assert!(held > 200, "{held}");
    }
}
