//! Who may do what with a service, and through what.
//!
//! Without arguments it plays two scenarios: a letter whose attachment is a resource of its own,
//! and a service on its way from roles to access packages. With arguments it answers one question:
//!
//! `cargo run --example altinn -- WHO FOR-WHOM RESOURCE ACTION [--at INSTANT]
//!     [--register FILE.json --policy FILE.xml]`
//!
//! Instead of a register there may be the test set of Altinn's local development, `--local-test
//! FOLDER`; what it has and a register cannot hold is told first.
//!
//! or one about services as a whole:
//!
//! - `who RESOURCE ACTION [FOR-WHOM]`: the packages and roles that open it, or the persons and
//!   systems that may for a party
//! - `parties WHO [RESOURCE ACTION]`: for whom she may act, or may do this
//! - `rights WHO FOR-WHOM ASKER RESOURCE`: the roles, packages and rights she has there, if the asker
//!   may see them
//! - `needed WHO FOR-WHOM RESOURCE ACTION`: what she needs, and who can give it to her
//! - `package WORDS…`: the packages that words are about
//! - `catalogue FILE…`: what is new, gone or changed in Altinn's public metadata
//! - `report FOLDER REGISTER.json [--until INSTANT] [--as json|html]`: what changes on 1 January 2027;
//!   it fails if something is lost
//!
//! WHO is such as `urn:altinn:userid:201`, or a service owner, `urn:altinn:org:ttd`; FOR-WHOM such as
//! `urn:altinn:organization:identifier-no:310000101`, or `-` for nobody in particular. Without
//! files, the question is about the two scenarios; without an instant, about now.

use std::error::Error;
use std::process::ExitCode;

use vedtak::Request;
use vedtak::altinn::answers::ChangeReport;
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::lint::Lint;
use vedtak::altinn::policy::Transition;
use vedtak::altinn::register::PartyQuery;
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{PartyKey, Pdp, Register};
use vedtak::value::{DateTime, Zone};

macro_rules! scenario {
    ($folder:literal, $file:literal) => {
        include_str!(concat!(
            "../fixtures/altinn/scenarios/",
            $folder,
            "/",
            $file
        ))
    };
}

