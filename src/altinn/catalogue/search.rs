//! Words in any spelling → the packages that they are about, the best first.

mod keywords;

use std::fmt;
use std::sync::Arc;

use super::{Catalogue, EntityType, Package, PackageId};
use crate::altinn::language::texts::answers as texts;
use crate::altinn::language::{Say, Words, spoken};
use crate::report::Visible;

/// A package that a search found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundPackage {
    /// The package.
    pub package: PackageId,
    /// The short name of the package.
    pub code: Arc<str>,
    /// The name in bokmål.
    pub name: Arc<str>,
    /// The name in English.
    pub name_en: Arc<str>,
    /// The name of its area.
    pub area: Arc<str>,
    /// Whether it is about organisations or persons.
    pub entity_type: EntityType,
    /// Whether a service owner may put it into a policy.
    pub is_available_for_service_owners: bool,
    /// How well it fits, from 1 to 100.
    pub score: u32,
    /// The field that fits best.
    pub field: FoundIn,
    /// The roles that have the package, each with the legal form of the parties for which they do
    /// (`None`: all).
    pub roles: Vec<(Arc<str>, Option<Arc<str>>)>,
}

/// A field of a package that a search looks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FoundIn {
    /// The code, or the whole URN.
    Code,
    /// The name in bokmål.
    Name,
    /// The name in nynorsk.
    NameNynorsk,
    /// The name in English.
    NameEnglish,
    /// The name of the area.
    Area,
    /// The group of areas.
    Group,
    /// The description.
    Description,
    /// Words of every day for what it is about, such as `moms`.
    EverydayWords,
}

/// The most words of a search, and the most letters of one; more are left out.
const MOST_WORDS: usize = 8;
const MOST_LETTERS: usize = 32;

/// The most letters of a text that are looked at.
const MOST_OF_TEXT: usize = 10_000;

/// Words that are in most texts, in small letters.
const SMALL: [&str; 27] = [
    "a", "an", "and", "av", "by", "de", "den", "det", "en", "et", "for", "fra", "hos", "i", "in",
    "med", "my", "of", "og", "om", "on", "paa", "som", "the", "til", "to", "ved",
];

impl Catalogue {
    /// Finds packages by words of their code, name, area, group or description, the best first.
    ///
    /// Letter case, the order of words and the spelling of æ, ø and å make no difference; a word may
    /// be the beginning of one, begin or end with one as compounds do, or share all but its ending; one
    /// letter of it may be wrong, or two of a long one. Words of every day stand for the packages that
    /// they are about, such as `moms` and `tax return`. Half of the words must be found in a package,
    /// and those that few packages have count most.
    ///
    /// ```
    /// use vedtak::altinn::catalogue::{Catalogue, FoundIn};
    ///
    /// let catalogue = Catalogue::standard();
    /// let found = catalogue.find_packages("skat naering");
    /// assert_eq!(&*found[0].code, "skatt-naering");
    /// let found = catalogue.find_packages("aquacultur");
    /// assert_eq!((&*found[0].code, found[0].field), ("akvakultur", FoundIn::NameEnglish));
    /// assert!(found[0].roles.iter().any(|(role, _)| &**role == "daglig-leder"));
    /// assert_eq!(&*catalogue.find_packages("post og arkiv")[0].area, "Post og arkiv");
    /// assert!(catalogue.find_packages("xyzzy").is_empty());
    /// ```
    pub fn find_packages(&self, words: &str) -> Vec<FoundPackage> {
        // A text beyond this is no search.
        let words: String = words.chars().take(MOST_OF_TEXT).collect();
        let mut wanted: Vec<Vec<char>> = Vec::new();
        for text in words.split_whitespace() {
            let joined = words_of(text, usize::MAX);
            // A small word that is joined to another is part of its name, as in `a-melding`.
            let is_alone = joined.len() == 1;
            wanted.extend(
                joined
                    .into_iter()
                    .filter(|word| !is_alone || !is_small(word)),
            );
        }
        if wanted.is_empty() {
            wanted = words_of(&words, usize::MAX);
        }
        wanted.truncate(MOST_WORDS);
        let named = self.package(words.trim());
        let all: Vec<(PackageId, &Package, Fits)> = self
            .packages()
            .map(|(id, package)| (id, package, self.fits(package, &wanted)))
            .collect();
        let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
        // A word that half of the packages have tells as little as one that none has.
        let weights: Vec<u32> = (0..wanted.len())
            .map(|place| {
                let has_word = |fits: &Fits| fits.words.get(place).is_some_and(|fit| fit.0 > 0);
                let having = all.iter().filter(|(.., fits)| has_word(fits)).count();
                match u32::try_from(having).unwrap_or(u32::MAX) {
                    0 => 1,
                    having => 1 + (count / having).max(1).ilog2(),
                }
            })
            .collect();
        let found = all.into_iter().filter_map(|(id, package, fits)| {
            let (score, field) = match named == Some(id) {
                true => (100, FoundIn::Code),
                false => fits.score(&weights)?,
            };
            Some(self.found(id, package, score, field))
        });
        let mut found: Vec<FoundPackage> = found.collect();
        // Of those that fit as well, first what a service owner's policy may name, and what is about
        // organisations.
        found.sort_by_cached_key(|found| {
            let words = words_of(&found.name, usize::MAX).len();
            (
                std::cmp::Reverse(found.score),
                !found.is_available_for_service_owners,
                found.entity_type == EntityType::Person,
                words,
                found.name.clone(),
            )
        });
        found
    }

