//! `vedtak altinn report`: what changes for the services of a folder until an instant.

use vedtak::altinn::PartyKey;
use vedtak::altinn::answers::{ChangeReport, PolicyRight, PolicyRights};
use vedtak::altinn::policy::Transition;
use vedtak::report::cut;
use vedtak::response::Trouble;
use vedtak::value::DateTime;

use super::answer::with_troubles;
use super::files::{self, Asked};
use super::question::Form;
use super::wording::Wording;
use crate::output::{Ended, Output, Progress, Undone, count};

/// A report in a form, with notes of what it loses or lacks.
pub(super) fn report(
    asked: &mut Asked<'_>,
    folder: &str,
    register: Option<&str>,
    until: Option<DateTime>,
    form: Form,
) -> Result<Output, Undone> {
    let words = asked.words;
    let (report, is_whole) = compared(asked, folder, register, until)?;
    let json = match words.in_norwegian {
        true => report.in_language(words.language()).to_json(),
        false => report.to_json(),
    };
    let text = match (form, words.in_norwegian) {
        (Form::Json, _) => json.clone(),
        (Form::Markdown, false) => report.to_markdown(),
        (Form::Html, false) => report.to_html(),
        (Form::Markdown, true) => report.in_language(words.language()).to_markdown(),
        (Form::Html, true) => report.in_language(words.language()).to_html(),
    };
    let mut output = told(words, &report, text, &json);
    if !is_whole {
        output.ended = Ended::Undone;
    }
    Ok(output)
}

/// A report, and whether all policies of the folder are in it.
fn compared(
    asked: &mut Asked<'_>,
    folder: &str,
    register: Option<&str>,
    until: Option<DateTime>,
) -> Result<(ChangeReport, bool), Undone> {
    let (words, at) = (asked.words, asked.at);
    let register = match register {
        Some(register) => files::register(words, register)?,
        None => asked.register()?.ok_or_else(|| {
            words.pick(
                "a report needs a register: name one after the folder, or by --register or --local-test",
                "en rapport trenger et register: oppgi det etter mappen, eller med --register eller --local-test",
            )
        })?,
    };
    let services = asked.services(folder, Some(&register))?;
    let (pdp, resources, is_whole) = (services.pdp, services.resources, services.is_whole);
    for resource in &resources {
        let answers = pdp
            .answers(resource, at)
            .map_err(|error| words.no_answer(error.into()))?;
        let rights = answers.map(|answers| answers.rights()).transpose();
        let rights = rights.map_err(|why| words.no_answer(why.into()))?;
        let is_nobodys = |rights: PolicyRights| {
            rights.is_complete && !rights.rights.iter().any(PolicyRight::is_somebodys)
        };
        if rights.is_some_and(is_nobodys) {
            let name = cut(resource.as_str());
            asked.notes.push(words.pick(
                format!("no rule permits anything to the service `{name}` at the instant before"),
                format!("ingen regel gir tilgang til tjenesten `{name}` på det første tidspunktet"),
            ));
        }
    }
    let parties = register.snapshot().parties();
    let parties: Vec<PartyKey> = parties
        .iter()
        // Those that exist no longer neither lose nor gain.
        .filter(|party| !party.is_deleted)
        .filter_map(|party| party.keys().next())
        .collect();
    let until = until.or(Transition::default().altinn2_roles_end());
    let until = until.ok_or("say until when, by --until")?;
    let progress = Progress::new();
    progress.tell(&words.pick(
        format!(
            "comparing {} for {} …",
            count(resources.len(), "service", "services"),
            count(parties.len(), "party", "parties")
        ),
        format!(
            "sammenligner {} for {} …",
            count(resources.len(), "tjeneste", "tjenester"),
            count(parties.len(), "aktør", "aktører")
        ),
    ));
    let report = ChangeReport::between((&pdp, at), (&pdp, until), &resources, &parties);
    let report = report.map_err(|why| words.no_answer(why))?;
    drop(progress);
    Ok((report, is_whole))
}

fn told(words: Wording, report: &ChangeReport, text: String, json: &str) -> Output {
    let ended = Ended::good_if(!report.is_something_lost());
    let json = serde_json::from_str(json).unwrap_or_default();
    let mut output = Output::new(ended, text, json);
    if report.is_something_lost() {
        let note = words.pick("something is lost", "noe faller bort");
        output.notes.push(note.to_owned());
    }
    if !report.is_complete() {
        let note = words.pick(
            "not all could be told: the report says of which service",
            "ikke alt kunne avgjøres: rapporten viser for hvilken tjeneste",
        );
        output.notes.push(note.to_owned());
        output.ended = Ended::Undone;
    }
    let services = report.services.iter();
    let troubles: Vec<Trouble> = services.flat_map(|one| one.troubles.clone()).collect();
    with_troubles(words, output, &troubles)
}
