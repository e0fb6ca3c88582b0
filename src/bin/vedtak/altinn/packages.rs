//! `vedtak altinn package`: the packages that words are about, and the services that one opens.

use std::collections::HashSet;

use serde_json::json;
use vedtak::altinn::answers::Services;
use vedtak::altinn::catalogue::Catalogue;
use vedtak::attribute::Designator;
use vedtak::report::cut;

use super::answer::lines;
use super::files::Asked;
use super::json;
use super::wording::{Wording, said};
use crate::output::{Ended, Output, Undone};

/// The number of packages that are shown unless all are asked for.
const SHOWN: usize = 5;

/// The packages that words are about.
pub(super) fn packages(words: Wording, text: &str, all: bool) -> Output {
    let found = Catalogue::standard().find_packages(text);
    let shown = match all {
        true => &found[..],
        false => &found[..found.len().min(SHOWN)],
    };
    let mut text = lines(words, shown.iter().map(|package| said!(words, package)));
    let more = found.len() - shown.len();
    if more > 0 {
        text += &words.pick(
            format!("\nand {more} more: --all lists them"),
            format!("\nog {more} til: --all viser dem"),
        );
    }
    let packages: Vec<_> = shown.iter().map(json::package).collect();
    let json = json!({"packages": packages, "found": found.len()});
    Output::new(Ended::good_if(!found.is_empty()), text, json)
}

/// The services of a folder that a package opens.
pub(super) fn services_of(
    asked: &mut Asked<'_>,
    name: &str,
    folder: &str,
) -> Result<Output, Undone> {
    let words = asked.words;
    let catalogue = Catalogue::standard();
    let by_name = || {
        let mut all = catalogue.packages();
        let named = all.find(|(_, known)| known.name.to_lowercase() == name.to_lowercase());
        named.map(|(package, _)| package)
    };
    let package = catalogue.package(name).or_else(by_name).ok_or_else(|| {
        let found = catalogue.find_packages(name);
        let meant = found.first().map(|found| cut(&found.code));
        let shown = cut(name);
        match (meant, words.in_norwegian) {
            (Some(meant), false) => {
                format!("the catalogue has no access package `{shown}`; did you mean `{meant}`?")
            }
            (Some(meant), true) => {
                format!("katalogen har ingen tilgangspakke `{shown}`; mente du `{meant}`?")
            }
            (None, false) => format!("the catalogue has no access package `{shown}`"),
            (None, true) => format!("katalogen har ingen tilgangspakke `{shown}`"),
        }
    })?;
    let register = asked.register()?;
    let services = asked.services(folder, register.as_ref())?;
    let is_whole = services.is_whole;
    let mut all = Vec::new();
    for resource in &services.resources {
        let answers = services.pdp.answers(resource, asked.at);
        let answers = answers.map_err(|error| words.no_answer(error.into()))?;
        all.extend(answers);
    }
    let services = Services::of(&all).map_err(|why| words.no_answer(why.into()))?;
    let is_complete = is_whole && services.rights().iter().all(|rights| rights.is_complete);
    let lacking = services.rights().iter().flat_map(|rights| &rights.lacking);
    let mut lacking: Vec<&Designator> = lacking.collect();
    let mut known = HashSet::new();
    lacking.retain(|of| known.insert(*of));
    let opened = services.services_of(package);
    let together = words.pick(
        ", only together with something else",
        ", bare sammen med noe annet",
    );
    let text = lines(
        words,
        opened.iter().map(|service| {
            let every = words.pick("every action", "alle handlinger");
            let rights = service.rights.iter().map(|right| match right.right() {
                Some(right) => right.to_string(),
                None => every.to_owned(),
            });
            let rights = rights.collect::<Vec<_>>().join(", ");
            let only = if service.is_enough { "" } else { together };
            let titled = service.described.as_ref();
            let titled = titled.and_then(|described| words.titled(described));
            let titled = titled.unwrap_or_else(|| service.resource.to_string());
            format!("{titled}: {rights}{only}")
        }),
    );
    let json: Vec<_> = opened.iter().map(|one| json::opened(one, words)).collect();
    let ended = Ended::good_if(!opened.is_empty());
    let mut output = Output::new(
        ended,
        text,
        json!({"services": json, "lacking": json::lacking(lacking.iter().copied()), "complete": is_complete}),
    );
    if !is_complete {
        output.ended = Ended::Undone;
        let all = services.rights().iter();
        let unseen = all.filter(|rights| !rights.is_complete && rights.lacking.is_empty());
        if unseen.count() > 0 {
            let note = words.pick(
                "not all policies could be seen through: there may be more",
                "ikke alle policyer kunne undersøkes: det kan være flere",
            );
            output.notes.push(note.to_owned());
        }
        output.notes.extend(words.lacking(&lacking));
    }
    Ok(output)
}
