//! The outcome of test files: data, a text for people, JUnit XML and JSON.

mod json;
mod junit;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::analysis::cover::Cover;
use crate::error::{Diagnostic, Error, Position, Visible};

/// The outcome of test files.
///
/// `Display` prints it for people: a line for each file, and for each case that failed how it differs and
/// why the decision is what it is; and why too little is covered, if so.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The files, in the order in which they were given and found.
    pub files: Vec<FileReport>,
    /// The cover of the policies by all cases, if it was [asked for](super::Runner::with_cover).
    pub cover: Option<Cover>,
    /// The reasons why nothing is counted of policies that are in a folder and in no test, if the cover was
    /// asked for: something in them is wrong. They are not in the cover, which is of less than the folder.
    pub not_counted: Vec<Error>,
    /// The share in percent that must be covered, if [one was asked for](super::Runner::at_least).
    pub at_least: Option<u8>,
}

/// The outcome of one test file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileReport {
    /// The path as problems show it.
    pub file: String,
    /// The problems because of which no case was decided: those of the file, of a file that it names, or
    /// of a policy.
    pub problems: Option<Error>,
    /// The cases, in the order of the file.
    pub cases: Vec<CaseReport>,
    /// The files that were read, the test file among them.
    pub sources: Vec<PathBuf>,
}

/// The outcome of one case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaseReport {
    /// Its name; of a table's, with the values that tell it from the others.
    pub name: String,
    /// Its place in the file.
    pub position: Position,
    /// Attributes of its request that are [nearly](crate::Pdp::near_misses) those that policies read, if the
    /// request is given as a whole.
    pub notes: Vec<String>,
    /// How it failed; none if it passed.
    pub failure: Option<Failure>,
}

/// A case that did not come out as expected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The differences, in a sentence each: `decision: expected Permit, found Deny`.
    pub differences: Vec<String>,
    /// Changes of the subject that would be enough for a Permit, the least first. Empty if none are known
    /// or no Permit is expected.
    pub enough: Vec<String>,
    /// The reason for the decision, with all that was evaluated.
    pub explanation: String,
}

impl Report {
    /// The number of cases that passed.
    pub fn passed(&self) -> usize {
        self.cases().filter(|case| case.failure.is_none()).count()
    }

    /// The number of cases that failed.
    pub fn failed(&self) -> usize {
        self.cases().filter(|case| case.failure.is_some()).count()
    }

    /// The number of files of which no case was decided, as something in them is wrong.
    pub fn broken(&self) -> usize {
        let files = self.files.iter();
        files.filter(|file| file.problems.is_some()).count()
    }

    /// Whether every case passed, and there is one, and as much is covered as must be.
    pub fn is_passed(&self) -> bool {
        let is_passed = self.failed() == 0 && self.broken() == 0 && self.passed() > 0;
        is_passed && self.uncovered().is_none()
    }

    /// The reason why less is covered than [must be](Self::at_least), or why that is not known; none if as
    /// much is covered, or nothing must be.
    pub fn uncovered(&self) -> Option<String> {
        let least = self.at_least?;
        let whole = self.cover.as_ref().map(Cover::whole);
        match whole.filter(|whole| whole.all > 0) {
            None => Some("nothing was counted".to_owned()),
            Some(whole) if !whole.is_at_least(usize::from(least)) => Some(format!(
                "{} of {} are covered, which is less than {least} %",
                whole.covered, whole.all
            )),
            Some(_) => {
                let why = self.not_counted.first()?.diagnostics().first();
                let why = why.map_or("", Diagnostic::message);
                Some(format!("policies in no test are not counted: {why}"))
            }
        }
    }

    /// The files that were read, each once: those to watch for changes.
    pub fn sources(&self) -> impl Iterator<Item = &Path> {
        let mut sources: Vec<&Path> = Vec::new();
        for file in &self.files {
            sources.extend(file.sources.iter().map(PathBuf::as_path));
        }
        sources.sort();
        sources.dedup();
        sources.into_iter()
    }

    /// The report as JUnit XML, which CI systems show: a suite for each file, a test case for each case, and
    /// one for the share that must be covered.
    /// Characters that XML cannot hold are U+FFFD in it.
    pub fn to_junit(&self) -> String {
        junit::write(self)
    }

    /// The report as JSON: what [`files`](Self::files) has, the sums, the shares of the cover, and whether as
    /// much is covered as must be.
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    fn cases(&self) -> impl Iterator<Item = &CaseReport> {
        self.files.iter().flat_map(|file| &file.cases)
    }
}

impl FileReport {
    fn failed(&self) -> impl Iterator<Item = (&CaseReport, &Failure)> {
        let cases = self.cases.iter();
        cases.filter_map(|case| Some((case, case.failure.as_ref()?)))
    }
}

/// A number of cases or files in words.
fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            write!(f, "{file}")?;
        }
        if let Some(why) = self.uncovered() {
            writeln!(f, "{why}")?;
        }
        let (passed, failed, broken) = (self.passed(), self.failed(), self.broken());
        let passed = count(passed, "case passed", "cases passed");
        write!(f, "{passed}, {failed} failed")?;
        if broken > 0 {
            let broken = count(broken, "file is broken", "files are broken");
            write!(f, ", {broken}")?;
        }
        writeln!(f)
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(problems) = &self.problems {
            writeln!(f, "{}: broken, no case is decided", self.file)?;
            return indented(f, &problems.to_string(), 2);
        }
        let failed = self.failed().count();
        let cases = count(self.cases.len(), "case", "cases");
        match failed {
            0 => writeln!(f, "{}: {cases}, all passed", self.file)?,
            _ => writeln!(f, "{}: {cases}, {failed} failed", self.file)?,
        }
        for case in &self.cases {
            if case.failure.is_some() || !case.notes.is_empty() {
                writeln!(f, "  {}: {}", case.position, Visible(&case.name))?;
            }
            for note in &case.notes {
                writeln!(f, "    note: {}", Visible(note))?;
            }
            let Some(failure) = &case.failure else {
                continue;
            };
            for difference in &failure.differences {
                writeln!(f, "    {}", Visible(difference))?;
            }
            for enough in &failure.enough {
                writeln!(f, "    would be enough: {}", Visible(enough))?;
            }
            indented(f, &failure.explanation, 6)?;
        }
        Ok(())
    }
}

/// Writes lines, each behind so many blanks. Nothing in them is foreign as it stands.
fn indented(f: &mut fmt::Formatter<'_>, text: &str, by: usize) -> fmt::Result {
    for line in text.lines() {
        match line.is_empty() {
            true => writeln!(f)?,
            false => writeln!(f, "{:by$}{line}", "")?,
        }
    }
    Ok(())
}
