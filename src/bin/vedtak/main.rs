//! The command `vedtak`: decides, explains, checks, compares and tests policies from a terminal.

#![forbid(unsafe_code)]

mod alfa;
mod altinn;
mod attributes;
mod bench;
mod check;
mod decide;
mod diff;
mod example;
mod facts;
mod fmt;
mod input;
mod instant;
mod lacking;
mod migrate;
mod output;
mod policies;
mod question;
mod save;
mod stdin;
mod test;
mod who;
mod why_not;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use output::{Output, Undone};
use vedtak::report::{Visible, without_long_numbers};

/// Decides, explains, checks, compares and tests policies of XACML
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Every verb ends with exit code 0 if all is well (permitted, passed, nothing found), 1 if not, and 2 if
it could not be done. `vedtak VERB --help` has examples."
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Decide(decide::Decide),
    Explain(decide::Explain),
    WhyNot(why_not::WhyNot),
    Who(who::Who),
    Attributes(attributes::Attributes),
    Check(check::Check),
    Fmt(fmt::Fmt),
    Test(test::Test),
    Diff(diff::Diff),
    Migrate(migrate::Migrate),
    Bench(bench::Bench),
    Alfa(alfa::Alfa),
    Altinn(altinn::Altinn),
    /// Prints completions for a shell
    #[command(after_help = "Example:
  vedtak completions bash > ~/.local/share/bash-completion/completions/vedtak")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| refused(&error));
    let result = match &arguments.verb {
        Verb::Decide(verb) => verb.run(),
        Verb::Explain(verb) => verb.run(),
        Verb::WhyNot(verb) => verb.run(),
        Verb::Who(verb) => verb.run(),
        Verb::Attributes(verb) => verb.run(),
        Verb::Check(verb) => verb.run(),
        Verb::Fmt(verb) => verb.run(),
        Verb::Test(verb) if verb.is_watching() => return verb.watch(),
        Verb::Test(verb) => verb.run(),
        Verb::Diff(verb) => verb.run(),
        Verb::Migrate(verb) => verb.run(),
        Verb::Bench(verb) => verb.run(),
        Verb::Alfa(verb) => verb.run(),
        Verb::Altinn(verb) => verb.run(),
        Verb::Completions { shell } => completions(*shell),
    };
    match result {
        Ok(output) => output.print(arguments.json),
        Err(failure) => failure.print(arguments.json),
    }
}

/// Ends with the message on arguments that are none. It repeats them, and the name of a file, given as an
/// argument, may be one that changes the terminal, or the number of a person: then the message has no
/// colours, and nothing hidden, nor the whole number.
fn refused(error: &clap::Error) -> ! {
    // Help and the version are no mistakes.
    if error.exit_code() != 0 && std::env::args_os().any(|argument| argument == "--json") {
        let message = error.render().to_string();
        let message = message.trim_end().lines().map(harmless);
        let message = message.collect::<Vec<_>>().join("\n");
        Undone::from(message).print(true);
        std::process::exit(error.exit_code());
    }
    let is_hidden = |argument: std::ffi::OsString| {
        let argument = argument.to_string_lossy();
        harmless(&argument) != argument
    };
    if !std::env::args_os().any(is_hidden) {
        error.exit();
    }
    for line in error.render().to_string().lines() {
        eprintln!("{}", harmless(line));
    }
    std::process::exit(error.exit_code())
}

/// A line as a terminal and a log may have it.
fn harmless(line: &str) -> String {
    without_long_numbers(&Visible(line).to_string())
}

fn completions(shell: clap_complete::Shell) -> Result<Output, Undone> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "vedtak", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = serde_json::json!({"script": script});
    Ok(Output::document(script, json))
}
