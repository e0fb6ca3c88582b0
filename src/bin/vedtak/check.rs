//! `vedtak check`: everything that is wrong with policies and requests, and what is probably a mistake.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Value as Json, json};
use vedtak::analysis::Unanswered;
use vedtak::analysis::lint::{Code, Finding, Level, Lint, Linted, to_sarif_with};
use vedtak::report::Visible;
use vedtak::{Diagnostic, Error, PdpBuilder, ReadOptions, Request};

use crate::input::{self, Found, Given, Kind};
use crate::output::{
    Ended, Output, Progress, Undone, count, escaped, of_diagnostic, painted, parsed,
};
use crate::policies::{ENDINGS, PolicyOptions, is_policy};

/// Finds everything that is wrong with policies, and what is probably a mistake in those that are good
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak check policies/
  vedtak check policies/ --allow must-be-present-in-target
  vedtak check policies/ --sarif > findings.sarif        for code hosts, beside the lines of a change

Exit code: 0 if nothing is wrong (notes are not), 1 if something is, 2 if a file cannot be read, or if --budget did
not allow all to be looked at.")]
pub(crate) struct Check {
    /// Policies, and requests if they are to be checked as well: files, folders, or `-` for standard
    /// input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Do not tell of findings of this code
    #[arg(long, value_name = "CODE", value_parser = code)]
    allow: Vec<Code>,
    /// Take findings of this code, such as those that are notes, for errors
    #[arg(long, value_name = "CODE", value_parser = code)]
    deny: Vec<Code>,
    /// Print SARIF 2.1.0
    #[arg(long)]
    sarif: bool,
    /// The most steps to take in comparing the rules of each policy with each other
    #[arg(long, value_name = "STEPS", default_value_t = 1_000_000)]
    budget: usize,
    #[command(flatten)]
    policy: PolicyOptions,
}

fn code(name: &str) -> Result<Code, String> {
    name.parse()
        .map_err(|error: vedtak::UnknownName| error.to_string())
}

