use proptest::prelude::*;

use super::{Regexp, may_match_some_text};

/// Asserts which of the texts match.
fn check(pattern: &str, matching: &[&str], other: &[&str]) {
    let regexp = Regexp::new(pattern).unwrap_or_else(|error| panic!("{error}"));
    for text in matching {
        assert!(regexp.is_match(text), "`{pattern}` should match {text:?}");
    }
    for text in other {
        assert!(
            !regexp.is_match(text),
            "`{pattern}` should not match {text:?}"
        );
    }
}

#[test]
fn what_a_pattern_matches() {
    check("", &["", "a"], &[]);
    check("b", &["b", "abc"], &["", "a", "B"]);
    check("^b", &["b", "bc"], &["ab", "a\nb"]);
    check("b$", &["b", "ab"], &["bc", "b\n", "b\nc"]);
    check("^$", &[""], &["\n", "a"]);
    check("a|^b|c$", &["xa", "b", "c"], &["xb", "cx"]);
    check("^*b", &["b", "ab"], &["a"]);
    check("^+b", &["b", "bc"], &["ab"]);
    check("^{2}b", &["b"], &["ab", "a\nb"]);
    check("^{0}b", &["ab"], &["a"]);
    check("^{0,3}?b", &["ab"], &["a"]);
    check("a$?", &["a", "ab"], &["b"]);
    check("a$+?", &["ba"], &["ab", "a\n"]);
    check("(^+)b", &["b"], &["ab"]);
    check("(^*a$?)+$", &["a", "ba"], &["ab"]);
    check("^$*.", &["a"], &["", "\n"]);
    check("a^?b$??c", &["abc"], &["ac"]);
    check("^(a|)$", &["a", ""], &["aa"]);
    check("^()$", &[""], &["a"]);
    check("^(?:ab)+$", &["abab"], &["aba"]);
    check("^.$", &["a", "€", "\u{85}", "𝒳"], &["\n", "\r", "ab", ""]);
    check("^[.]$", &["."], &["a"]);
    check("^a{0}$", &[""], &["a"]);
    check("^a{2}$", &["aa"], &["a", "aaa"]);
    check("^a{2,}$", &["aa", "aaaa"], &["a"]);
    check("^a{1,2}$", &["a", "aa"], &["", "aaa"]);
    check("^a*?b+?c??d{1,2}?$", &["bd", "aabbcdd"], &["ad", "bcddd"]);
    check(r"^\n\r\t$", &["\n\r\t"], &["nrt"]);
    check(
        r"^\\\|\.\-\^\?\*\+\{\}\(\)\[\]\$$",
        &[r"\|.-^?*+{}()[]$"],
        &[],
    );
    check("^a,-&~#@!\"'<>=:;/ %_`b$", &["a,-&~#@!\"'<>=:;/ %_`b"], &[]);
    check("^a b$", &["a b"], &["ab"]);
    check("^a#b$", &["a#b"], &["a"]);
    check("^[a-z]$", &["a", "z"], &["A", "-", "à"]);
    check("^[^a-z]$", &["A", "-", "\n", "€"], &["a", ""]);
    check("^[-a]+$", &["-a"], &["b"]);
    check("^[a-]+$", &["-a"], &["b"]);
    check("^[^-a]$", &["b"], &["-", "a"]);
    check("^[--]$", &["-"], &["a"]);
    check("^[a^]+$", &["a^"], &["b"]);
    check("^[^^]$", &["a"], &["^"]);
    check(r"^[\^\-\]\[\\]+$", &[r"^-][\"], &["a"]);
    check(r"^[\t-\r]$", &["\t", "\n", "\r"], &[" ", "\u{8}"]);
    check("^[a-z-[aeiou]]$", &["b", "z"], &["a", "e", "-", "["]);
    check("^[^a-z-[0-9]]$", &["A", "-"], &["a", "5"]);
    check("^[a-z-[^aeiou]]$", &["a", "u"], &["b", "A"]);
    check("^[a-z-[b-y-[m]]]$", &["a", "m", "z"], &["b", "l", "n", "y"]);
    check("^[a--[b]]$", &["a", "-"], &["b"]);
    check(r"^[\w-[\d]]+$", &["abc"], &["a1", "_"]);
    check("^[a&&b]+$", &["a&b"], &["c"]);
    check("^[a~~b]+$", &["a~b"], &["c"]);
    check("^[:alpha:]+$", &["alpha", ":"], &["b"]);
}

#[test]
fn what_an_escape_matches() {
    check(
        r"^\s$",
        &[" ", "\t", "\n", "\r"],
        &["\u{a0}", "\u{b}", "\u{2003}", "s"],
    );
    check(r"^\S$", &["\u{a0}", "a"], &[" ", "\n"]);
    check(r"^\d$", &["0", "٣", "𝟗"], &["a", "²", "½"]);
    check(r"^\D$", &["a", "²"], &["0", "٣"]);
    // Symbols are word characters in XML Schema, and the underscore is punctuation.
    check(
        r"^\w$",
        &["a", "é", "5", "$", "+", "\u{301}"],
        &["_", "-", " ", "\n", "\u{200b}"],
    );
    check(r"^\W$", &["_", "-", " "], &["a", "$"]);
    check(
        r"^\i\c*$",
        &["a", "_b-1", ":x.y", "é·"],
        &["1", "-a", "a b", "×"],
    );
    check(r"^\I$", &["1", "-"], &["a", ":"]);
    check(r"^\C$", &[" ", "/"], &["1", "-", "a"]);
    check(r"^[\i\d]$", &["a", "1"], &["-"]);
    check(r"^\p{Lu}\p{Ll}$", &["Ab", "Éß"], &["ab", "AB"]);
    check(r"^\P{L}$", &["1", "-"], &["a", "é"]);
    check(r"^\p{L}$", &["a", "字"], &["1"]);
    check(r"^[^\p{Lu}]$", &["a", "1"], &["A"]);
    check(r"^\p{Sc}$", &["€", "$"], &["a"]);
    check(r"^\p{IsBasicLatin}$", &["a", "\u{7f}"], &["é"]);
    check(r"^\P{IsBasicLatin}$", &["é"], &["a"]);
    check(r"^[\p{IsLatin-1Supplement}-[é]]$", &["è"], &["é", "a"]);
    check(r"^\p{IsGreek}$", &["α"], &["a"]);
    check(r"^\p{IsPrivateUse}$", &["\u{e000}", "\u{10fffd}"], &["a"]);
    check(r"^\p{IsHighSurrogates}$", &[], &["a", "€"]);
    check(r"^\P{IsLowSurrogates}$", &["a", "€"], &[]);
}

#[test]
fn every_category_and_block_compiles() {
    for category in super::translate::CATEGORIES {
        check(&format!(r"\p{{{category}}}"), &[], &[""]);
    }
    for (name, first, last) in super::blocks::BLOCKS {
        let (first, last) = (first.to_string(), last.to_string());
        check(&format!(r"^\p{{Is{name}}}$"), &[&first, &last], &[""]);
        check(&format!(r"^\P{{Is{name}}}$"), &[], &[&first, &last]);
    }
}

#[test]
fn what_is_wrong_with_a_pattern() {
    for (pattern, message) in [
        ("[a-", "`[a-` at character 3: the class is not closed"),
        ("[", "`[` at character 1: the class is not closed"),
        ("[]", "`[]` at character 2: the class is empty"),
        ("[^]", "`[^]` at character 3: the class is empty"),
        ("[]a]", "`[]a]` at character 2: the class is empty"),
        (
            "[a[b]",
            "`[a[b]` at character 3: in a class, `[` is written `\\[`",
        ),
        (
            "[[:alpha:]]",
            "`[[:alpha:]]` at character 2: in a class, `[` is written `\\[`",
        ),
        (
            "[a-b-c]",
            "`[a-b-c]` at character 5: within a class, `-` as itself is written `\\-`",
        ),
        (
            "[a--b]",
            "`[a--b]` at character 3: within a class, `-` as itself is written `\\-`",
        ),
        (
            r"[\d-z]",
            r"`[\d-z]` at character 4: within a class, `-` as itself is written `\-`",
        ),
        (
            r"[a-\d]",
            r"`[a-\d]` at character 2: a range ends with one character",
        ),
        (
            "[b-a]",
            "`[b-a]` at character 2: the range ends below its start",
        ),
        (
            "[-[a]]",
            "`[-[a]]` at character 3: in a class, `[` is written `\\[`",
        ),
        (
            "[a-[b]c]",
            "`[a-[b]c]` at character 7: a class ends after what is subtracted from it",
        ),
        ("(a", "`(a` at character 1: the group is not closed"),
        (
            "a)",
            "`a)` at character 2: `)` closes no group; as itself it is written `\\)`",
        ),
        (
            "(?i)a",
            "`(?i)a` at character 3: after `(?` only `:` may follow",
        ),
        (
            "(?P<n>a)",
            "`(?P<n>a)` at character 3: after `(?` only `:` may follow",
        ),
        (
            "a]",
            "`a]` at character 2: `]` closes nothing; as itself it is written `\\]`",
        ),
        (
            "a}",
            "`a}` at character 2: `}` closes nothing; as itself it is written `\\}`",
        ),
        ("*a", "`*a` at character 1: there is nothing to repeat"),
        ("a|+", "`a|+` at character 3: there is nothing to repeat"),
        (
            "^**",
            "`^**` at character 3: a quantifier cannot follow a quantifier",
        ),
        ("^|*", "`^|*` at character 3: there is nothing to repeat"),
        ("^($+", "`^($+` at character 2: the group is not closed"),
        ("{2}", "`{2}` at character 1: there is nothing to repeat"),
        (
            "a**",
            "`a**` at character 3: a quantifier cannot follow a quantifier",
        ),
        (
            "a*??",
            "`a*??` at character 4: a quantifier cannot follow a quantifier",
        ),
        (
            "a{1}{2}",
            "`a{1}{2}` at character 5: a quantifier cannot follow a quantifier",
        ),
        (
            "a{",
            "`a{` at character 2: a quantifier has the form `{n}`, `{n,}` or `{n,m}`",
        ),
        (
            "a{,3}",
            "`a{,3}` at character 3: a quantifier has the form `{n}`, `{n,}` or `{n,m}`",
        ),
        (
            "a{1 }",
            "`a{1 }` at character 4: a quantifier has the form `{n}`, `{n,}` or `{n,m}`",
        ),
        (
            "a{3,2}",
            "`a{3,2}` at character 2: the quantifier ends below its start",
        ),
        (
            "a{1001}",
            "`a{1001}` at character 3: nothing can be repeated more than 1000 times",
        ),
        (
            "a{99999999999999999999}",
            "`a{99999999999999999999}` at character 3: nothing can be repeated more than 1000 times",
        ),
        (
            r"(a)\1",
            r"`(a)\1` at character 4: back-references are not supported",
        ),
        (r"a\b", r"`a\b` at character 2: `\b` is not an escape"),
        (r"\x41", r"`\x41` at character 1: `\x` is not an escape"),
        (r"[\z]", r"`[\z]` at character 2: `\z` is not an escape"),
        (r"a\", r"`a\` at character 2: the pattern ends in `\`"),
        (
            r"\pL",
            r"`\pL` at character 3: after `\p` follows a category or block, as in `\p{Lu}`",
        ),
        (
            r"\p{Cs}",
            r"`\p{Cs}` at character 1: `Cs` is not a category or block of Unicode",
        ),
        (
            r"\p{Greek}",
            r"`\p{Greek}` at character 1: `Greek` is not a category or block of Unicode",
        ),
        (
            r"\p{IsNo}",
            r"`\p{IsNo}` at character 1: `IsNo` is not a category or block of Unicode",
        ),
        (
            r"\p{L",
            r"`\p{L` at character 1: the name of the category or block is not closed by `}`",
        ),
    ] {
        let error = Regexp::new(pattern)
            .map(|_| ())
            .map_err(|error| error.to_string());
        assert_eq!(error, Err(message.to_owned()), "{pattern}");
    }
}

#[test]
fn limits() {
    let refused = |pattern: &str, what: &str| {
        let error = Regexp::new(pattern).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
        // The message quotes the pattern's start only.
        assert!(error.len() < 400, "{error}");
    };
    refused(&"a".repeat(16_385), "longer than 16 KiB");
    refused(&"(".repeat(65), "groups nest too deep");
    refused(&"[a-".repeat(65), "classes nest too deep");
    refused(&r"\d".repeat(501), "too many classes");
    refused(
        "((((a{1000}){1000}){1000}){1000}){1000}",
        "compiles too large",
    );
    refused(r"\w{1000}", "compiles too large");
    let nested = format!("{}a{}", "(b|".repeat(64), ")+".repeat(64));
    check(&nested, &["a"], &["c"]);
    check(r"^\w{1,64}$", &["a"], &["a@b"]);
    check("^a{1000}$", &[&"a".repeat(1000)], &["a"]);
    // What matches without moving does not multiply.
    check("(((^{1000}$?){1000}){1000}|b){2}", &["", "b"], &[]);
}

#[test]
fn hostile_text_takes_linear_time() {
    let text = "a".repeat(100_000);
    check("^(a+)+$", &[&text], &[&format!("{text}b")]);
    check("(a|a)*b", &[], &[&text]);
    // The work that is asked for grows with what the pattern can cost.
    let work = |pattern| {
        Regexp::new(pattern)
            .map(|regexp| regexp.work(&text))
            .unwrap()
    };
    assert!(work("[ab]*a[ab]{900}c") > 100 * work("abc"));
}

/// A pattern of a small grammar, and a matcher that follows the definitions word by word.
#[derive(Clone, Debug)]
enum Node {
    Char(char),
    Dot,
    Start,
    End,
    Class(Class),
    Group(Vec<Node>),
    Repeat(Box<Node>, usize, Option<usize>, bool),
    Sequence(Vec<Node>),
}

#[derive(Clone, Debug)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
    without: Option<Box<Class>>,
}

impl Class {
    fn write(&self, out: &mut String) {
        out.push_str(if self.negated { "[^" } else { "[" });
        for (first, last) in &self.ranges {
            out.push(*first);
            if first != last {
                out.extend(['-', *last]);
            }
        }
        if let Some(without) = &self.without {
            out.push('-');
            without.write(out);
        }
        out.push(']');
    }

    fn contains(&self, c: char) -> bool {
        let listed = self
            .ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&c));
        let without = self
            .without
            .as_ref()
            .is_some_and(|without| without.contains(c));
        listed != self.negated && !without
    }
}

impl Node {
    fn write(&self, out: &mut String) {
        match self {
            Self::Char(c) => out.push(*c),
            Self::Dot => out.push('.'),
            Self::Start => out.push('^'),
            Self::End => out.push('$'),
            Self::Class(class) => class.write(out),
            Self::Group(branches) => {
                out.push('(');
                for (at, branch) in branches.iter().enumerate() {
                    if at > 0 {
                        out.push('|');
                    }
                    branch.write(out);
                }
                out.push(')');
            }
            Self::Repeat(node, least, most, reluctant) => {
                node.write(out);
                match (least, most) {
                    (0, Some(1)) => out.push('?'),
                    (0, None) => out.push('*'),
                    (1, None) => out.push('+'),
                    (least, None) => out.push_str(&format!("{{{least},}}")),
                    (least, Some(most)) if least == most => out.push_str(&format!("{{{least}}}")),
                    (least, Some(most)) => out.push_str(&format!("{{{least},{most}}}")),
                }
                if *reluctant {
                    out.push('?');
                }
            }
            Self::Sequence(nodes) => nodes.iter().for_each(|node| node.write(out)),
        }
    }

    /// The places where a match that starts at `at` can end.
    fn ends(&self, text: &[char], at: usize) -> Vec<usize> {
        let one = |fits: &dyn Fn(char) -> bool| match text.get(at) {
            Some(c) if fits(*c) => vec![at + 1],
            _ => vec![],
        };
        match self {
            Self::Char(c) => one(&|found| found == *c),
            Self::Dot => one(&|found| found != '\n' && found != '\r'),
            Self::Start => {
                if at == 0 {
                    vec![at]
                } else {
                    vec![]
                }
            }
            Self::End => {
                if at == text.len() {
                    vec![at]
                } else {
                    vec![]
                }
            }
            Self::Class(class) => one(&|found| class.contains(found)),
            Self::Group(branches) => union(branches.iter().map(|branch| branch.ends(text, at))),
            Self::Repeat(node, least, most, _) => {
                // More rounds than there are characters and required rounds add nothing.
                let rounds = most.unwrap_or(least + text.len() + 1);
                let mut ends = vec![];
                let mut now = vec![at];
                for round in 0..=rounds {
                    if round >= *least {
                        ends = union([ends, now.clone()]);
                    }
                    now = union(now.iter().map(|at| node.ends(text, *at)));
                }
                ends
            }
            Self::Sequence(nodes) => nodes.iter().fold(vec![at], |now, node| {
                union(now.iter().map(|at| node.ends(text, *at)))
            }),
        }
    }
}

fn union(sets: impl IntoIterator<Item = Vec<usize>>) -> Vec<usize> {
    let all: std::collections::BTreeSet<_> = sets.into_iter().flatten().collect();
    all.into_iter().collect()
}

fn class() -> impl Strategy<Value = Class> {
    let range = (0..4_u8, 0..4_u8).prop_map(|(a, b)| {
        let letter = |n| char::from(b'a' + n);
        (letter(a.min(b)), letter(a.max(b)))
    });
    let flat =
        (any::<bool>(), prop::collection::vec(range, 1..3)).prop_map(|(negated, ranges)| Class {
            negated,
            ranges,
            without: None,
        });
    flat.prop_recursive(2, 3, 1, |inner| {
        (inner.clone(), prop::option::of(inner)).prop_map(|(class, without)| Class {
            without: without.map(Box::new),
            ..class
        })
    })
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => prop::sample::select(vec!['a', 'b', 'c', '\n']).prop_map(Node::Char),
        1 => Just(Node::Dot),
        1 => Just(Node::Start),
        1 => Just(Node::End),
        2 => class().prop_map(Node::Class),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let repeat = (
            inner.clone(),
            0..3_usize,
            prop::option::of(0..3_usize),
            any::<bool>(),
        );
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Sequence),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Node::Group),
            repeat.prop_map(|(node, least, more, reluctant)| {
                // What is repeated is one atom.
                let node = match node {
                    Node::Repeat(..) | Node::Sequence(_) => Node::Group(vec![node]),
                    atom => atom,
                };
                Node::Repeat(
                    Box::new(node),
                    least,
                    more.map(|more| least + more),
                    reluctant,
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// A pattern that no text is said to match matches none.
    #[test]
    fn a_pattern_that_may_match_nothing_does_not(
        pattern in "[ab^$|]{0,4}(\\([ab^$|]{0,3}\\)[*+?]?)?[ab^$|*]{0,3}",
    ) {
        if let (Ok(regexp), false) = (Regexp::new(&pattern), may_match_some_text(&pattern)) {
            let longer = |texts: Vec<String>| -> Vec<String> {
                let each = texts.iter().flat_map(|text| ["", "a", "b", "\n"].map(|end| text.clone() + end));
                each.collect()
            };
            let texts = (0..4).fold(vec![String::new()], |texts, _| longer(texts));
            for text in texts {
                prop_assert!(!regexp.is_match(&text), "`{pattern}` and {text:?}");
            }
        }
    }

    #[test]
    fn matches_what_the_definitions_say(
        node in node(),
        whole in any::<bool>(),
        texts in prop::collection::vec("[abcde\n\r-]{0,7}", 1..20),
    ) {
        // Tied to both ends, a match says more about the pattern.
        let node = match whole {
            true => Node::Sequence(vec![Node::Start, Node::Group(vec![node]), Node::End]),
            false => node,
        };
        let mut pattern = String::new();
        node.write(&mut pattern);
        let regexp = Regexp::new(&pattern).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for text in texts {
            let chars: Vec<char> = text.chars().collect();
            let expected = (0..=chars.len()).any(|at| !node.ends(&chars, at).is_empty());
            prop_assert_eq!(regexp.is_match(&text), expected, "{:?} on {:?}", pattern, text);
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_an_error(
        pattern in r"([\[\]\^\-\\(){}|?*+.$pPsdwicnu,0-9Lba:&]|Is|\\p\{L|.){0,30}",
    ) {
        match Regexp::new(&pattern) {
            Ok(regexp) => {
                regexp.is_match("ab-1 é");
            }
            Err(error) => {
                // That error would mean that the translation was not well-formed.
                prop_assert!(!error.to_string().contains("cannot be compiled"), "{error}");
                prop_assert!(error.character() <= pattern.chars().count().max(1));
            }
        }
    }
}