const USAGE: &str = "usage: altinn WHO FOR-WHOM RESOURCE ACTION [--at INSTANT] \
                     [--register FILE.json --policy FILE.xml], or altinn \
                     who|needed|parties|rights|package|catalogue|report …";

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1);
    let result = match Arguments::read(arguments) {
        Ok(arguments) if arguments == Arguments::default() => play(),
        Ok(arguments) => answer(&arguments),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Both scenarios: a register each, and their policies.
fn letters() -> Result<Pdp, Failure> {
    let register = scenario!("01-letter-with-attachment", "register.json");
    let letter = scenario!(
        "01-letter-with-attachment",
        "policies/ttd-straffesak-brev.xml"
    );
    let attachment = scenario!(
        "01-letter-with-attachment",
        "policies/ttd-straffesak-vedlegg.xml"
    );
    let pdp = Pdp::builder()
        .policy("ttd-straffesak-brev", letter)
        .policy("ttd-straffesak-vedlegg", attachment)
        .register(&Register::from_json("register.json", register.as_bytes())?)
        .build()?;
    Ok(pdp)
}

fn roles_and_packages() -> Result<Pdp, Failure> {
    let register = scenario!("04-roles-and-packages", "register.json");
    let role = scenario!("04-roles-and-packages", "policies/ttd-kun-rolle.xml");
    let both = scenario!("04-roles-and-packages", "policies/ttd-begge.xml");
    let pdp = Pdp::builder()
        .policy("ttd-kun-rolle", role)
        .policy("ttd-begge", both)
        .register(&Register::from_json("register.json", register.as_bytes())?)
        .build()?;
    Ok(pdp)
}

fn play() -> Result<(), Failure> {
    say("== A letter and its attachment\n");
    let spring: DateTime = "2026-03-02T09:00:00+01:00".parse()?;
    let pdp = letters()?;
    for user in ["201", "202"] {
        for resource in ["ttd-straffesak-brev", "ttd-straffesak-vedlegg"] {
            let request = of_user(user, "310000101", resource)?;
            say(format_args!("{}\n", pdp.explain_at(&request, spring)));
        }
    }
    say("== From roles to packages\n");
    let pdp = roles_and_packages()?;
    let after: DateTime = "2027-01-01T00:00:00+01:00".parse()?;
    for (when, at) in [("in March 2026", spring), ("in 2027", after)] {
        say(format_args!("{when}:\n"));
        for (user, resource) in [
            ("231", "ttd-kun-rolle"),
            ("231", "ttd-begge"),
            ("232", "ttd-begge"),
            ("234", "ttd-kun-rolle"),
        ] {
            let request = of_user(user, "310000401", resource)?;
            say(format_args!("{}\n", pdp.explain_at(&request, at)));
        }
    }
    Ok(())
}

fn of_user(user: &str, organisation: &str, resource: &str) -> Result<Request, Failure> {
    let who = format!("urn:altinn:userid:{user}");
    let party = format!("urn:altinn:organization:identifier-no:{organisation}");
    request(&who, &party, resource, "read")
}

fn request(who: &str, party: &str, resource: &str, action: &str) -> Result<Request, Failure> {
    let mut request = Request::builder().resource("urn:altinn:resource", resource);
    // What names a party is an attribute's id and, after the last colon, its value.
    match who.strip_prefix("urn:altinn:org:") {
        Some(owner) => request = request.subject("urn:altinn:org", owner),
        None => {
            who.parse::<PartyKey>()?;
            let (id, value) = who.rsplit_once(':').ok_or("a key has a colon")?;
            request = request.subject(id, value);
        }
    }
    if party != "-" {
        party.parse::<PartyKey>()?;
        let (id, value) = party.rsplit_once(':').ok_or("a key has a colon")?;
        request = request.resource(id, value);
    }
    Ok(request.action(action).build())
}

fn answer(arguments: &Arguments) -> Result<(), Failure> {
    let question: Vec<&str> = arguments.question.iter().map(String::as_str).collect();
    match &question[..] {
        ["who", resource, action] => {
            let (pdp, resource) = (policy_of(arguments, resource)?, ResourceId::new(*resource));
            let answers = pdp.answers(&resource, now(arguments))?;
            say(answers
                .ok_or("it has no policy")?
                .who_may(&(*action).into())?);
        }
        ["who", resource, action, party] => {
            let (pdp, right) = (policy_of(arguments, resource)?, (*action).into());
            let resource = ResourceId::new(*resource);
            say(pdp.holders(&resource, &right, &party.parse()?, now(arguments))?);
        }
        ["needed", who, party, resource, action] => {
            let (pdp, right) = (policy_of(arguments, resource)?, (*action).into());
            let (who, party) = (who.parse()?, party.parse()?);
            let resource = ResourceId::new(*resource);
            say(pdp.needed(&who, &resource, &right, &party, now(arguments))?);
        }
        ["parties", who] => {
            let pdp = policy_of(arguments, "ttd-straffesak-brev")?;
            let register = pdp.register().ok_or("no register")?.snapshot();
            let query = PartyQuery::new();
            let parties = register.authorized_parties(&who.parse()?, &query, now(arguments));
            parties.parties.iter().for_each(say);
        }
        ["parties", who, resource, action] => {
            let (pdp, right) = (policy_of(arguments, resource)?, (*action).into());
            let (who, resource) = (who.parse()?, ResourceId::new(*resource));
            let query = PartyQuery::new().without_holdings();
            let parties = pdp.authorized_parties(&who, &resource, &right, &query, now(arguments));
            parties.parties.iter().for_each(say);
        }
        ["rights", who, party, by, resource] => {
            let pdp = policy_of(arguments, resource)?;
            let (who, party, by) = (who.parse()?, party.parse()?, by.parse()?);
            let resources = [ResourceId::new(*resource)];
            let held = pdp.holdings_for(&by, &who, &party, &resources, now(arguments))?;
            let all = [held.roles, held.packages, held.rights].concat();
            all.iter().for_each(say);
        }
        ["package", words @ ..] => {
            let found = Catalogue::standard().find_packages(&words.join(" "));
            found.iter().take(5).for_each(say);
        }
        ["catalogue", first, more @ ..] => {
            let mut files = vec![(*first, read(first)?)];
            for file in more {
                files.push((file, read(file)?));
            }
            let standard = Catalogue::standard();
            let today = now(arguments).to_string();
            let fetched = standard.with_metadata(&today[..10], files)?;
            say(standard.difference(&fetched));
        }
        ["report", folder, register] => report(arguments, folder, register)?,
        [who, party, resource, action] => {
            let request = request(who, party, resource, action)?;
            say(policy_of(arguments, resource)?.explain_at(&request, now(arguments)));
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// What changes for the services of a folder, whose files are named after their resources.
fn report(arguments: &Arguments, folder: &str, register: &str) -> Result<(), Failure> {
    let register = Register::from_json(register, &read(register)?)?;
    let mut builder = Pdp::builder().register(&register);
    let mut resources = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            builder = builder.policy(&name, std::fs::read(&path)?);
            resources.push(ResourceId::new(&*name));
        }
    }
    resources.sort();
    let pdp = builder.build()?;
    let parties = register.snapshot().parties();
    let parties: Vec<PartyKey> = parties
        .iter()
        .filter_map(|party| party.keys().next())
        .collect();
    let until = arguments
        .until
        .or(Transition::default().altinn2_roles_end());
    let (before, after) = ((&pdp, now(arguments)), (&pdp, until.ok_or(USAGE)?));
    let report = ChangeReport::between(before, after, &resources, &parties)?;
    say(match arguments.form.as_deref() {
        Some("json") => report.to_json(),
        Some("html") => report.to_html(),
        _ => report.to_markdown(),
    });
    match report.is_something_lost() {
        true => Err("something is lost".into()),
        false => Ok(()),
    }
}

fn now(arguments: &Arguments) -> DateTime {
    let since = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap_or_default();
    let now = || DateTime::from_unix(since.as_secs() as i64, 0, Zone::UTC);
    arguments
        .at
        .or_else(now)
        .expect("a clock that can be written")
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{path}: {error}"))
}

/// The policy of a resource and the register: those of the arguments, or of the two scenarios.
fn policy_of(arguments: &Arguments, resource: &str) -> Result<Pdp, Failure> {
    match (&arguments.register, &arguments.policy) {
        (Some(register), Some(policy)) => {
            let text = read(policy)?;
            let lint = Lint::new(&Catalogue::standard()).of_resource(resource);
            for warning in lint.warnings(policy, &text)? {
                eprintln!("{warning}\n");
            }
            let register = match arguments.is_local_test {
                true => local_test(register)?,
                false => Register::from_json(register, &read(register)?)?,
            };
            let builder = Pdp::builder().policy(resource, text);
            Ok(builder.register(&register).build()?)
        }
        (None, None) if resource.starts_with("ttd-straffesak-") => letters(),
        (None, None) => roles_and_packages(),
        _ => Err("a register and a policy go together".into()),
    }
}

fn local_test(folder: &str) -> Result<Register, Failure> {
    let set = Register::load_local_test(folder)?;
    for remark in &set.remarks {
        eprintln!("{remark}\n");
    }
    Ok(set.register)
}

#[derive(Default, PartialEq)]
struct Arguments {
    /// Who, for whom, what, to do what.
    question: Vec<String>,
    at: Option<DateTime>,
    until: Option<DateTime>,
    form: Option<String>,
    register: Option<String>,
    /// Whether the register is a folder of the test set of local development.
    is_local_test: bool,
    policy: Option<String>,
}

impl Arguments {
    fn read(mut given: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut arguments = Self::default();
        while let Some(argument) = given.next() {
            let mut value = || {
                given
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--at" => arguments.at = Some(instant(&value()?)?),
                "--until" => arguments.until = Some(instant(&value()?)?),
                "--as" => arguments.form = Some(value()?),
                "--register" => arguments.register = Some(value()?),
                "--local-test" => {
                    arguments.register = Some(value()?);
                    arguments.is_local_test = true;
                }
                "--policy" => arguments.policy = Some(value()?),
                unknown if unknown.starts_with("--") => return Err(USAGE.into()),
                _ => arguments.question.push(argument),
            }
        }
        Ok(arguments)
    }
}

fn instant(text: &str) -> Result<DateTime, String> {
    let instant: DateTime = text
        .parse()
        .map_err(|_| format!("`{text}` is no instant, such as {EXAMPLE}"))?;
    match instant.zone() {
        None => Err(format!("`{text}` has no time zone, as {EXAMPLE} has")),
        Some(_) => Ok(instant),
    }
}

const EXAMPLE: &str = "2026-03-02T09:00:00+01:00";

/// Prints a line. Whoever closed the pipe, as `head` does, has seen enough.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}
