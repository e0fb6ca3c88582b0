//! `vedtak altinn`: who may do what with a service in Altinn, and through what.

mod files;
mod json;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde_json::json;
use vedtak::Request;
use vedtak::altinn::answers::ChangeReport;
use vedtak::altinn::catalogue::{Catalogue, MetadataFile};
use vedtak::altinn::explain::Language;
use vedtak::altinn::policy::Transition;
use vedtak::altinn::register::PartyQuery;
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{PartyKey, Register};
use vedtak::report::Visible;
use vedtak::response::Trouble;
use vedtak::value::DateTime;

use crate::instant::{instant, now};
use crate::output::{Ended, Output, Progress, Undone, count};
use files::Files;

/// Answers questions about services in Altinn: who may do what, and through what
#[derive(Debug, Args)]
#[command(
    after_help = "WHO is such as `urn:altinn:userid:231`, or a service owner, `urn:altinn:org:ttd`. FOR-WHOM is such as
`urn:altinn:organization:identifier-no:310000401`, or `-` for nobody in particular. Without files,
the question is about two examples that come with the program.

Examples:
  vedtak altinn decide urn:altinn:userid:231 urn:altinn:organization:identifier-no:310000401 ttd-begge read
  vedtak altinn who ttd-begge read
  vedtak altinn package regnskap
  vedtak altinn report policies/ register.json --until 2027-01-01T00:00:00+01:00 --as html > report.html

Exit code: 0 if it is permitted, or something was found; 1 if not, or if a report loses something; 2 if
there is no answer, or not a whole one."
)]
pub(crate) struct Altinn {
    #[command(subcommand)]
    question: Question,
    #[command(flatten)]
    files: Files,
    /// The instant of the question [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = instant, global = true)]
    at: Option<DateTime>,
    /// Answer in Norwegian (bokmål)
    #[arg(long, global = true)]
    norwegian: bool,
}

/// The end of the help on a verb about parties.
macro_rules! about_parties {
    ($examples:literal) => {
        concat!(
            "A party is named by an identifier, such as\n",
            "  urn:altinn:userid:231                              a user, by the number in Altinn\n",
            "  urn:altinn:person:identifier-no:22847318547        a person\n",
            "  urn:altinn:organization:identifier-no:310000401    an organisation\n\n",
            "Without --register and --policy the question is about examples that come with the program: the\n",
            "services ttd-begge, ttd-kun-rolle and ttd-straffesak-brev.\n\n",
            "Examples:\n",
            $examples
        )
    };
}

