//! Who may do what with a service, and through what.
//!
//! Without arguments it plays two scenarios: a letter whose attachment is a resource of its own,
//! and a service on its way from roles to access packages. With arguments it answers one question:
//!
//! `cargo run --example altinn -- WHO FOR-WHOM RESOURCE ACTION [--at INSTANT]
//!     [--register FILE.json --policy FILE.xml]`
//!
//! WHO is such as `urn:altinn:userid:201`, or a service owner, `urn:altinn:org:ttd`; FOR-WHOM such as
//! `urn:altinn:organization:identifier-no:310000101`, or `-` for nobody in particular. Without
//! files, the question is about the two scenarios; without an instant, about now.

use std::error::Error;
use std::process::ExitCode;

use vedtak::Request;
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::lint::Lint;
use vedtak::altinn::{PartyKey, Pdp, Register};
use vedtak::value::DateTime;

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
                     [--register FILE.json --policy FILE.xml]";

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
    let [who, party, resource, action] = &arguments.question[..] else {
        return Err(USAGE.into());
    };
    let read = |path: &str| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    let pdp = match (&arguments.register, &arguments.policy) {
        (Some(register), Some(policy)) => {
            let text = read(policy)?;
            let lint = Lint::new(&Catalogue::standard()).of_resource(resource);
            for warning in lint.warnings(policy, &text)? {
                eprintln!("{warning}\n");
            }
            let register = Register::from_json(register, &read(register)?)?;
            let builder = Pdp::builder().policy(resource, text);
            builder.register(&register).build()?
        }
        (None, None) if resource.starts_with("ttd-straffesak-") => letters()?,
        (None, None) => roles_and_packages()?,
        _ => return Err("a register and a policy go together".into()),
    };
    let request = request(who, party, resource, action)?;
    let explanation = match arguments.at {
        Some(at) => pdp.explain_at(&request, at),
        None => pdp.explain(&request),
    };
    say(explanation);
    Ok(())
}

#[derive(Default, PartialEq)]
struct Arguments {
    /// Who, for whom, what, to do what.
    question: Vec<String>,
    at: Option<DateTime>,
    register: Option<String>,
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
                "--at" => {
                    let text = value()?;
                    let instant: DateTime = text
                        .parse()
                        .map_err(|_| format!("`{text}` is no instant, such as {EXAMPLE}"))?;
                    if instant.zone().is_none() {
                        return Err(format!("`{text}` has no time zone, as {EXAMPLE} has").into());
                    }
                    arguments.at = Some(instant);
                }
                "--register" => arguments.register = Some(value()?),
                "--policy" => arguments.policy = Some(value()?),
                unknown if unknown.starts_with("--") => return Err(USAGE.into()),
                _ => arguments.question.push(argument),
            }
        }
        Ok(arguments)
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
