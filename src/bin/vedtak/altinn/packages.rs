//! `vedtak altinn package`: the packages that words are about, and the services that one or a role opens.

use indexmap::IndexSet;
use serde_json::json;
use vedtak::altinn::answers::Services;
use vedtak::altinn::catalogue::{Catalogue, PackageId, RoleId};
use vedtak::attribute::Designator;
use vedtak::report::{cut, similar_name};

use super::answer::lines;
use super::files::Asked;
use super::json;
use super::others::served;
use super::wording::{Wording, said};
use crate::output::{Ended, Output, Undone};

/// The number of packages that are shown unless all are asked for.
const SHOWN: usize = 5;

/// The packages that words are about.
pub(super) fn packages(words: Wording, name: &str, all: bool) -> Output {
    let found = Catalogue::standard().find_packages(name);
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
    let output = Output::new(Ended::good_if(!found.is_empty()), text, json);
    if Catalogue::standard().role(name).is_none() {
        return output;
    }
    let name = cut(name);
    output.with_notes(vec![words.pick(
        format!("`{name}` is a role: with --services, the services that it opens are listed"),
        format!("`{name}` er en rolle: med --services vises tjenestene som den åpner"),
    )])
}

/// A package or a role whose services are asked for.
enum Opener {
    Package(PackageId),
    Role(RoleId),
}

impl Opener {
    /// The package of a code or a name, or else the role.
    fn named(words: Wording, catalogue: &Catalogue, name: &str) -> Result<Self, Undone> {
        let is_it = |known: &str| known.to_lowercase() == name.to_lowercase();
        let package = catalogue.package(name).or_else(|| {
            let mut all = catalogue.packages();
            let named = all.find(|(_, known)| is_it(&known.name) || is_it(&known.name_en));
            named.map(|(package, _)| package)
        });
        let role = || {
            catalogue.role(name).or_else(|| {
                let mut all = catalogue.roles();
                let named = all.find(|(_, known)| is_it(&known.name) || is_it(&known.name_en));
                named.map(|(role, _)| role)
            })
        };
        match package
            .map(Self::Package)
            .or_else(|| role().map(Self::Role))
        {
            Some(opener) => Ok(opener),
            None => Err(unknown(words, catalogue, name).into()),
        }
    }
}

/// Says that there is no package and no role of a name, and which one is meant perhaps.
fn unknown(words: Wording, catalogue: &Catalogue, name: &str) -> String {
    /// The score of a package that has the words themselves.
    const SURE: u32 = 90;
    let packages = catalogue.packages().map(|(_, package)| &*package.code);
    let roles = catalogue.roles().map(|(_, role)| &*role.code);
    let found = catalogue.find_packages(name).into_iter().next();
    let found = found.filter(|found| found.score >= SURE);
    let meant = similar_name(name, packages.chain(roles)).map(cut);
    let meant = meant.or_else(|| found.map(|found| cut(&found.code)));
    let shown = cut(name);
    let mut told = words.pick(
        format!("the catalogue has no access package and no role `{shown}`"),
        format!("katalogen har ingen tilgangspakke eller rolle `{shown}`"),
    );
    if let Some(meant) = meant {
        told += &words.pick(
            format!("; did you mean `{meant}`?"),
            format!("; mente du `{meant}`?"),
        );
    }
    told
}

/// The services of a folder that a package or a role opens.
pub(super) fn services_of(
    asked: &mut Asked<'_>,
    name: &str,
    folder: &str,
) -> Result<Output, Undone> {
    let words = asked.words;
    let catalogue = Catalogue::standard();
    let opener = Opener::named(words, &catalogue, name)?;
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
    let lacking: IndexSet<&Designator> = lacking.collect();
    let lacking = Vec::from_iter(lacking);
    let opened = match opener {
        Opener::Package(package) => services.services_of(package),
        Opener::Role(role) => {
            let note = words.pick(
                "what the packages and the roles open that come with this role is not among these",
                "det som åpnes av pakker og roller som følger med denne rollen, er ikke med",
            );
            asked.notes.push(note.to_owned());
            services.services_of_role(role)
        }
    };
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
            let served = service
                .rights
                .first()
                .and_then(|right| served(words, right));
            let served = served.map_or(String::new(), |served| format!(", {served}"));
            format!("{titled}: {rights}{only}{served}")
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