#[derive(Debug, Subcommand)]
enum Question {
    /// Says whether she may do this, and through what
    #[command(after_help = about_parties!(
        "  vedtak altinn decide urn:altinn:userid:231 urn:altinn:organization:identifier-no:310000401 ttd-begge read
  vedtak altinn decide urn:altinn:org:ttd - ttd-begge read            a service owner, for nobody
  vedtak altinn decide WHO FOR-WHOM my-service read --register register.json --policy my-service.xml"
    ))]
    Decide {
        /// The one who wants to do it: a user, a person, a system user, or a service owner
        who: String,
        /// The party for which it is done; `-` for nobody in particular
        #[arg(value_name = "FOR-WHOM")]
        party: String,
        /// The service, by its id in the resource registry
        resource: String,
        /// The action, as the policy of the service names it
        action: String,
    },
    /// Lists the packages and roles that open a service; with FOR-WHOM the persons and systems that may use it
    #[command(after_help = about_parties!(
        "  vedtak altinn who ttd-begge read                                         which packages and roles?
  vedtak altinn who ttd-begge read urn:altinn:organization:identifier-no:310000401      which persons?
  vedtak altinn who my-service read --policy my-service.xml"
    ))]
    Who {
        /// The service, by its id in the resource registry
        resource: String,
        /// The action, as the policy of the service names it
        action: String,
        /// The party for which it is done
        #[arg(value_name = "FOR-WHOM")]
        party: Option<String>,
    },
    /// Lists the parties for whom she may act; with a service, those for whom she may use it
    #[command(after_help = about_parties!(
        "  vedtak altinn parties urn:altinn:userid:231                     for whom may she act at all?
  vedtak altinn parties urn:altinn:userid:231 ttd-begge read      for whom may she read this?"
    ))]
    Parties {
        /// The one who acts
        who: String,
        /// The service, by its id in the resource registry
        #[arg(requires = "action")]
        resource: Option<String>,
        /// The action, as the policy of the service names it
        action: Option<String>,
    },
    /// Lists the roles, packages and rights that she has for a party, if the asker may see them
    #[command(after_help = about_parties!(
        "  vedtak altinn rights urn:altinn:userid:231 urn:altinn:organization:identifier-no:310000401 urn:altinn:userid:231 ttd-begge"
    ))]
    Rights {
        /// The one who has them
        who: String,
        /// The party for which she has them
        #[arg(value_name = "FOR-WHOM")]
        party: String,
        /// The one who wants to know; not everybody may see what others have
        asker: String,
        /// The service, by its id in the resource registry
        resource: String,
    },
    /// Says what she lacks to do this, and who can give it to her
    #[command(after_help = about_parties!(
        "  vedtak altinn needed urn:altinn:userid:234 urn:altinn:organization:identifier-no:310000401 ttd-begge read"
    ))]
    Needed {
        /// The one who wants to do it
        who: String,
        /// The party for which it is to be done
        #[arg(value_name = "FOR-WHOM")]
        party: String,
        /// The service, by its id in the resource registry
        resource: String,
        /// The action, as the policy of the service names it
        action: String,
    },
    /// Finds the access packages that words are about
    #[command(after_help = "Examples:
  vedtak altinn package regnskap
  vedtak altinn package annual accounts")]
    Package {
        /// Words in Norwegian or in English
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Compares Altinn's public metadata with what this program knows: packages and roles that are new, gone or changed
    #[command(after_help = "Example:
  vedtak altinn catalogue packages.json roles.json

The files are those that Altinn's interface for metadata answers with.")]
    Catalogue {
        #[arg(value_name = "FILE", required_unless_present_any = ["nynorsk", "english", "packages_of"])]
        files: Vec<String>,
        /// A file of the metadata in nynorsk, for the names
        #[arg(long, value_name = "FILE")]
        nynorsk: Vec<String>,
        /// A file of the metadata in English, for the names
        #[arg(long, value_name = "FILE")]
        english: Vec<String>,
        /// The packages of a role, for parties of a legal form or of all
        #[arg(long, value_name = "ROLE[:FORM]=FILE", value_parser = packages_of)]
        packages_of: Vec<PackagesOf>,
    },
    /// Tells what changes for the services of a folder until an instant, such as what is lost when roles end
    #[command(after_help = "Examples:
  vedtak altinn report policies/ register.json > report.md
  vedtak altinn report policies/ register.json --until 2027-01-01T00:00:00+01:00 --as html > report.html")]
    Report {
        /// A folder of policies, each in a file SERVICE.xml
        folder: String,
        /// A register, in JSON; `-` is standard input
        #[arg(value_name = "REGISTER")]
        with: String,
        /// The instant [default: the end of Altinn 2's roles]
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        until: Option<DateTime>,
        /// The form of the report
        #[arg(long = "as", value_name = "FORM", default_value = "markdown")]
        form: Form,
    },
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Form {
    #[default]
    Markdown,
    Html,
    Json,
}

/// An answer as text, in Norwegian or as it is displayed.
macro_rules! said {
    ($norwegian:expr, $answer:expr) => {
        match $norwegian {
            true => $answer.in_language(Language::Bokmal).to_string(),
            false => $answer.to_string(),
        }
    };
}

impl Altinn {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let at = match self.at {
            Some(at) => at,
            None => now()?,
        };
        let mut notes = Vec::new();
        let mut output = self.answer(at, &mut notes)?;
        output.notes.splice(0..0, notes);
        Ok(output)
    }

    fn answer(&self, at: DateTime, notes: &mut Vec<String>) -> Result<Output, Undone> {
        let mut pdp = |resource: &str| self.files.pdp(resource, notes);
        match &self.question {
            Question::Decide {
                who,
                party,
                resource,
                action,
            } => {
                let request = request(who, party, resource, action)?;
                let told = pdp(resource)?.explain_at(&request, at);
                let text = said!(self.norwegian, told);
                let ended = Ended::of(told.ruling.decision());
                Ok(Output::new(ended, &text, json::explanation(&told, &text)))
            }
            Question::Who {
                resource,
                action,
                party: None,
            } => {
                let pdp = self.files.pdp_of_policy(resource, notes)?;
                let answers = pdp
                    .answers(&ResourceId::new(&**resource), at)
                    .map_err(text)?;
                let answers = answers.ok_or_else(|| no_policy(resource))?;
                let right = answers.who_may(&action.as_str().into())?;
                let ended = match right.alternatives.is_empty() {
                    // Somebody may have it nevertheless.
                    true if !right.is_complete => Ended::Undone,
                    is_nobody => Ended::good_if(!is_nobody),
                };
                let text = said!(self.norwegian, right);
                Ok(Output::new(ended, text, json::right(&right)))
            }
            Question::Who {
                resource,
                action,
                party: Some(party),
            } => {
                let (resource, right) = (ResourceId::new(&**resource), action.as_str().into());
                let found = pdp(resource.as_str())?.holders(&resource, &right, &key(party)?, at);
                let found = found.map_err(text)?;
                let ended = Ended::good_if(!found.holders.is_empty() || !found.others.is_empty());
                let text = said!(self.norwegian, found);
                let output = Output::new(ended, text, json::holders(&found));
                Ok(with_troubles(output, &found.troubles))
            }
            Question::Parties {
                who,
                resource,
                action,
            } => {
                let who = key(who)?;
                let found = match (resource, action) {
                    (Some(resource), Some(action)) => {
                        let (resource, right) =
                            (ResourceId::new(&**resource), action.as_str().into());
                        let query = PartyQuery::new().without_holdings();
                        let pdp = pdp(resource.as_str())?;
                        pdp.authorized_parties(&who, &resource, &right, &query, at)
                    }
                    _ => {
                        let register = match self.files.register(notes)? {
                            Some(register) => register,
                            None => files::everybody()?,
                        };
                        let snapshot = register.snapshot();
                        snapshot.authorized_parties(&who, &PartyQuery::new(), at)
                    }
                };
                Ok(with_troubles(
                    listed(
                        &found.parties,
                        self.norwegian,
                        |party| said!(self.norwegian, party),
                        json::party,
                    ),
                    &found.troubles,
                ))
            }
            Question::Rights {
                who,
                party,
                asker,
                resource,
            } => {
                let resources = [ResourceId::new(&**resource)];
                let (who, party, by) = (key(who)?, key(party)?, key(asker)?);
                let held = pdp(resource)?.holdings_for(&by, &who, &party, &resources, at);
                let held = held.map_err(text)?;
                let all = [&held.roles[..], &held.packages, &held.rights].concat();
                let json = json::holdings(&held);
                Ok(Output {
                    json,
                    ..listed(
                        &all,
                        self.norwegian,
                        |held| said!(self.norwegian, held),
                        |_| json!(null),
                    )
                })
            }
            Question::Needed {
                who,
                party,
                resource,
                action,
            } => {
                let (resource, right) = (ResourceId::new(&**resource), action.as_str().into());
                let (who, party) = (key(who)?, key(party)?);
                let needed = pdp(resource.as_str())?.needed(&who, &resource, &right, &party, at);
                let needed = needed.map_err(text)?;
                let text = said!(self.norwegian, needed);
                let ended = Ended::of(needed.decision);
                let output = Output::new(ended, text, json::needed(&needed));
                Ok(with_troubles(output, &needed.troubles))
            }
            Question::Package { words } => {
                let mut found = Catalogue::standard().find_packages(&words.join(" "));
                found.truncate(5);
                Ok(listed(
                    &found,
                    self.norwegian,
                    ToString::to_string,
                    json::package,
                ))
            }
            Question::Catalogue {
                files,
                nynorsk,
                english,
                packages_of,
            } => {
                let mut read = Vec::new();
                for name in files {
                    read.push(MetadataFile::new(name, files::read(name)?));
                }
                for name in nynorsk {
                    read.push(MetadataFile::new(name, files::read(name)?).in_nynorsk());
                }
                for name in english {
                    read.push(MetadataFile::new(name, files::read(name)?).in_english());
                }
                for of in packages_of {
                    let file =
                        MetadataFile::new(&of.file, files::read(&of.file)?).of_role(&*of.role);
                    read.push(match &of.form {
                        Some(form) => file.of_legal_form(&**form),
                        None => file,
                    });
                }
                let standard = Catalogue::standard();
                let today = at.to_string();
                let fetched = standard.with_metadata(&today[..10], read)?;
                let difference = standard.difference(&fetched);
                let ended = Ended::good_if(difference.is_empty());
                Ok(Output::new(
                    ended,
                    difference.to_string(),
                    json::difference(&difference),
                ))
            }
            Question::Report {
                folder,
                with,
                until,
                form,
            } => {
                let report = report(at, folder, with, *until, notes)?;
                let text = match (form, self.norwegian) {
                    (Form::Json, _) => report.to_json(),
                    (Form::Markdown, false) => report.to_markdown(),
                    (Form::Html, false) => report.to_html(),
                    (Form::Markdown, true) => report.in_language(Language::Bokmal).to_markdown(),
                    (Form::Html, true) => report.in_language(Language::Bokmal).to_html(),
                };
                Ok(told(&report, text))
            }
        }
    }
}

