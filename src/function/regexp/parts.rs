//! Pattern → pieces of text, of which every text that matches has one.
//!
//! `^https://example\.no/[a-z]+/(read|write)$` matches nothing without `https://example.no/`, and
//! nothing without `/read` or `/write`. The pieces of all patterns are found in one pass over a
//! text (`program/parts.rs`), and only the patterns whose pieces it contains are matched.
//!
//! Pieces have no false negatives: each step below keeps that a match has one piece of each set. A
//! part that may be absent (`?`, `*`) has no sets; an alternation has those that join one of each
//! branch; of a long literal, the pieces are parts. Dropping a set or shortening a piece rejects
//! fewer texts and is always exact. Dropping one piece of a set would lose matches, so a set of too
//! many is dropped whole. Where nothing is known, the pattern has no sets and is always matched.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

/// Pieces of which a matching text has at least one. None is empty.
pub(crate) type AnyOfParts = Box<[Box<[u8]>]>;

/// Sets of pieces; a text that matches has one of each. Those whose shortest piece is longest come
/// first: they are rarest.
pub(super) fn parts(hir: &Hir) -> Box<[AnyOfParts]> {
    let RequiredTexts { exact, mut sets } = required(hir);
    sets.extend(exact.and_then(useful));
    sets.sort_by_key(|set| std::cmp::Reverse(shortest(set)));
    sets.dedup();
    sets.truncate(MOST_SETS);
    let boxed = |set: Texts| set.into_iter().map(Vec::into_boxed_slice).collect();
    sets.into_iter().map(boxed).collect()
}

/// The most sets of one pattern: more reject few texts more.
const MOST_SETS: usize = 4;

/// The most pieces in a set: more reject few texts.
const MOST_PARTS: usize = 8;

/// The most bytes of a piece; a longer one is cut at its end, and at its beginning.
const LONGEST: usize = 64;

/// A set of texts, in order, each once.
type Texts = BTreeSet<Vec<u8>>;

/// The texts that an expression matches, or pieces of them.
struct RequiredTexts {
    /// All of them, if they are few and short.
    exact: Option<Texts>,
    /// Each of them has a piece of each of these.
    sets: Vec<Texts>,
}

impl RequiredTexts {
    fn exactly(text: &[u8]) -> Self {
        Self {
            exact: (text.len() <= LONGEST).then(|| [text.to_vec()].into()),
            sets: Vec::new(),
        }
    }

    fn sets(sets: Vec<Texts>) -> Self {
        Self { exact: None, sets }
    }

    /// The set that a text most rarely has a piece of.
    fn best(self) -> Option<Texts> {
        let sets = self.sets.into_iter().chain(self.exact.and_then(useful));
        sets.max_by_key(shortest)
    }
}

fn required(hir: &Hir) -> RequiredTexts {
    match hir.kind() {
        // They match the empty text at some places, so the texts around them are adjacent.
        HirKind::Empty | HirKind::Look(_) => RequiredTexts::exactly(b""),
        HirKind::Literal(literal) => of_literal(&literal.0),
        HirKind::Class(class) => of_class(class),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) => {
            let sub = required(&repetition.sub);
            match (repetition.min, repetition.max) {
                (0, Some(1)) => RequiredTexts {
                    exact: sub.exact.map(|mut exact| {
                        exact.insert(Vec::new());
                        exact
                    }),
                    sets: Vec::new(),
                },
                (0, _) => RequiredTexts::sets(Vec::new()),
                (1, Some(1)) => sub,
                // At least once.
                _ => {
                    let RequiredTexts { exact, mut sets } = sub;
                    sets.extend(exact.and_then(useful));
                    RequiredTexts::sets(sets)
                }
            }
        }
        HirKind::Concat(all) => of_concat(all),
        HirKind::Alternation(all) => of_alternation(all),
    }
}

fn of_literal(text: &[u8]) -> RequiredTexts {
    if text.len() <= LONGEST {
        return RequiredTexts::exactly(text);
    }
    let (first, last) = (&text[..LONGEST], &text[text.len() - LONGEST..]);
    RequiredTexts::sets([last, first].map(|cut| [cut.to_vec()].into()).into())
}

/// The texts of a class of a few characters, each by itself.
fn of_class(class: &Class) -> RequiredTexts {
    let mut exact = Texts::new();
    let mut add = |character: char| {
        exact.insert(character.to_string().into_bytes());
        exact.len() <= MOST_PARTS
    };
    let few = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .all(|range| (range.start()..=range.end()).all(&mut add)),
        Class::Bytes(class) => class.ranges().iter().all(|range| {
            (range.start()..=range.end()).all(|byte| byte.is_ascii() && add(char::from(byte)))
        }),
    };
    RequiredTexts {
        // A class of no characters matches nothing.
        exact: (few && !exact.is_empty()).then_some(exact),
        sets: Vec::new(),
    }
}

