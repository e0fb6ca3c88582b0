//! Decides a request by a policy.
//!
//! `cargo run --example decide -- POLICY REQUEST [LIBRARY…]` takes policies in XML and a request in
//! XML or, if its name ends in `.json`, in JSON, and prints the response in the language of the
//! request; references may name the policies in the LIBRARY files. Without arguments it
//! decides the embedded fixture and explains itself.

use std::process::ExitCode;

use vedtak::{Context, Error, Pdp, ReadOptions, Request};

const POLICY: &str = include_str!("../fixtures/altinn/resource-policy.xml");
const REQUEST: &str = include_str!("../fixtures/altinn/request.xml");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [] => embedded().map_err(|error| error.to_string()),
        [policy, request, library @ ..] => from_disk(policy, request, library),
        [_] => Err("usage: decide [POLICY REQUEST [LIBRARY…]]".to_owned()),
    };
    match result {
        Ok(text) => {
            say(text);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn from_disk(policy: &str, request: &str, library: &[String]) -> Result<String, String> {
    let load = |path: &str| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    let mut builder = Pdp::builder().policy(policy, load(policy)?);
    for path in library {
        builder = builder.library(path, load(path)?);
    }
    let pdp = builder.build().map_err(|error| error.to_string())?;
    let (bytes, options) = (load(request)?, ReadOptions::new().source(request));
    let json = request.ends_with(".json");
    let request = if json {
        Request::read_json(bytes, options)
    } else {
        Request::read_xml(bytes, options)
    };
    let request = request.map_err(|error| error.to_string())?;
    let response = pdp.decide(&request);
    Ok(if json {
        response.to_json()
    } else {
        response.to_xml_for(&request)
    })
}

fn embedded() -> Result<String, Error> {
    let pdp = Pdp::from_xml(POLICY)?;
    let request = Request::from_xml(REQUEST)?;
    let mut text = String::from(
        "fixtures/altinn/resource-policy.xml decides who may do what with a letter.\n\n",
    );
    for category in request.categories() {
        for attribute in &category.attributes {
            let values: Vec<String> = attribute.values.iter().map(ToString::to_string).collect();
            text += &format!("  {:<48} {}\n", attribute.id, values.join(", "));
        }
    }
    let mut context = Context::new();
    let outcome = pdp.decide_with(&mut context, &request);
    text += &format!("\n{}", outcome.to_response());
    for rule in outcome.rules() {
        text += &format!("\n  decided by: {rule}");
    }
    Ok(text)
}

/// Prints a line. Whoever closed the pipe, as `head` does, has seen enough.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}
