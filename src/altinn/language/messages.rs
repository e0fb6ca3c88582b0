//! Messages of decisions, which are in English → words in a language.

use std::fmt;

use super::{Language, Say, Text, Words, texts};
use crate::report::{Visible, cut};
use crate::response::{Trouble, TroublePlace};

/// A message in English, by the engine, the flow, a source or the host.
pub(in crate::altinn) struct Message<'a>(pub(in crate::altinn) &'a str);

impl Say for Message<'_> {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        if words.language() == Language::English {
            return write!(f, "{}", Visible(self.0));
        }
        // A message may end with the place that it is about.
        let (message, place) = match self.0.rsplit_once("; in Rule ") {
            Some((message, _)) if !is_known(self.0) && is_known(message) => {
                let place = &self.0[message.len() + "; ".len()..];
                (message, Some(place))
            }
            _ => (self.0, None),
        };
        let known = KNOWN.iter().find_map(|text| {
            let arguments = text.arguments_of(message)?;
            let shown: Vec<_> = arguments.into_iter().map(Visible).collect();
            let shown: Vec<&dyn fmt::Display> = shown.iter().map(|one| one as _).collect();
            Some(text.with(words, &shown).to_string())
        });
        match known {
            Some(known) => f.write_str(&known)?,
            None => write!(f, "«{}»", Visible(message))?,
        }
        match place {
            Some(place) => write!(f, "; «{}»", Visible(place)),
            None => Ok(()),
        }
    }
}

fn is_known(message: &str) -> bool {
    KNOWN
        .iter()
        .any(|text| text.arguments_of(message).is_some())
}

/// The most places that are named; the others are counted.
const TOLD: usize = 3;

impl Say for Trouble {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        if words.language() == Language::English {
            return fmt::Display::fmt(self, f);
        }
        Message(&self.message).say(f, words)?;
        let told = self.places.iter().take(TOLD);
        let more = (self.places.len() - told.len()).saturating_add(self.more_places);
        for (number, place) in told.enumerate() {
            f.write_str(if number == 0 { "; " } else { ", " })?;
            place.say(f, words)?;
        }
        match more {
            0 => Ok(()),
            more => write!(f, "{}", texts::MORE_PLACES.with(words, &[&more])),
        }
    }
}

impl Say for TroublePlace {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let policy = cut(&self.policy.id);
        match (&self.rule, self.policy.id.is_empty()) {
            (Some(rule), true) => write!(f, "{}", texts::IN_RULE.with(words, &[&cut(rule)])),
            (Some(rule), false) => {
                let place: [&dyn fmt::Display; 2] = [&cut(rule), &policy];
                write!(f, "{}", texts::IN_RULE_OF.with(words, &place))
            }
            (None, _) => write!(f, "{}", texts::IN_POLICY.with(words, &[&policy])),
        }
    }
}

impl Language {
    /// Returns a failure that a decision met, in words of this language. What a source or the host says,
    /// and what has no words in it, is quoted.
    ///
    /// ```
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::decision::StatusCode;
    /// use vedtak::response::{ResponseResult, Status};
    /// let message = "the source of roles: connection refused";
    /// let failed = ResponseResult::indeterminate(Status::new(StatusCode::ProcessingError, message));
    /// let said = Language::Bokmal.trouble(&failed.troubles[0]);
    /// assert_eq!(said, "kilden til roller svarer ikke: «connection refused»");
    /// ```
    pub fn trouble(self, trouble: &Trouble) -> String {
        super::InWords(trouble, self.into()).to_string()
    }
}

impl Text {
    /// Returns the arguments with which the English text is a message; none if it is not.
    fn arguments_of(self, message: &str) -> Option<Vec<&str>> {
        let mut arguments: Vec<(usize, &str)> = Vec::new();
        let mut rest = message;
        let mut open: Option<usize> = None;
        for (text, place) in super::pieces(self.english) {
            rest = match open {
                None => rest.strip_prefix(text)?,
                Some(argument) if text.is_empty() => {
                    arguments.push((argument, rest));
                    ""
                }
                Some(argument) => {
                    let (value, after) = rest.split_once(text)?;
                    arguments.push((argument, value));
                    after
                }
            };
            open = place;
        }
        match open {
            Some(argument) => arguments.push((argument, rest)),
            None if rest.is_empty() => {}
            None => return None,
        }
        arguments.sort_unstable_by_key(|(place, _)| *place);
        Some(arguments.into_iter().map(|(_, value)| value).collect())
    }
}

const fn message(english: &'static str, bokmal: &'static str) -> Text {
    Text { english, bokmal }
}

