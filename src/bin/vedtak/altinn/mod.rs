//! `vedtak altinn`: who may do what with a service in Altinn, and through what.

mod answer;
mod catalogue;
mod check;
mod delegable;
mod files;
mod folder;
mod held;
mod json;
mod others;
mod packages;
mod parties;
mod parts;
mod question;
mod report;
mod served;
mod who;
mod wording;

use std::process::ExitCode;

use clap::{Args, Parser};
use vedtak::value::DateTime;

use crate::instant::{instant, now};
use crate::output::{Output, Undone};
use files::{Asked, Files, Given};
use question::Question;
use wording::Wording;

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

Exit code: 0 if it is permitted, or something was found; 1 if not, if `check` finds something, or if a
report loses something; 2 if there is no answer, as of Indeterminate, or not a whole one."
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

impl Altinn {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let words = Wording {
            in_norwegian: self.norwegian,
        };
        let given = self.at.map(|_| Given::At).into_iter();
        let given: Vec<Given> = given.chain(self.files.given()).collect();
        if let Some(unused) = given
            .iter()
            .find(|one| self.question.unused().contains(one))
        {
            let option = unused.option();
            let unused = words.pick(
                format!("this question makes no use of {option}"),
                format!("{option} har ingen betydning for dette spørsmålet"),
            );
            return Err(unused.into());
        }
        let at = match self.at {
            Some(at) => at,
            None => now()?,
        };
        let mut asked = Asked {
            files: &self.files,
            words,
            at,
            notes: Vec::new(),
        };
        self.question.refuse_persons(asked.words)?;
        let mut output = self.question.answer(&mut asked)?;
        output.notes.splice(0..0, asked.notes);
        output.note = words.pick(output.note, "merk");
        Ok(output)
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
