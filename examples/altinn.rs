//! Who may do what with a service, and through what.
//!
//! Without arguments it plays two scenarios: a letter whose attachment is a resource of its own,
//! and a service on its way from roles to access packages. With arguments it answers one question
//! about files of yours:
//!
//! `cargo run --example altinn -- REGISTER.json POLICY.xml RESOURCE SUBJECT PARTY ACTION`
//!
//! where SUBJECT and PARTY are such as `urn:altinn:userid:201` and
//! `urn:altinn:organization:identifier-no:310000101`.

use std::error::Error;
use std::process::ExitCode;

use vedtak::Request;
use vedtak::altinn::{Explanation, PartyKey, Pdp, Register};
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

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match &arguments[..] {
        [] => play(),
        [register, policy, resource, subject, party, action] => {
            answer(register, policy, resource, subject, party, action)
        }
        _ => Err("usage: altinn [REGISTER.json POLICY.xml RESOURCE SUBJECT PARTY ACTION]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn play() -> Result<(), Box<dyn Error>> {
    println!("== A letter and its attachment\n");
    let register = Register::from_json(
        "register.json",
        scenario!("01-letter-with-attachment", "register.json").as_bytes(),
    )?;
    let pdp = Pdp::builder()
        .policy(
            "ttd-straffesak-brev",
            scenario!(
                "01-letter-with-attachment",
                "policies/ttd-straffesak-brev.xml"
            ),
        )
        .policy(
            "ttd-straffesak-vedlegg",
            scenario!(
                "01-letter-with-attachment",
                "policies/ttd-straffesak-vedlegg.xml"
            ),
        )
        .register(&register)
        .build()?;
    let spring: DateTime = "2026-03-02T09:00:00+01:00".parse()?;
    for user in ["201", "202"] {
        for resource in ["ttd-straffesak-brev", "ttd-straffesak-vedlegg"] {
            tell(&pdp.explain_at(&request(user, resource, "310000101", "read"), spring));
        }
    }

    println!("== From roles to packages\n");
    let register = Register::from_json(
        "register.json",
        scenario!("04-roles-and-packages", "register.json").as_bytes(),
    )?;
    let pdp = Pdp::builder()
        .policy(
            "ttd-kun-rolle",
            scenario!("04-roles-and-packages", "policies/ttd-kun-rolle.xml"),
        )
        .policy(
            "ttd-begge",
            scenario!("04-roles-and-packages", "policies/ttd-begge.xml"),
        )
        .register(&register)
        .build()?;
    let after: DateTime = "2027-01-01T00:00:00+01:00".parse()?;
    for (when, at) in [("in March 2026", spring), ("in 2027", after)] {
        println!("{when}:\n");
        for (user, resource) in [
            ("231", "ttd-kun-rolle"),
            ("231", "ttd-begge"),
            ("232", "ttd-begge"),
            ("234", "ttd-kun-rolle"),
        ] {
            tell(&pdp.explain_at(&request(user, resource, "310000401", "read"), at));
        }
    }
    Ok(())
}

fn request(user: &str, resource: &str, organisation: &str, action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", user)
        .resource("urn:altinn:resource", resource)
        .resource("urn:altinn:organization:identifier-no", organisation)
        .action(action)
        .build()
}

fn tell(explanation: &Explanation) {
    println!("{explanation}\n");
}

fn answer(
    register: &str,
    policy: &str,
    resource: &str,
    subject: &str,
    party: &str,
    action: &str,
) -> Result<(), Box<dyn Error>> {
    let read = |path: &str| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    let register = Register::from_json(register, &read(register)?)?;
    let pdp = Pdp::builder()
        .policy(resource, read(policy)?)
        .register(&register)
        .build()?;
    let mut request = Request::builder().resource("urn:altinn:resource", resource);
    // Both must name a party; the attribute is what stands before the last colon.
    for (key, is_subject) in [(subject, true), (party, false)] {
        key.parse::<PartyKey>()?;
        let (id, value) = key.rsplit_once(':').ok_or("a key has a colon")?;
        request = match is_subject {
            true => request.subject(id, value),
            false => request.resource(id, value),
        };
    }
    tell(&pdp.explain(&request.action(action).build()));
    Ok(())
}