impl Check {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let given = input::read(&self.files, &ENDINGS)?;
        let policies: Vec<&Given> = given.iter().filter(|one| is_policy(one)).collect();
        let requests = given.iter().filter(|one| one.kind.is_request());
        let requests: Vec<&Given> = requests.filter(|one| one.found == Found::Named).collect();
        if policies.is_empty() && requests.is_empty() {
            return Err("there is no policy among these files".into());
        }
        let progress = Progress::new();
        progress.tell(&format!(
            "checking {} …",
            count(policies.len(), "policy", "policies")
        ));
        let mut problems: Vec<Diagnostic> = Vec::new();
        for one in &requests {
            problems.extend(problems_of_request(one));
        }
        let linted = self.lint(&policies, &mut problems)?;
        drop(progress);
        let levels = linted.findings.iter().map(|finding| finding.level);
        let is_good = problems.is_empty() && levels.clone().all(|level| level < Level::Warning);
        let of = |wanted: Level| levels.clone().filter(|level| *level == wanted).count();
        let counts = [
            count(problems.len() + of(Level::Error), "error", "errors"),
            count(of(Level::Warning), "warning", "warnings"),
            count(of(Level::Note), "note", "notes"),
        ];
        let files = policies.len() + requests.len();
        let mut text: Vec<String> = problems
            .iter()
            .map(|problem| shown(&problem.to_string()))
            .collect();
        text.extend(
            linted
                .findings
                .iter()
                .map(|finding| shown(&finding.to_string())),
        );
        let is_cut_off =
            !linted.left_out.is_empty() || linted.unanswered == Some(Unanswered::TooLarge);
        let notes = linted.left_out.iter().map(|id| {
            let id = Visible(id);
            format!("the rules of `{id}` were not all compared with each other: --budget allows more steps")
        });
        let mut notes: Vec<String> = notes.collect();
        notes.extend(
            linted
                .unanswered
                .map(|why| format!("rules were not compared with each other: {why}")),
        );
        // What was not looked at is a part of the answer.
        text.extend(notes.iter().map(|note| format!("not complete: {note}\n")));
        text.push(format!(
            "{} in {}\n",
            counts.join(", "),
            count(files, "file", "files")
        ));
        let text = match self.sarif {
            true => sarif(&problems, &linted.findings, &notes),
            false => text.join("\n"),
        };
        let json = json!({
            "files": files,
            "errors": problems.iter().map(of_diagnostic).collect::<Vec<Json>>(),
            "findings": linted.findings.iter().map(of_finding).collect::<Vec<Json>>(),
            "not_complete": notes,
        });
        let ended = match is_cut_off {
            true => Ended::Undone,
            false => Ended::good_if(is_good),
        };
        let mut output = Output::new(ended, text, json);
        output.is_document = self.sarif;
        Ok(output)
    }

    /// The findings about policies. Where these do not build, each of those that can be read is looked at
    /// alone, and those in ALFA together, as they use one another's names.
    fn lint(&self, policies: &[&Given], problems: &mut Vec<Diagnostic>) -> Result<Linted, Undone> {
        if policies.is_empty() {
            return Ok(Linted::default());
        }
        let mut lint = Lint::new();
        for (codes, level) in [(&self.allow, Level::Allow), (&self.deny, Level::Error)] {
            for code in codes {
                lint = lint.level(*code, level);
            }
        }
        let (in_alfa, in_xml): (Vec<&Given>, Vec<&Given>) =
            policies.iter().partition(|one| one.kind == Kind::Alfa);
        match self.policy.builder(policies).map(PdpBuilder::build) {
            Ok(Ok(pdp)) => return Ok(pdp.lint(&lint, self.budget)),
            Ok(Err(error)) => problems.extend(error.into_diagnostics()),
            Err(undone) => return Err(undone),
        }
        let mut linted = Linted::default();
        for together in in_xml.chunks(1).chain([&in_alfa[..]]) {
            let findings = self.findings_alone(together, &lint);
            linted.findings.extend(findings);
        }
        Ok(linted)
    }

    /// The findings about policies that stand beside broken ones; none if they are broken themselves.
    fn findings_alone(&self, together: &[&Given], lint: &Lint) -> Vec<Finding> {
        match self.policy.builder(together).map(PdpBuilder::build) {
            Ok(Ok(pdp)) => {
                let mut findings = pdp.lint(lint, self.budget).findings;
                let names: HashSet<&str> = together.iter().map(|one| &*one.name).collect();
                let is_of = |name: Option<&str>| name.is_some_and(|name| names.contains(name));
                findings.retain(|finding| is_of(finding.diagnostic.source()));
                findings
            }
            _ => {
                let alone = together.iter();
                let alone = alone.flat_map(|one| lint.findings(&one.name, &one.bytes));
                alone.flatten().collect()
            }
        }
    }
}

/// The problems and findings in SARIF, with notifications of what was not looked at.
fn sarif(problems: &[Diagnostic], findings: &[Finding], notes: &[String]) -> String {
    let text = to_sarif_with(problems, findings);
    if notes.is_empty() {
        return escaped(&text).into_owned();
    }
    let mut json = parsed(&text);
    let notifications = notes
        .iter()
        .map(|note| json!({"level": "warning", "message": {"text": note}}));
    let notifications: Vec<Json> = notifications.collect();
    json["runs"][0]["invocations"] =
        json!([{"executionSuccessful": true, "toolExecutionNotifications": notifications}]);
    escaped(&json.to_string()).into_owned()
}

fn problems_of_request(given: &Given) -> Vec<Diagnostic> {
    let options = ReadOptions::new().source(&given.name);
    let read = match given.kind {
        Kind::Request => Request::read_xml(&given.bytes, options).map(|_| ()),
        Kind::Evaluation => {
            vedtak::authzen::Evaluation::read_json(&given.bytes, options).map(|_| ())
        }
        Kind::Evaluations => {
            vedtak::authzen::Evaluations::read_json(&given.bytes, options).map(|_| ())
        }
        _ => Request::read_json(&given.bytes, options).map(|_| ()),
    };
    read.err().map(Error::into_diagnostics).unwrap_or_default()
}

/// A problem or finding, with its first line bold: that has the place and the message.
fn shown(text: &str) -> String {
    match text.split_once('\n') {
        Some((first, rest)) => format!("{}\n{rest}\n", painted(1, first)),
        None => format!("{}\n", painted(1, text)),
    }
}

fn of_finding(finding: &Finding) -> Json {
    let mut json = of_diagnostic(&finding.diagnostic);
    json["level"] = finding.level.as_str().into();
    json["code"] = finding.code.as_str().into();
    if let Some(cure) = &finding.cure {
        json["cure"] = cure.as_str().into();
    }
    json
}
