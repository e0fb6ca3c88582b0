//! Who may do what with a service in Altinn, and through what: two scenarios, a letter whose attachment
//! is a resource of its own, and a service on its way from roles to access packages.
//!
//! With arguments, such as `cargo run --example altinn -- who ttd-begge read`, it answers a question as
//! `vedtak altinn` does (feature `cli`); `-- --help` lists them.

// The command's own answers.
#[path = "../src/bin/vedtak/altinn/mod.rs"]
mod altinn;
#[path = "../src/bin/vedtak/instant.rs"]
mod instant;
#[allow(dead_code)]
#[path = "../src/bin/vedtak/output.rs"]
mod output;
#[path = "../src/bin/vedtak/stdin.rs"]
mod stdin;

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;

use vedtak::Request;
use vedtak::altinn::{Pdp, Register};
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
    if !arguments.is_empty() {
        return altinn::answer_in_a_process(arguments);
    }
    let mut text = String::new();
    let told =
        a_letter_and_its_attachment(&mut text).and_then(|()| from_roles_to_packages(&mut text));
    match told.and_then(|()| Ok(output::write(&text)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn a_letter_and_its_attachment(text: &mut String) -> Result<(), Box<dyn Error>> {
    writeln!(text, "== A letter and its attachment\n")?;
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
    let spring: DateTime = "2026-03-02T09:00:00+01:00".parse()?;
    for user in [201, 202] {
        for resource in ["ttd-straffesak-brev", "ttd-straffesak-vedlegg"] {
            let request = may_read(user, "310000101", resource);
            writeln!(text, "{}\n", pdp.explain_at(&request, spring))?;
        }
    }
    Ok(())
}

fn from_roles_to_packages(text: &mut String) -> Result<(), Box<dyn Error>> {
    writeln!(text, "== From roles to packages\n")?;
    let register = scenario!("04-roles-and-packages", "register.json");
    let role = scenario!("04-roles-and-packages", "policies/ttd-kun-rolle.xml");
    let both = scenario!("04-roles-and-packages", "policies/ttd-begge.xml");
    let pdp = Pdp::builder()
        .policy("ttd-kun-rolle", role)
        .policy("ttd-begge", both)
        .register(&Register::from_json("register.json", register.as_bytes())?)
        .build()?;
    for (when, at) in [
        ("in March 2026", "2026-03-02T09:00:00+01:00"),
        ("in 2027", "2027-01-01T00:00:00+01:00"),
    ] {
        writeln!(text, "{when}:\n")?;
        for (user, resource) in [
            (231, "ttd-kun-rolle"),
            (231, "ttd-begge"),
            (232, "ttd-begge"),
            (234, "ttd-kun-rolle"),
        ] {
            let request = may_read(user, "310000401", resource);
            writeln!(text, "{}\n", pdp.explain_at(&request, at.parse()?))?;
        }
    }
    Ok(())
}

/// Whether a user may read a resource for an organisation.
fn may_read(user: i64, organisation: &str, resource: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:userid", user)
        .resource("urn:altinn:resource", resource)
        .resource("urn:altinn:organization:identifier-no", organisation)
        .action("read")
        .build()
}
