//! A text and its arguments → words in a language.

pub(super) mod conditions;
pub(in crate::altinn) mod messages;
pub(in crate::altinn) mod texts;

use std::fmt;

/// A language of texts for people: explanations, answers, reports and refusals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// Norwegian bokmål.
    Bokmal,
    /// English.
    #[default]
    English,
}

/// The languages of sentences, and of the names of roles and packages in them.
#[derive(Clone, Copy, Debug)]
pub(in crate::altinn) struct Words {
    texts: Language,
    names: Language,
}

impl Words {
    /// The words of `Display`: English, with the names under which Norway knows its roles.
    pub(in crate::altinn) const DISPLAY: Self = Self {
        texts: Language::English,
        names: Language::Bokmal,
    };

    /// Returns the name to use of a name in bokmål and one in English.
    pub(in crate::altinn) fn name<'a>(self, bokmal: &'a str, english: &'a str) -> &'a str {
        match self.names {
            Language::Bokmal => bokmal,
            Language::English => english,
        }
    }

    /// The language of the sentences.
    pub(in crate::altinn) fn language(self) -> Language {
        self.texts
    }

    /// Returns a list of parts, all of which count: joined by `and`.
    pub(in crate::altinn) fn all_of<T: Say>(self, parts: &[T]) -> String {
        let parts = parts.iter().map(|part| InWords(part, self).to_string());
        parts
            .collect::<Vec<_>>()
            .join(&texts::AND.with(self, &[]).to_string())
    }

    /// Returns a text without arguments.
    pub(in crate::altinn) fn say(self, text: Text) -> &'static str {
        match self.texts {
            Language::Bokmal => text.bokmal,
            Language::English => text.english,
        }
    }
}

impl From<Language> for Words {
    fn from(language: Language) -> Self {
        Self {
            texts: language,
            names: language,
        }
    }
}

/// Something that is said in words.
pub(in crate::altinn) trait Say {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result;
}

/// Something with the words to say it in.
pub(in crate::altinn) struct InWords<'a, T: ?Sized>(
    pub(in crate::altinn) &'a T,
    pub(in crate::altinn) Words,
);

impl<T: Say + ?Sized> fmt::Display for InWords<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.say(f, self.1)
    }
}

/// Publishes what is said of types: `Display`, in English, and `in_language`, of which a type may have more
/// to say.
macro_rules! spoken {
    ($($(#[$more:meta])* $type:ident: $what:literal;)*) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::altinn::language::Say::say(self, f, $crate::altinn::language::Words::DISPLAY)
            }
        }

        impl $type {
            #[doc = concat!("Returns ", $what, " for display in a language, with times in Norwegian local time.")]
            ///
            /// `Display` is in English, with the names in bokmål that policies and registers are known
            /// by.
            $(#[$more])*
            pub fn in_language(
                &self,
                language: $crate::altinn::language::Language,
            ) -> impl std::fmt::Display + '_ {
                $crate::altinn::language::InWords(self, language.into())
            }
        }
    )*};
}
pub(in crate::altinn) use spoken;

/// Returns a name as it stands within a sentence: without capitals at the beginning of words, but
/// abbreviations keep theirs (`Kontaktperson NUF` → `kontaktperson NUF`).
pub(in crate::altinn) fn within_sentence(name: &str) -> String {
    let mut said = String::with_capacity(name.len());
    for word in name.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let mut rest = word.chars();
        let first = rest.next();
        let rest = rest.as_str();
        let is_word = rest.starts_with(char::is_lowercase) && !rest.contains(char::is_uppercase);
        match first.filter(|_| is_word) {
            Some(first) => {
                said.extend(first.to_lowercase());
                said += rest;
            }
            None => said += word,
        }
    }
    said
}

/// A text in both languages, with places such as `{0}` for its arguments.
#[derive(Clone, Copy)]
pub(in crate::altinn) struct Text {
    english: &'static str,
    bokmal: &'static str,
}

impl Text {
    /// Returns the text with its arguments, which are not read as texts themselves.
    pub(in crate::altinn) fn with<'a>(
        self,
        words: Words,
        arguments: &'a [&'a dyn fmt::Display],
    ) -> Filled<'a> {
        let text = words.say(self);
        Filled { text, arguments }
    }
}

/// A text in one language with its arguments.
pub(in crate::altinn) struct Filled<'a> {
    text: &'static str,
    arguments: &'a [&'a dyn fmt::Display],
}

impl fmt::Display for Filled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (text, place) in pieces(self.text) {
            f.write_str(text)?;
            if let Some(argument) = place.and_then(|place| self.arguments.get(place)) {
                argument.fmt(f)?;
            }
        }
        Ok(())
    }
}

/// Splits a text at its places: each piece, and the number of the place after it.
fn pieces(text: &'static str) -> impl Iterator<Item = (&'static str, Option<usize>)> {
    text.split_inclusive('}').map(|piece| {
        let place = piece.strip_suffix('}').and_then(|piece| {
            let (before, place) = piece.rsplit_once('{')?;
            Some((before, place.parse().ok()?))
        });
        match place {
            Some((before, place)) => (before, Some(place)),
            None => (piece, None),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_text_is_there_in_both_languages_with_the_same_places() {
        let mut seen = BTreeSet::new();
        let of_files = [
            texts::ALL,
            texts::answers::ALL,
            texts::lint::ALL,
            texts::refusals::ALL,
        ];
        for (file, (name, text)) in (0..)
            .zip(of_files)
            .flat_map(|(file, all)| all.iter().map(move |one| (file, one)))
        {
            let places = |text| {
                let places = pieces(text).filter_map(|(_, place)| place);
                places.collect::<BTreeSet<usize>>()
            };
            let (english, bokmal) = (places(text.english), places(text.bokmal));
            assert_eq!(english, bokmal, "{name}");
            assert!(english.iter().copied().eq(0..english.len()), "{name}");
            for text in [text.english, text.bokmal] {
                assert!(!text.trim().is_empty(), "{name}");
                let left: String = pieces(text).map(|(piece, _)| piece).collect();
                assert!(!left.contains(['{', '}']), "{name}: {left}");
            }
            assert!(seen.insert((file, *name)), "{name} is there twice");
        }
        assert!(seen.len() > 200, "{}", seen.len());
        for text in messages::KNOWN {
            let places = |text| pieces(text).filter_map(|(_, place)| place).count();
            assert_eq!(
                places(text.english),
                places(text.bokmal),
                "{}",
                text.english
            );
        }
    }

    #[test]
    fn abbreviations_keep_their_capitals() {
        for (name, said) in [
            ("Utfyller/Innsender", "utfyller/innsender"),
            ("Kontaktperson NUF", "kontaktperson NUF"),
            (
                "Programmeringsgrensesnitt (API)",
                "programmeringsgrensesnitt (API)",
            ),
            ("", ""),
        ] {
            assert_eq!(within_sentence(name), said);
        }
    }

    #[test]
    fn arguments_are_not_read_as_texts() {
        let words = Words::from(Language::Bokmal);
        let text = texts::ROLE.with(words, &[&"{1}", &"dagl"]).to_string();
        assert_eq!(text, "rollen {1} (dagl)");
    }
}