    fn found(&self, id: PackageId, package: &Package, score: u32, field: FoundIn) -> FoundPackage {
        let roles = self.roles_giving(id);
        let roles = roles.filter(|(.., grant)| grant.has_access);
        let mut roles: Vec<(Arc<str>, Option<Arc<str>>)> = roles
            .map(|(role, form, _)| (self.role_by_id(role).code.clone(), form.map(Arc::from)))
            .collect();
        roles.sort();
        FoundPackage {
            package: id,
            code: package.code.clone(),
            name: package.name.clone(),
            name_en: package.name_en.clone(),
            area: self
                .area(&package.area)
                .map_or_else(|| package.area.clone(), |area| area.name.clone()),
            entity_type: package.entity_type,
            is_available_for_service_owners: package.is_available_for_service_owners,
            score,
            field,
            roles,
        }
    }

    /// Returns how well a package fits each of some words.
    fn fits(&self, package: &Package, wanted: &[Vec<char>]) -> Fits {
        let area = self.area(&package.area);
        let description = package.description.as_deref().unwrap_or_default();
        // The weight of a field, in percent.
        let fields = [
            (FoundIn::Name, &*package.name, 100),
            (FoundIn::Code, &*package.code, 98),
            (FoundIn::NameNynorsk, &*package.name_nn, 97),
            (FoundIn::NameEnglish, &*package.name_en, 96),
            // A word of every day names the package as its own name does.
            (FoundIn::EverydayWords, keywords::of(&package.code), 100),
            (FoundIn::Area, area.map_or("", |area| &*area.name), 60),
            (FoundIn::Group, area.map_or("", |area| &*area.group), 50),
            (FoundIn::Description, description, 40),
        ];
        let fields = fields.map(|(field, text, weight)| (field, words_of(text, 400), weight));
        let fit_of = |word: &Vec<char>| {
            let scores = fields.iter().map(|(field, words, weight)| {
                let fit = words.iter().map(|known| likeness(word, known)).max();
                let fit = match fit.unwrap_or(0) {
                    // What is about every `bil` is about `lastebil` less than what names it alone.
                    100 if *field == FoundIn::EverydayWords
                        && words.iter().any(|known| is_head_of(known, word)) =>
                    {
                        98
                    }
                    fit => fit,
                };
                (fit * weight / 100, *field)
            });
            scores.fold((0, FoundIn::Name), |best, one| match best.0 >= one.0 {
                true => best,
                false => one,
            })
        };
        let is_telling = |word: &&Vec<char>| !is_small(word) || wanted.contains(word);
        let is_whole = |field: FoundIn| {
            let mut fields = fields.iter();
            fields.any(|(known, words, _)| {
                let words = words.iter().filter(|word| is_telling(word));
                *known == field && words.count() == wanted.len()
            })
        };
        let words: Vec<(u32, FoundIn)> = wanted.iter().map(fit_of).collect();
        let best = words.iter().max_by_key(|(fit, _)| *fit);
        // Everything but the words of every day, which are no name, and the texts about many packages.
        let mut names = fields.iter().take(4);
        let is_name = names.any(|(_, words, _)| {
            let mut words = words.iter().filter(|word| is_telling(word));
            words.clone().count() == wanted.len() && words.all(|word| wanted.contains(word))
        });
        Fits {
            is_name,
            is_whole: best.is_some_and(|(_, field)| is_whole(*field)),
            words,
        }
    }
}

/// How well a package fits each word of a search, from 0 to 100, and the field that fits it best.
struct Fits {
    words: Vec<(u32, FoundIn)>,
    /// Whether the field that fits best has as many words as the search.
    is_whole: bool,
    /// Whether the search is a name of the package, in any order.
    is_name: bool,
}