/// Answers the question of these arguments: a program of its own. A question without a verb is whether
/// somebody may do something.
#[allow(dead_code, reason = "the command is another program")]
pub(crate) fn answer_in_a_process(mut arguments: Vec<String>) -> ExitCode {
    #[derive(Parser)]
    #[command(name = "altinn")]
    struct Program {
        #[command(flatten)]
        altinn: Altinn,
        /// Print the answer as JSON
        #[arg(long, global = true)]
        json: bool,
    }
    if arguments
        .first()
        .is_some_and(|first| first.starts_with("urn:"))
    {
        arguments.insert(0, "decide".to_owned());
    }
    arguments.insert(0, "altinn".to_owned());
    let program = Program::parse_from(arguments);
    match program.altinn.run() {
        Ok(output) => output.print(program.json),
        Err(failure) => failure.print(program.json),
    }
}

fn report(
    at: DateTime,
    folder: &str,
    register: &str,
    until: Option<DateTime>,
    notes: &mut Vec<String>,
) -> Result<ChangeReport, Undone> {
    let register = Register::from_json(register, &files::read(register)?)?;
    let services = files::services(folder, &register, notes)?;
    let (pdp, resources) = (services.pdp, services.resources);
    for resource in &resources {
        let answers = pdp.answers(resource, at).map_err(text)?;
        let rights = answers.map(|answers| answers.rights()).transpose()?;
        if rights.is_some_and(|rights| rights.rights.is_empty() && rights.is_complete) {
            let name = vedtak::report::cut(resource.as_str());
            let file = format!("{}/{name}.xml", Visible(folder));
            let is_misnamed = services.of_others.contains(resource);
            notes.push(match is_misnamed {
                true => format!(
                    "{file}: no rule of it permits anything to the service `{name}`, and it names another; \
                     is the file named after its service?"
                ),
                false => format!(
                    "{file}: no rule of it permits anything to the service `{name}` at the instant before"
                ),
            });
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
    progress.tell(&format!(
        "comparing {} for {} …",
        count(resources.len(), "service", "services"),
        count(parties.len(), "party", "parties")
    ));
    let report =
        ChangeReport::between((&pdp, at), (&pdp, until), &resources, &parties).map_err(text)?;
    drop(progress);
    Ok(report)
}

/// Returns a report with its text, and notes of what it loses or lacks.
fn told(report: &ChangeReport, text: String) -> Output {
    let ended = Ended::good_if(!report.is_something_lost());
    let json = serde_json::from_str(&report.to_json()).unwrap_or_default();
    let mut output = Output::new(ended, text, json);
    if report.is_something_lost() {
        output.notes.push("something is lost".to_owned());
    }
    if !report.is_complete() {
        let note = "not all could be told: the report says of which service";
        output.notes.push(note.to_owned());
        output.ended = Ended::Undone;
    }
    let services = report.services.iter();
    let troubles: Vec<Trouble> = services.flat_map(|one| one.troubles.clone()).collect();
    with_troubles(output, &troubles)
}

/// Tells what kept an answer from being whole.
fn with_troubles(mut output: Output, troubles: &[Trouble]) -> Output {
    if !troubles.is_empty() {
        output.ended = Ended::Undone;
        let told = troubles.iter();
        output
            .notes
            .extend(told.map(|trouble| format!("something may be missing: {trouble}")));
    }
    output
}

/// A line for each, and an array of them.
fn listed<T>(
    all: &[T],
    in_norwegian: bool,
    said: impl Fn(&T) -> String,
    as_json: impl Fn(&T) -> serde_json::Value,
) -> Output {
    let text: Vec<String> = all.iter().map(said).collect();
    let text = match text.is_empty() {
        true if in_norwegian => "ingen".to_owned(),
        true => "none".to_owned(),
        false => text.join("\n"),
    };
    let json: serde_json::Value = all.iter().map(as_json).collect();
    Output::new(Ended::good_if(!all.is_empty()), text, json)
}

fn request(who: &str, party: &str, resource: &str, action: &str) -> Result<Request, Undone> {
    let mut request = Request::builder().resource("urn:altinn:resource", resource);
    // What names a party is an attribute's id and, after the last colon, its value.
    match who.strip_prefix("urn:altinn:org:") {
        Some(owner) => request = request.subject("urn:altinn:org", owner),
        None => {
            key(who)?;
            let (id, value) = who.rsplit_once(':').unwrap_or_default();
            request = request.subject(id, value);
        }
    }
    if party != "-" {
        key(party)?;
        let (id, value) = party.rsplit_once(':').unwrap_or_default();
        request = request.resource(id, value);
    }
    Ok(request.action(action).build())
}

fn key(party: &str) -> Result<PartyKey, Undone> {
    party.parse::<PartyKey>().map_err(text)
}

/// The packages of a role in a file: `regnskapsforer:AS=regn.json`.
#[derive(Clone, Debug)]
struct PackagesOf {
    role: String,
    form: Option<String>,
    file: String,
}

fn packages_of(text: &str) -> Result<PackagesOf, String> {
    let wanted = "expected such as `regnskapsforer=regn.json` or `regnskapsforer:AS=regn.json`";
    let (what, file) = text.split_once('=').ok_or(wanted)?;
    // A URN has colons of its own; a legal form begins with a capital letter.
    let is_role = Catalogue::standard().role(what).is_some();
    let (role, form) = match what.rsplit_once(':') {
        Some((role, form)) if !is_role && form.starts_with(char::is_uppercase) => {
            (role, Some(form.to_owned()))
        }
        _ => (what, None),
    };
    match role.is_empty() || file.is_empty() {
        true => Err(wanted.to_owned()),
        false => Ok(PackagesOf {
            role: role.to_owned(),
            form,
            file: file.to_owned(),
        }),
    }
}

fn no_policy(resource: &str) -> String {
    format!(
        "the resource `{}` has no policy",
        vedtak::report::cut(resource)
    )
}

fn text(error: impl ToString) -> Undone {
    error.to_string().into()
}