/// Neighbours that are known exactly are put together.
fn of_concat(all: &[Hir]) -> RequiredTexts {
    let mut together: Texts = [Vec::new()].into();
    let mut sets = Vec::new();
    let mut is_exact = true;
    for one in all {
        let RequiredTexts { exact, sets: more } = required(one);
        sets.extend(more);
        match exact {
            Some(exact) => match product(&together, &exact) {
                Some(longer) => together = longer,
                None => {
                    is_exact = false;
                    sets.extend(useful(std::mem::replace(&mut together, exact)));
                }
            },
            None => {
                is_exact = false;
                let before = std::mem::replace(&mut together, [Vec::new()].into());
                sets.extend(useful(before));
            }
        }
        // Long patterns have many: the best do.
        if sets.len() > 4 * MOST_SETS {
            sets.sort_by_key(|set| std::cmp::Reverse(shortest(set)));
            sets.truncate(MOST_SETS);
        }
    }
    if is_exact {
        return RequiredTexts {
            exact: Some(together),
            sets,
        };
    }
    sets.extend(useful(together));
    RequiredTexts::sets(sets)
}

/// Each of the first followed by each of the second, if these are few and short.
fn product(first: &Texts, second: &Texts) -> Option<Texts> {
    let longest = |texts: &Texts| texts.iter().map(Vec::len).max().unwrap_or(0);
    if first.len() * second.len() > MOST_PARTS || longest(first) + longest(second) > LONGEST {
        return None;
    }
    let pairs = first
        .iter()
        .flat_map(|a| second.iter().map(move |b| (a, b)));
    Some(pairs.map(|(a, b)| [&a[..], b].concat()).collect())
}

fn of_alternation(all: &[Hir]) -> RequiredTexts {
    let each: Vec<RequiredTexts> = all.iter().map(required).collect();
    if each.iter().all(|one| one.exact.is_some()) {
        let texts: Texts = each
            .iter()
            .flat_map(|one| one.exact.clone().unwrap_or_default())
            .collect();
        if texts.len() <= MOST_PARTS {
            return RequiredTexts {
                exact: Some(texts),
                sets: Vec::new(),
            };
        }
    }
    let best: Option<Vec<Texts>> = each.into_iter().map(RequiredTexts::best).collect();
    let joined = best.map(|all| all.into_iter().flatten().collect::<Texts>());
    RequiredTexts::sets(joined.and_then(useful).into_iter().collect())
}

/// The set, if each of its texts is something to look for, and there are not too many.
fn useful(set: Texts) -> Option<Texts> {
    let is_useful = !set.is_empty() && set.len() <= MOST_PARTS && shortest(&set) > 0;
    is_useful.then_some(set)
}

fn shortest(set: &Texts) -> usize {
    set.iter().map(Vec::len).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(pattern: &str) -> Vec<Vec<String>> {
        let hir = regex_syntax::parse(pattern).expect("is a pattern");
        let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
        let sets = parts(&hir).into_vec().into_iter();
        sets.map(|set| set.iter().map(|part| text(part)).collect())
            .collect()
    }

    #[test]
    fn parts_are_what_every_match_has_one_of() {
        for (pattern, sets) in [
            (
                r"\Ahttps://a/[0-9]+/b\z",
                &[&["https://a/"][..], &["/b"]][..],
            ),
            ("(?:read|write)/x", &[&["read/x", "write/x"]]),
            ("https?://a", &[&["http://a", "https://a"]]),
            ("[a-z]+-alpha-[0-9]", &[&["-alpha-"]]),
            ("(?:alpha[0-9]|beta[0-9])+", &[&["alpha", "beta"]]),
            ("(?:ab){2,}c", &[&["ab"], &["c"]]),
            ("a*", &[]),
            ("(?:abc|)", &[]),
            ("(?:abc)?d", &[&["abcd", "d"]]),
            ("(?:abc|[0-9]+)", &[]),
            (
                "[ab][cd][ef][gh]",
                &[
                    &["ace", "acf", "ade", "adf", "bce", "bcf", "bde", "bdf"],
                    &["g", "h"],
                ],
            ),
            (r"\A\z", &[]),
            ("", &[]),
            ("æ[øå]", &[&["æå", "æø"]]),
        ] {
            assert_eq!(of(pattern), sets, "{pattern}");
        }
        let long = "0123456789".repeat(10);
        assert_eq!(of(&long), [[&long[36..]], [&long[..64]]]);
    }

    proptest! {
        #[test]
        fn what_matches_has_a_part_of_each_set(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 1..9),
            anchored in any::<bool>(),
            text in "[abc]{0,8}",
        ) {
            let mut pattern = pieces.concat();
            if anchored {
                pattern = format!(r"\A(?:{pattern})\z");
            }
            if let Ok(regex) = regex::Regex::new(&pattern) && regex.is_match(&text) {
                for set in of(&pattern) {
                    let has_one = set.iter().any(|part| text.contains(part.as_str()));
                    prop_assert!(has_one, "{} {} {:?}", pattern, text, set);
                }
            }
        }
    }

    const PIECES: &[&str] = &[
        r"\A",
        r"\z",
        "a",
        "b",
        "ab?",
        "(a|b)",
        "c*",
        "[ab]+",
        "(?:b|",
        "(a",
        ")",
        "|",
        "ab|c",
        "c{2}",
        "(?:ab){1,2}",
        "[abc][bc]",
        "(?:cab)?",
    ];
}