impl Fits {
    /// Returns how well the package fits all words, which tell it from others by these weights, and the
    /// field that fits best; none if it does not.
    fn score(&self, weights: &[u32]) -> Option<(u32, FoundIn)> {
        let (best, field) = self.words.iter().max_by_key(|(fit, _)| *fit)?;
        let misses = self.words.iter().filter(|(fit, _)| *fit == 0).count();
        if *best == 0 || misses * 2 > self.words.len() {
            return None;
        }
        let words = self.words.iter().zip(weights);
        let sum: u32 = words.map(|((fit, _), weight)| fit * weight).sum();
        let all: u32 = weights.iter().sum();
        if self.is_name {
            return Some((100, *field));
        }
        // Between two names that have all words, the one without others fits better.
        let score = (sum / all.max(1)).saturating_sub(u32::from(!self.is_whole));
        Some((score.max(1), *field))
    }
}

/// Whether a word is the last part of a compound.
fn is_head_of(head: &[char], compound: &[char]) -> bool {
    head.len() >= 3 && head.len() < compound.len() && compound.ends_with(head)
}

fn is_small(word: &[char]) -> bool {
    let mut small = SMALL.iter();
    small.any(|small| small.chars().eq(word.iter().copied()))
}

/// Returns the words of a text in small letters, with æ, ø and å as `ae`, `oe` and `aa`.
fn words_of(text: &str, most: usize) -> Vec<Vec<char>> {
    let mut words = Vec::new();
    let mut word: Vec<char> = Vec::new();
    let mut end = |word: &mut Vec<char>| {
        if !word.is_empty() && words.len() < most {
            word.truncate(MOST_LETTERS);
            words.push(std::mem::take(word));
        }
        word.clear();
    };
    for c in text.chars().take(MOST_OF_TEXT).flat_map(char::to_lowercase) {
        match c {
            'æ' | 'ä' => word.extend(['a', 'e']),
            'ø' | 'ö' => word.extend(['o', 'e']),
            'å' => word.extend(['a', 'a']),
            'é' | 'è' | 'ê' => word.push('e'),
            c if c.is_alphanumeric() => word.push(c),
            _ => end(&mut word),
        }
    }
    end(&mut word);
    words
}

/// Returns how alike a wanted word and a known one are, from 0 to 100.
fn likeness(wanted: &[char], known: &[char]) -> u32 {
    if wanted == known {
        return 100;
    }
    if wanted.len() >= 3 && known.starts_with(wanted) {
        return 90;
    }
    let mistakes = match wanted.len() {
        0..=3 => return 0,
        4..=6 => 1,
        _ => 2,
    };
    // The same word with another ending.
    let shared = wanted.iter().zip(known).take_while(|(a, b)| a == b).count();
    let is_inflected = shared >= 4 && wanted.len().max(known.len()) <= shared + 3;
    let within = known.windows(wanted.len()).any(|part| part == wanted);
    match mistakes_between(wanted, known, mistakes) {
        // A letter makes another word of a short one, as `salg` of `valg`.
        Some(1) if wanted.len() < 5 => 50,
        Some(1) => 80,
        _ if is_inflected => 78,
        _ if within => 75,
        Some(_) => 60,
        // A compound is about its last part, and what it begins with.
        None if known.len() >= 5 && wanted.ends_with(known) => 65,
        None if known.len() >= 4 && wanted.starts_with(known) => 60,
        // The beginning of a word, with a mistake.
        None if wanted.len() < 5 => 0,
        None => {
            let start = &known[..known.len().min(wanted.len())];
            let is_begun = mistakes_between(wanted, start, mistakes).is_some_and(|count| count < 2);
            if is_begun { 55 } else { 0 }
        }
    }
}

/// Returns the number of letters that are wrong, missing, superfluous or swapped with the next; none
/// if there are more than `most`.
fn mistakes_between(one: &[char], other: &[char], most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|mistakes| *mistakes <= most)
}

impl Say for FoundPackage {
    /// Writes the name, the code and the area, and in a second line the roles that have it.
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let name = Visible(words.name(&self.name, &self.name_en));
        let (code, area) = (Visible(&self.code), Visible(&self.area));
        write!(f, "{name} ({code}), {area}")?;
        if self.entity_type == EntityType::Person {
            f.write_str(words.say(texts::FOR_PERSONS))?;
        }
        if !self.is_available_for_service_owners {
            f.write_str(words.say(texts::NOT_FOR_POLICIES))?;
        }
        let roles: Vec<String> = self
            .roles
            .iter()
            .map(|(role, form)| match form {
                Some(form) => {
                    let arguments: [&dyn fmt::Display; 2] = [&Visible(role), &Visible(form)];
                    texts::OF_FORM.with(words, &arguments).to_string()
                }
                None => Visible(role).to_string(),
            })
            .collect();
        match roles.is_empty() {
            true => write!(f, "\n  {}", words.say(texts::OF_NO_ROLE)),
            false => write!(f, "\n  {}", roles.join(", ")),
        }
    }
}

