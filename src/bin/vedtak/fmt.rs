//! `vedtak fmt`: policies in one canonical form.

use std::path::PathBuf;

use serde_json::{Value as Json, json};
use vedtak::syntax::format;
use vedtak::{Error, ReadOptions};

use crate::input::{self, Given};
use crate::output::{Ended, Output, Undone, count};
use crate::policies::{ENDINGS, in_xml, without_alfa};
use crate::save;

/// Prints policies in XML in one canonical form, comments included, so that a difference of texts is one of rules
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak fmt letters.xml | diff letters.xml -
  vedtak fmt policies/ --write
  vedtak fmt policies/ --check        for CI

Exit code: 0; 1 if --check finds files in another form; 2 if a file is no policy, and then none is written.")]
pub(crate) struct Fmt {
    /// Policies: files, folders, or `-` for standard input
    #[arg(value_name = "POLICY", required = true)]
    policies: Vec<PathBuf>,
    /// Name the files that are in another form, and write nothing
    #[arg(long, conflicts_with = "write")]
    check: bool,
    /// Write the files that are in another form anew
    #[arg(long)]
    write: bool,
}

impl Fmt {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let given = input::read(&self.policies, &ENDINGS)?;
        let (given, notes) = without_alfa(given, "fmt");
        let (mut formatted, mut problems): (Vec<(&Given, String)>, Vec<_>) = Default::default();
        for one in in_xml(&given, "fmt")? {
            match format(&one.bytes, ReadOptions::new().source(&one.name)) {
                Ok(text) => formatted.push((one, text)),
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        if !problems.is_empty() {
            let failure = Undone::from(Error::new(problems));
            return Err(failure.so("nothing was formatted"));
        }
        let is_other = |one: &&(&Given, String)| one.0.bytes != one.1.as_bytes();
        let others: Vec<&(&Given, String)> = formatted.iter().filter(is_other).collect();
        let json: Vec<Json> = formatted
            .iter()
            .map(|(one, text)| json!({"file": one.name, "formatted": one.bytes == text.as_bytes(), "text": text}))
            .collect();
        let json = json!({"files": json});
        if !self.check && !self.write {
            return match &formatted[..] {
                [(_, text)] => Ok(Output::document(text, json).with_notes(notes)),
                _ => Err("these are several policies: --check names those in another form, and --write writes them".into()),
            };
        }
        let mut text = String::new();
        let mut files = Vec::new();
        for (one, formatted) in &others {
            match &one.path {
                Some(path) => files.push((&**path, formatted.as_str())),
                None if self.write => return Err("standard input cannot be written".into()),
                None => {}
            }
            text += &format!("{}\n", one.name);
        }
        if self.write {
            save::replace(&files)?;
        }
        let (other, all) = (others.len(), count(formatted.len(), "policy", "policies"));
        text += &match self.write {
            true => format!("{other} of {all} written anew\n"),
            false => format!("{other} of {all} in another form\n"),
        };
        Ok(Output::new(Ended::good_if(self.write || other == 0), text, json).with_notes(notes))
    }
}
