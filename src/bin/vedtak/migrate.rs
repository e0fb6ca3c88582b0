//! `vedtak migrate`: policies of XACML 1.0, 1.1 and 2.0 → policies of 3.0.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use serde_json::json;
use vedtak::report::Visible;
use vedtak::{Error, ReadOptions, syntax};

use crate::input::{self, Found};
use crate::output::{Ended, Output, Undone, count};
use crate::policies::{ENDINGS, in_xml, without_alfa};
use crate::save;

/// Turns policies of XACML 1.0, 1.1 and 2.0 into policies of 3.0, with their comments, and one wherever a
/// policy can decide otherwise than it did
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak migrate old.xml > new.xml
  vedtak migrate old-policies/ --to new-policies/

Exit code: 0, or 2 if a policy has no counterpart in 3.0; then nothing is written.")]
pub(crate) struct Migrate {
    /// Policies: files, folders, or `-` for standard input
    #[arg(value_name = "POLICY", required = true)]
    policies: Vec<PathBuf>,
    /// Write into this folder, each file under its own name, which ends in `.xml`, and none over another;
    /// those of a folder `library` into its `library`
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl Migrate {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let given = input::read(&self.policies, &ENDINGS)?;
        let (given, notes) = without_alfa(given, "migrate");
        let (mut migrated, mut problems) = (Vec::new(), Vec::new());
        for one in in_xml(&given, "migrate")? {
            let options = ReadOptions::new().source(&one.name);
            match syntax::migrate(&one.bytes, options) {
                Ok(text) => migrated.push((one, text)),
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        if !problems.is_empty() {
            let failure = Undone::from(Error::new(problems));
            return Err(failure.so("nothing was migrated"));
        }
        let json = migrated
            .iter()
            .map(|(one, xml)| json!({"file": one.name, "xml": xml}));
        let json = json!({"migrated": json.collect::<Vec<_>>()});
        let Some(folder) = &self.to else {
            return match &migrated[..] {
                [(_, xml)] => Ok(Output::document(xml, json).with_notes(notes)),
                _ => Err("these are several policies: name a folder for them by --to".into()),
            };
        };
        let mut files = Vec::new();
        for (one, xml) in &migrated {
            let name = one.path.as_ref().and_then(|path| path.file_name());
            let name = seen(name.unwrap_or("policy.xml".as_ref()));
            let file = match one.found {
                Found::InLibrary => folder.join("library").join(name),
                Found::Named | Found::InFolder => folder.join(name),
            };
            files.push((file, xml.as_str()));
        }
        save::create(&files)?;
        let names = files
            .iter()
            .map(|(file, _)| format!("{}\n", Visible(file.display())));
        let text = format!(
            "{}{}",
            names.collect::<String>(),
            count(files.len(), "policy was migrated", "policies were migrated")
        );
        Ok(Output::new(Ended::Good, text, json).with_notes(notes))
    }
}

/// The name of a file as one that no reader of folders passes over.
fn seen(name: &OsStr) -> OsString {
    let shown = name.to_string_lossy().to_ascii_lowercase();
    let mut seen = OsString::new();
    if shown.starts_with('.') {
        seen.push("_");
    }
    seen.push(name);
    if !shown.ends_with(".xml") {
        seen.push(".xml");
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_has_a_file_that_is_read() {
        for (name, expected) in [
            ("a.xml", "a.xml"),
            ("a.XML", "a.XML"),
            ("a.policy", "a.policy.xml"),
            (".xml", "_.xml"),
            (".a", "_.a.xml"),
        ] {
            assert_eq!(seen(name.as_ref()), expected);
        }
    }
}
