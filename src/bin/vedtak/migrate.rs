//! `vedtak migrate`: policies of XACML 1.0, 1.1 and 2.0 → policies of 3.0.

use std::path::PathBuf;

use serde_json::json;
use vedtak::report::Visible;
use vedtak::{Error, ReadOptions, syntax};

use crate::input;
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
    /// Write into this folder, each file under its own name, and none over another
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
            let file = folder.join(name.unwrap_or("policy.xml".as_ref()));
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