spoken! {
    FoundPackage: "the name, the code, the area and the roles of the package";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `fixtures/altinn/finding-packages.txt`: searches, and the package that is to be the first, or among
    /// the first three.
    #[test]
    fn what_people_type_finds_the_package() {
        let catalogue = Catalogue::standard();
        let rows = include_str!("../../../fixtures/altinn/finding-packages.txt");
        let (mut wrong, mut count) = (String::new(), 0);
        for row in rows.lines().filter(|row| !row.starts_with('#')) {
            let (places, between) = match row.contains(" == ") {
                true => (1, " == "),
                false => (3, " = "),
            };
            let (words, code) = row.split_once(between).expect("a search and a package");
            assert!(catalogue.package(code).is_some(), "{row}");
            let found = catalogue.find_packages(words);
            let first = found.iter().take(places);
            let first: Vec<&str> = first.map(|found| &*found.code).collect();
            if !first.contains(&code) {
                let place = found.iter().position(|found| &*found.code == code);
                let scores: Vec<u32> = found.iter().take(3).map(|found| found.score).collect();
                wrong += &format!("{row}: {first:?} {scores:?}; it is at {place:?}\n");
            }
            count += 1;
        }
        assert!(wrong.is_empty(), "{wrong}");
        assert!(count >= 40, "{count}");
    }

    /// Each package is found by its own names and code, and by each of them with one letter wrong.
    #[test]
    fn every_package_is_found_by_its_names() {
        let catalogue = Catalogue::standard();
        for (id, package) in catalogue.packages().step_by(7) {
            for text in [&package.name, &package.name_en, &package.code, &package.urn] {
                let found = catalogue.find_packages(text);
                let best = found.first().expect("its own package at least");
                let own = found.iter().find(|found| found.package == id);
                let own = own.unwrap_or_else(|| panic!("`{text}` does not find its package"));
                assert_eq!(own.score, best.score, "`{text}` finds {best} rather");
            }
            let longest = package.name.split(' ').max_by_key(|word| word.len());
            let longest = longest.expect("has a word");
            if longest.chars().count() > 4 {
                let third = longest.chars().nth(2).expect("is long").to_string();
                let wrong = longest.replacen(&third, "q", 1);
                let wrong = package.name.replace(longest, &wrong);
                let found = catalogue.find_packages(&wrong);
                assert!(found.iter().any(|found| found.package == id), "`{wrong}`");
            }
        }
    }

    #[test]
    fn spelling_and_order_make_no_difference() {
        let catalogue = Catalogue::standard();
        let codes = |words: &str| -> Vec<Arc<str>> {
            let found = catalogue.find_packages(words);
            found.into_iter().map(|found| found.code).take(3).collect()
        };
        for words in [
            "Skatt næring",
            "næring SKATT",
            "skatt naering",
            "naring skatt",
        ] {
            assert_eq!(
                codes(words).first().map(|code| &**code),
                Some("skatt-naering"),
                "{words}"
            );
        }
        for words in ["moms", "MVA", "vat"] {
            let found = codes(words);
            let is_it = |code: &Arc<str>| code.contains("merverdiavgift");
            assert!(found.iter().any(is_it), "{words}: {found:?}");
        }
        // Compounds by their last part.
        for words in ["Lakseoppdrett", "årsregnskap", "byggesak"] {
            assert!(!codes(words).is_empty(), "{words}");
        }
        assert_eq!(codes(""), Vec::<Arc<str>>::new());
        assert_eq!(codes(&"a".repeat(1_000_000)), Vec::<Arc<str>>::new());
        assert_eq!(codes(&"å ".repeat(100_000)), Vec::<Arc<str>>::new());
    }

    #[test]
    fn mistakes_are_counted() {
        let count = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| text.chars().collect::<Vec<_>>());
            mistakes_between(&one, &other, 2)
        };
        assert_eq!(count("fiske", "fiske"), Some(0));
        assert_eq!(count("fikse", "fiske"), Some(1));
        assert_eq!(count("fisk", "fiske"), Some(1));
        assert_eq!(count("fraske", "fiske"), Some(2));
        assert_eq!(count("trafikk", "fiske"), None);
    }
}
