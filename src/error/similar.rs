//! A name that is not known → the known one it most likely misspells.
//!
//! There is one suggestion at most, and none rather than a far-fetched one.

use std::fmt::Display;

/// The end of a message about a name that is not known; empty without a similar one.
pub fn did_you_mean(similar: Option<impl Display>) -> String {
    similar.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The one of `known` that `name` misspells, for names that authors choose: such names may share
/// their last parts without having anything to do with each other.
pub fn similar_name<K: AsRef<str>>(name: &str, known: impl IntoIterator<Item = K>) -> Option<K> {
    let tolerated = tolerance(last_part(name));
    if tolerated == 0 || name.len() > LONGEST {
        return None;
    }
    let lower = name.to_lowercase();
    known
        .into_iter()
        .take(MOST_COMPARED)
        .filter_map(|known| {
            if known.as_ref().len() > LONGEST {
                return None;
            }
            let far = slips(&lower, &known.as_ref().to_lowercase(), tolerated)?;
            Some((far, known))
        })
        .min_by_key(|(far, _)| *far)
        .map(|(_, known)| known)
}

/// The one of `known` that `id` misspells, for identifiers and words that a standard defines: the
/// part before their last `:` or `#` may be all wrong. A beginning counts, too, if it can be
/// completed in one way only: `int` is `integer`. So do words in another order, or all but one of
/// them: `regexp-string-match` is `string-regexp-match`.
pub fn similar_identifier<K: AsRef<str>>(
    id: &str,
    known: impl IntoIterator<Item = K>,
) -> Option<K> {
    if id.len() > LONGEST {
        return None;
    }
    let lower = last_part(id).to_lowercase();
    let tolerated = tolerance(&lower);
    let mut nearest: Option<((usize, usize), K)> = None;
    let mut beginning: Option<K> = None;
    let mut completions = 0;
    let given = words(&lower);
    let mut reordered = Reordered::default();
    for known in known {
        let part = last_part(known.as_ref()).to_lowercase();
        let missing = missing_words(&given, &part);
        if let Some(far) = slips(&lower, &part, tolerated) {
            let whole = distance(id, known.as_ref(), LONGEST).unwrap_or(LONGEST);
            let far = (far, whole);
            if nearest.as_ref().is_none_or(|(nearest, _)| far < *nearest) {
                nearest = Some((far, known));
            }
        } else if lower.chars().count() >= 3 && part.starts_with(&lower) {
            completions += 1;
            beginning = Some(known);
        } else if let Some(missing) = missing {
            let whole = distance(id, known.as_ref(), LONGEST).unwrap_or(LONGEST);
            reordered.add((missing, whole), part, known);
        }
    }
    let nearest = nearest.map(|(_, known)| known);
    let completed = beginning.filter(|_| completions == 1);
    nearest.or(completed).or(reordered.only())
}

/// Identifiers that have all words of a name, as long as they mean one thing.
struct Reordered<K> {
    /// The words that the name lacks, the distance of the whole, the last part, and the identifier.
    best: Option<((usize, usize), String, K)>,
    /// Another last part lacks equally few words.
    is_ambiguous: bool,
}

impl<K> Default for Reordered<K> {
    fn default() -> Self {
        Self {
            best: None,
            is_ambiguous: false,
        }
    }
}

impl<K> Reordered<K> {
    fn add(&mut self, far: (usize, usize), part: String, known: K) {
        if let Some((best, last, _)) = &self.best {
            if far.0 > best.0 || (far >= *best && part == *last) {
                return;
            }
            if far.0 == best.0 && part != *last {
                self.is_ambiguous = true;
                return;
            }
            if far.0 < best.0 {
                self.is_ambiguous = false;
            }
        }
        self.best = Some((far, part, known));
    }

    fn only(self) -> Option<K> {
        let best = self.best.filter(|_| !self.is_ambiguous);
        best.map(|(.., known)| known)
    }
}

/// The words of a name, sorted.
fn words(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = name.split('-').collect();
    words.sort_unstable();
    words
}

/// The number of words of `known` that are not in `given`; none if it is more than one, or if
/// `given` has fewer than two words or a word that `known` has not.
fn missing_words(given: &[&str], known: &str) -> Option<usize> {
    let count = known.split('-').count();
    if given.len() < 2 || !(given.len()..=given.len() + 1).contains(&count) {
        return None;
    }
    let mut rest = given.iter().peekable();
    for word in words(known) {
        rest.next_if(|next| **next == word);
    }
    rest.next().is_none().then_some(count - given.len())
}

/// The longest name that is compared: a longer one is hardly mistyped, and comparing it takes time.
pub(crate) const LONGEST: usize = 250;

/// The most names that are compared, from the first: a document can have very many, and as many
/// mistakes.
const MOST_COMPARED: usize = 1000;

/// The most slips by which a name of this length is still recognised.
fn tolerance(name: &str) -> usize {
    (name.chars().count() / 3).min(2)
}

/// The part of an identifier after its last `:` or `#`: a function's name in its URN.
pub fn last_part(id: &str) -> &str {
    id.rsplit([':', '#']).next().unwrap_or(id)
}

/// The number of slips by which `a` differs from `b`; none if it is more than `most`. Two neighbours
/// exchanged are one slip, if there is no other.
fn slips(a: &str, b: &str, most: usize) -> Option<usize> {
    match most > 0 && is_exchanged(a, b) {
        true => Some(1),
        false => distance(a, b, most),
    }
}

/// Whether two texts differ in the order of two neighbours alone.
fn is_exchanged(a: &str, b: &str) -> bool {
    let mut differing = a.chars().zip(b.chars()).enumerate();
    let mut differing = differing.by_ref().filter(|(_, (a, b))| a != b);
    let (first, second) = (differing.next(), differing.next());
    let (Some((at, (a1, b1))), Some((next, (a2, b2)))) = (first, second) else {
        return false;
    };
    let is_last = differing.next().is_none() && a.chars().count() == b.chars().count();
    is_last && next == at + 1 && a1 == b2 && a2 == b1
}

/// The number of characters to add, drop or replace to make `a` of `b` (Levenshtein); none if it is
/// more than `most`.
fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    // Bytes are no fewer than characters, and a character has at most four.
    if a.len() > (b.len() + most) * 4 || b.len() > (a.len() + most) * 4 {
        return None;
    }
    let b: Vec<char> = b.chars().collect();
    let count = a.chars().count();
    if count.abs_diff(b.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().enumerate() {
        // A way through a place farther than `most` from the diagonal has more slips than that: such
        // places are not filled in, and hold more than `most`.
        let first = (i + 1).saturating_sub(most).max(1);
        let last = (i + 1 + most).min(b.len());
        let mut diagonal = row[first - 1];
        row[first - 1] = if first == 1 { i + 1 } else { most + 1 };
        let mut least = row[first - 1];
        for j in first..=last {
            let replaced = diagonal + usize::from(a != b[j - 1]);
            diagonal = row[j];
            row[j] = replaced.min(diagonal + 1).min(row[j - 1] + 1);
            least = least.min(row[j]);
        }
        if least > most {
            return None;
        }
    }
    row.last().copied().filter(|far| *far <= most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slips_are_counted_up_to_a_bound() {
        for (a, b, most, expected) in [
            ("", "", 0, Some(0)),
            ("taget", "target", 1, Some(1)),
            ("traget", "target", 2, Some(2)),
            ("traget", "target", 1, None),
            ("blåbær", "blabar", 2, Some(2)),
            ("abc", "xyz", 2, None),
            ("", "abc", 3, Some(3)),
            ("kitten", "sitting", 9, Some(3)),
        ] {
            assert_eq!(distance(a, b, most), expected, "{a} {b}");
            assert_eq!(distance(b, a, most), expected, "{b} {a}");
        }
    }

    #[test]
    fn neighbours_exchanged_are_one_slip() {
        for (a, b, expected) in [
            ("roel", "role", Some(1)),
            ("reol", "role", None),
            ("roelx", "role", None),
            ("orel", "role", None),
            ("rloe", "role", Some(1)),
        ] {
            assert_eq!(slips(a, b, 1), expected, "{a} {b}");
        }
        assert_eq!(slips("ab", "ba", 0), None);
    }

    proptest! {
        #[test]
        fn what_is_left_out_changes_no_distance(a in "[ab]{0,9}", b in "[ab]{0,9}", most in 0_usize..5) {
            let whole = distance(&a, &b, 100).filter(|far| *far <= most);
            prop_assert_eq!(distance(&a, &b, most), whole);
        }
    }

    #[test]
    fn identifiers_are_recognised_by_their_last_part() {
        let known = [
            "urn:1.0:rule:deny-overrides",
            "urn:3.0:policy:deny-overrides",
            "urn:3.0:rule:deny-overrides",
            "urn:3.0:rule:first-applicable",
            "http://x#integer",
        ];
        for (id, expected) in [
            ("urn:3.0:rule:deny-override", Some(known[2])),
            ("urn:2.0:policy:Deny-Overrides", Some(known[1])),
            ("first-aplicable", Some(known[3])),
            ("http://x#int", Some(known[4])),
            ("http://x#in", None),
            ("urn:3.0:rule:majority", None),
            ("", None),
        ] {
            assert_eq!(similar_identifier(id, known), expected, "{id}");
        }
        let functions = [
            "urn:1.0:string-regexp-match",
            "urn:2.0:uri-regexp-match",
            "urn:1.0:integer-less-than-or-equal",
            "urn:1.0:integer-less-than",
            "urn:1.0:date-less-than-or-equal",
            "urn:1.0:a-b-c",
            "urn:1.0:a-c-d",
        ];
        for (id, expected) in [
            ("urn:1.0:regexp-string-match", Some(functions[0])),
            ("urn:1.0:match-regexp-uri", Some(functions[1])),
            ("urn:1.0:integer-less-or-equal", Some(functions[2])),
            ("urn:1.0:less-than-or-equal", None),
            ("urn:1.0:c-a", None),
            ("urn:1.0:match", None),
        ] {
            assert_eq!(similar_identifier(id, functions), expected, "{id}");
        }
        assert_eq!(
            similar_identifier("string-", ["string-a", "string-bc"]),
            Some("string-a")
        );
        assert_eq!(
            similar_identifier("string", ["string-abc", "string-def"]),
            None
        );
    }

    #[test]
    fn chosen_names_must_be_near_as_a_whole() {
        let known = ["erHabil", "urn:skatt:innsyn", "urn:skatt:a"];
        for (name, expected) in [
            ("erhabil", Some(known[0])),
            ("erHabl", Some(known[0])),
            ("urn:skatt:insyn", Some(known[1])),
            ("urn:toll:innsyn", None),
            ("urn:skatt:b", None),
            // Two letters exchanged.
            ("urn:skatt:innsny", Some(known[1])),
        ] {
            assert_eq!(similar_name(name, known), expected, "{name}");
        }
    }
}