/// The messages that have words in bokmål; of two that begin alike, the longer one first.
#[rustfmt::skip] // A message a line, and its words.
pub(super) const KNOWN: &[Text] = &[
    texts::ASKER_GONE,
    texts::ASKERS_OWNER_GONE,
    texts::answers::TOO_MANY_PARTS,

    // A request that is not understood.
    message("the request does not say who asks",
        "forespørselen sier ikke hvem som spør"),
    message("the request does not say which resource it asks for",
        "forespørselen sier ikke hvilken ressurs den gjelder"),
    message("the request asks for two resources, `{0}` and `{1}`; ask for each by itself",
        "forespørselen gjelder to ressurser, `{0}` og `{1}`: spør om én om gangen"),
    message("a system user asks alone, not together with another subject",
        "en systembruker spør alene, ikke sammen med en annen"),
    message("the request calls the subject {0}, but it is {1}",
        "forespørselen oppgir feil slags aktør for den som spør («{0}», men det er «{1}»)"),
    message("the request gives the one who asks twice, and differently",
        "forespørselen oppgir den som spør, to ganger og ulikt"),
    message("the request gives the party asked for twice, and differently",
        "forespørselen oppgir aktøren det spørres om, to ganger og ulikt"),
    message("the request gives the action twice, and differently",
        "forespørselen oppgir handlingen to ganger og ulikt"),
    message("the request gives the instance twice, and differently",
        "forespørselen oppgir instansen to ganger og ulikt"),
    message("the request gives {0} twice, and differently",
        "forespørselen oppgir noe to ganger og ulikt («{0}»)"),
    message("the request gives two different parties as the one who asks",
        "forespørselen oppgir to ulike aktører som den som spør"),
    message("the request gives two different parties as the party asked for",
        "forespørselen oppgir to ulike aktører som den det spørres om"),
    message("the one who asks is not known: no party has {0}",
        "den som spør, er ikke kjent: ingen aktør har {0}"),
    message("the asker's owner is not known: no party has {0}",
        "eieren til den som spør, er ikke kjent: ingen aktør har {0}"),
    message("the party asked for is not known: no party has {0}",
        "aktøren det spørres om, er ikke kjent: ingen aktør har {0}"),
    message("the value of `{0}` is no national identity number: expected eleven digits",
        "verdien av `{0}` er ikke et fødselsnummer: det har elleve sifre"),
    message("the value of `{0}` has a data type that it cannot have",
        "verdien av `{0}` har en datatype som den ikke kan ha"),
    message("the request says `{0}` of the one who asks, and no request may: it stands in policies for what an app delegates",
        "forespørselen oppgir `{0}` for den som spør, og det kan ingen forespørsel: i policyer står det for det en app delegerer"),
    message("the request itself says `{0}` of the one who asks; that is for the registers to say",
        "forespørselen oppgir selv `{0}` for den som spør; det er det registrene som skal si"),
    message("an app has an owner (urn:altinn:org) and a name (urn:altinn:app); the request gives one of them",
        "en app har en eier (urn:altinn:org) og et navn (urn:altinn:app); forespørselen oppgir bare det ene"),
    message("`{0}` does not say whose instance it is: expected {1}",
        "`{0}` sier ikke hvem instansen tilhører: ventet {1}"),

    // Resources and instances.
    message("there is no policy for the resource `{0}`", "ressursen `{0}` har ingen policy"),
    message("the resource registry does not know `{0}`, so nobody can say whom it is for",
        "ressursregisteret kjenner ikke `{0}`, og da kan ingen si hvem ressursen er for"),
    message("the resource registry, asked for `{0}`, answers about `{1}`",
        "ressursregisteret ble spurt om `{0}`, men svarer om `{1}`"),
    message("the instance `{0}` is not known", "instansen `{0}` er ikke kjent"),
    message("the instance `{0}` is one of `{1}`, not of `{2}`",
        "instansen `{0}` hører til `{1}`, ikke til `{2}`"),
    message("the request and the instance it names give two different parties, or parties whose keys cannot be compared",
        "forespørselen og instansen den nevner, oppgir to ulike aktører, eller aktører som ikke kan sammenlignes"),
    message("the instance is named as one of the party {0}, but the party asked for is {1}",
        "instansen er oppgitt for aktøren {0}, men det spørres om aktøren {1}"),
    message("the instance is named as one of the party {0}, and nobody knows the party id of the party asked for",
        "instansen er oppgitt for aktøren {0}, og ingen vet aktørnummeret til den det spørres om"),
    message("the request says `{0}` is `{1}`, but the instance `{2}` is in `{3}`",
        "forespørselen sier at `{0}` er `{1}`, men instansen `{2}` er i `{3}`"),
    message("the request says `{0}` is `{1}`, but the instance `{2}` has none",
        "forespørselen sier at `{0}` er `{1}`, men instansen `{2}` har ingen"),

    // Sources.
    message("the source of policies: {0}", "kilden til policyer svarer ikke: «{0}»"),
    message("the source of roles: {0}", "kilden til roller svarer ikke: «{0}»"),
    message("the source of access packages: {0}", "kilden til tilgangspakker svarer ikke: «{0}»"),
    message("the source of access groups: {0}", "kilden til tilgangsgrupper svarer ikke: «{0}»"),
    message("the source of access lists: {0}", "kilden til tilgangslister svarer ikke: «{0}»"),
    message("the source of resource rights: {0}", "kilden til ressursrettigheter svarer ikke: «{0}»"),
    message("the source of delegations: {0}", "kilden til delegeringer svarer ikke: «{0}»"),
    message("the source of parties: {0}", "kilden til aktører svarer ikke: «{0}»"),
    message("the source of instances: {0}", "kilden til instanser svarer ikke: «{0}»"),
    message("the source of resources: {0}", "ressursregisteret svarer ikke: «{0}»"),
    message("the attribute provider `{0}`, asked for `{1}`: {2}",
        "kilden `{0}`, som ble spurt om `{1}`, svarer ikke: «{2}»"),

    // Attributes and functions of a policy.
    message("the attribute `{0}` of category `{1}` cannot be used: it {2}",
        "attributtet `{0}` i kategorien `{1}` kan ikke brukes: «{2}»"),
    message("the attribute `{0}` cannot be used: it {1}", "attributtet `{0}` kan ikke brukes: «{1}»"),
    message("the request has no value of type {0} for `{1}` of category `{2}`, and the policy says it must be present ({3})",
        "forespørselen har ingen verdi av typen {0} for `{1}` i kategorien `{2}`, og policyen krever en (nærmest er «{3}»)"),
    message("the request has no value of type {0} for `{1}` of category `{2}`, and the policy says it must be present",
        "forespørselen har ingen verdi av typen {0} for `{1}` i kategorien `{2}`, og policyen krever en"),
    message("function `{0}`, applied to `{1}` of category `{2}`: the bag is empty, but one value is asked for",
        "funksjonen `{0}` trenger én verdi av `{1}` i kategorien `{2}`, og det er ingen"),
    message("function `{0}`, applied to `{1}` of category `{2}`: the bag is empty, but one value is asked for ({3})",
        "funksjonen `{0}` trenger én verdi av `{1}` i kategorien `{2}`, og det er ingen (nærmest er «{3}»)"),
    message("function `{0}`, applied to `{1}` of category `{2}`: the bag has {3} values, but one is asked for",
        "funksjonen `{0}` trenger én verdi av `{1}` i kategorien `{2}`, og det er {3}"),
    message("function `{0}`: {1}", "funksjonen `{0}` har ikke noe svar: «{1}»"),
    message("more than one policy applies, and only-one-applicable allows one",
        "mer enn én policy gjelder, og only-one-applicable tillater bare én"),
    message("the decision takes more work than the limit allows (`Limits::work`)",
        "avgjørelsen tar mer arbeid enn grensen tillater (`Limits::work`)"),

    // Rules that no request matches.
    message("`{0}` cannot be `{1}` and `{2}` at once", "`{0}` kan ikke være både `{1}` og `{2}`"),
    message("`{0}` is to be `{1}` and `{2}` at once", "`{0}` skal være både `{1}` og `{2}`"),

    // Questions about a policy.
    message("the answer takes more steps than its budget: leave fewer attributes open, or declare those that have one value at most",
        "svaret tar flere steg enn det er lov til: policyen er for stor til å undersøkes slik"),
    message("a PDP that is Indeterminate on every trouble cannot be analysed",
        "policyer kan ikke undersøkes når alle feil skal gi Indeterminate"),
    message("the attribute `{0}` is not known ({1}): give it in the request, or leave it open",
        "attributtet `{0}` er ikke kjent («{1}»): oppgi det i forespørselen"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str) -> String {
        super::super::InWords(&Message(message), Language::Bokmal.into()).to_string()
    }

    #[test]
    fn a_message_is_said_with_what_it_names() {
        for (message, bokmal) in [
            (
                "there is no policy for the resource `ttd`",
                "ressursen `ttd` har ingen policy",
            ),
            (
                "the instance `a` is one of `b`, not of `c`",
                "instansen `a` hører til `b`, ikke til `c`",
            ),
            // The longer of two that begin alike.
            (
                "the request has no value of type string for `role` of category `x`, and the policy says it \
                 must be present (it has `Role`)",
                "forespørselen har ingen verdi av typen string for `role` i kategorien `x`, og policyen krever \
                 en (nærmest er «it has `Role`»)",
            ),
            (
                "the request has no value of type string for `role` of category `x`, and the policy says it \
                 must be present; in Rule `r` of Policy `p`",
                "forespørselen har ingen verdi av typen string for `role` i kategorien `x`, og policyen krever \
                 en; «in Rule `r` of Policy `p`»",
            ),
            ("it {0}s", "«it {0}s»"),
            ("a\u{202e}b", "«a\\u{202e}b»"),
        ] {
            assert_eq!(said(message), bokmal);
        }
        let english = super::super::InWords(&Message("as it is"), Language::English.into());
        assert_eq!(english.to_string(), "as it is");
    }

    /// A text with its own arguments is the message that it is read as.
    #[test]
    fn each_known_message_is_found_as_itself() {
        for (place, text) in KNOWN.iter().enumerate() {
            let arguments: Vec<String> = (0..4).map(|number| format!("x{number}")).collect();
            let arguments: Vec<&dyn fmt::Display> = arguments.iter().map(|one| one as _).collect();
            let message = text.with(Words::DISPLAY, &arguments).to_string();
            let found = KNOWN
                .iter()
                .position(|one| one.arguments_of(&message).is_some());
            assert_eq!(found, Some(place), "{message}");
        }
    }
}
