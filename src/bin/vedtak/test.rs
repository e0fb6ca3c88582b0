//! `vedtak test`: runs test files for policies.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};
use std::{fs, thread};

use vedtak::Error;
use vedtak::altinn::testing::Registers;
use vedtak::analysis::cover::Cover;
use vedtak::folder;
use vedtak::report::Visible;
use vedtak::testing::{Report, Runner};

use crate::input::Kind;
use crate::output::{Ended, Output, Progress, Undone, complain, painted, parsed, reason, write};
use crate::save::{self, Identity};
use crate::stdin;

/// Runs test files for policies: `*.test.yaml` and `*.test.json` beside them
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak test policies/
  vedtak test policies/ --watch
  vedtak test policies/ --at-least 90 --junit report.xml --html coverage.html     for CI

The chapter on testing says what a test file may say.

Exit code: 0 if all cases pass, 1 if one fails or too little is covered, 2 if a file is broken, none is
found, or nothing was counted where it should be.")]
pub(crate) struct Test {
    /// Test files, folders that have some, and `-` for standard input, which names policies as from here
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Run only cases whose name, or the name of whose file, contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Print which rules, targets, matches, conditions and functions of the policies the cases reach
    #[arg(long)]
    coverage: bool,
    /// Print the policies with what is not covered beside each line
    #[arg(long)]
    annotated: bool,
    /// Fail if less than this is covered, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    at_least: Option<u8>,
    /// Write a report in JUnit's XML, which CI systems read: `-` prints it instead of the answer
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the policies with what is covered as a page: `-` prints it instead of the answer
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Run again whenever one of the files changes
    #[arg(long)]
    watch: bool,
}

impl Test {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let progress = Progress::new();
        progress.tell("testing …");
        let input = self.input()?;
        let report = self.report(input);
        drop(progress);
        self.told(&report?)
    }

    /// Runs them again and again, until it is stopped.
    pub(crate) fn watch(&self) -> ExitCode {
        if self.paths.iter().any(|path| is_stdin(path)) {
            complain("--watch is for files: standard input does not change");
            return ExitCode::from(2);
        }
        loop {
            let began = SystemTime::now();
            let (sources, told) = match self.report(None) {
                Ok(report) => {
                    let sources = report.sources().map(Path::to_owned).collect();
                    (sources, self.told(&report))
                }
                Err(error) => (Vec::new(), Err(error.into())),
            };
            let written = match told {
                Ok(output) => {
                    output.complain();
                    write(&output.text)
                }
                Err(failure) => {
                    complain(&failure.to_string());
                    Ok(())
                }
            };
            if written.and_then(|()| write("\nwatching …")).is_err() {
                return ExitCode::from(2);
            }
            self.wait(sources, began);
        }
    }

    pub(crate) fn is_watching(&self) -> bool {
        self.watch
    }

    /// Whether it is counted what the cases reach.
    fn counts(&self) -> bool {
        self.coverage || self.annotated || self.at_least.is_some() || self.html.is_some()
    }

    /// The standard input, if it is named.
    fn input(&self) -> Result<Option<Vec<u8>>, Undone> {
        let mut input = None;
        for _ in self.paths.iter().filter(|path| is_stdin(path)) {
            let wrong = |error| format!("{}: {}", stdin::NAME, reason(&error));
            input = Some(stdin::read().map_err(wrong)?);
        }
        Ok(input)
    }

    fn report(&self, input: Option<Vec<u8>>) -> Result<Report, Error> {
        let mut runner = Runner::new().kind(Registers);
        if self.counts() {
            runner = runner.with_cover();
        }
        if let Some(least) = self.at_least {
            runner = runner.at_least(least);
        }
        if let Some(only) = &self.only {
            runner = runner.only(only);
        }
        if let Some(bytes) = input {
            runner = runner.text(stdin::NAME, bytes);
        }
        runner.run(self.paths.iter().filter(|path| !is_stdin(path)))
    }

    /// Refuses to write over what a run reads, or two texts into one place.
    fn refuse_targets(&self, report: &Report) -> Result<(), Undone> {
        let read = report
            .sources()
            .chain(self.paths.iter().map(|path| &**path));
        let known: HashSet<Identity> = read.filter_map(Identity::of).collect();
        let is_input = |file: &Path, own: &Identity| {
            let is_kept = |bytes: Vec<u8>| {
                let kind = Kind::of(Some(file), &bytes);
                matches!(kind, Kind::Policy | Kind::Alfa | Kind::TestFile)
            };
            known.contains(own) || folder::read(file).is_ok_and(is_kept)
        };
        let targets = [("--html", &self.html), ("--junit", &self.junit)];
        let mut written = Vec::new();
        for (option, file) in targets {
            let Some(file) = file else { continue };
            let own = match is_stdin(file) {
                true => None,
                false => match Identity::of(file) {
                    // A device takes whatever comes.
                    None => continue,
                    own => own,
                },
            };
            let shown = Visible(file.display());
            if own.as_ref().is_some_and(|own| is_input(file, own)) {
                let message = format!("{option} {shown}: the tests or their policies are in it");
                return Err(Undone::from(message).so("nothing was written"));
            }
            if written.contains(&own) {
                let message = format!("{option} {shown}: the other report is to be there");
                return Err(Undone::from(message).so("nothing was written"));
            }
            written.push(own);
        }
        Ok(())
    }

    /// Prints a report, and writes the files that are asked for.
    fn told(&self, report: &Report) -> Result<Output, Undone> {
        self.refuse_targets(report)?;
        let mut ended = match (report.broken(), report.is_passed()) {
            (0, is_passed) => Ended::good_if(is_passed),
            _ => Ended::Undone,
        };
        let shown = report.to_string();
        let shown = shown.trim_end();
        let (cases, sum) = shown.rsplit_once('\n').unwrap_or(("", shown));
        // The sum is of the cases alone.
        let colour = match report.failed() + report.broken() {
            0 => 32,
            _ => 31,
        };
        let mut text = format!("{cases}\n{}\n", painted(colour, sum));
        let (mut notes, mut documents) = (Vec::new(), Vec::new());
        let cover = report.cover.as_ref();
        let cover = cover.filter(|cover| cover.whole().all > 0);
        if cover.is_none() && self.counts() {
            notes.push(match report.broken() {
                0 => "nothing was counted: there is no policy that a case could reach".to_owned(),
                _ => "nothing was counted: files are broken".to_owned(),
            });
            ended = Ended::Undone;
        }
        for why in &report.not_counted {
            notes.push(format!("policies in no test are not counted: {why}"));
        }
        if let Some(cover) = cover {
            if self.coverage {
                text += &format!("\n{}\n", cover.to_string().trim_end());
            }
            if self.annotated {
                text += &format!("\n{}\n", cover.annotated());
            }
            let is_less = |least: &u8| !cover.whole().is_at_least(usize::from(*least));
            let too_little = self.at_least.filter(is_less);
            if self.coverage || too_little.is_some() {
                text += &not_covered(cover);
            }
            if let Some(file) = &self.html {
                documents.push(("html", file, cover.to_html()));
            }
        }
        if let Some(file) = &self.junit {
            documents.push(("junit", file, report.to_junit()));
        }
        let mut output = Output::new(ended, text, parsed(&report.to_json())).with_notes(notes);
        for (name, file, document) in documents {
            if is_stdin(file) {
                output.json[name] = document.as_str().into();
                (output.text, output.is_document) = (document, true);
            } else {
                save::write(file, &document)?;
            }
        }
        Ok(output)
    }

    /// Waits until a file has changed since the tests began: one that was read, or the list of those
    /// beside it.
    fn wait(&self, mut watched: Vec<PathBuf>, began: SystemTime) {
        let parents = watched.iter().filter_map(|file| file.parent());
        let parents: Vec<PathBuf> = parents.map(Path::to_owned).collect();
        watched.extend(parents);
        watched.extend(self.paths.iter().cloned());
        watched.retain(|path| !path.as_os_str().is_empty());
        // The clock of a file system is behind by a tick at most.
        let since = began
            .checked_sub(Duration::from_millis(20))
            .unwrap_or(began);
        let is_there: Vec<bool> = watched.iter().map(|path| path.exists()).collect();
        let is_changed = |(path, was_there): (&PathBuf, &bool)| {
            let modified = fs::metadata(path).and_then(|of| of.modified());
            path.exists() != *was_there || modified.is_ok_and(|at| at > since)
        };
        while !watched.iter().zip(&is_there).any(is_changed) {
            thread::sleep(Duration::from_millis(200));
        }
        // Editors write in several steps.
        thread::sleep(Duration::from_millis(100));
    }
}

/// The most places that are listed.
const MOST_PLACES: usize = 10;

/// The first elements that are not covered, each in a line.
fn not_covered(cover: &Cover) -> String {
    let all = cover.not_covered().count();
    let mut text = String::new();
    for element in cover.not_covered().take(MOST_PLACES) {
        let before = if text.is_empty() {
            "\nnot covered:\n"
        } else {
            ""
        };
        text += &format!("{before}  {element}\n");
    }
    if all > MOST_PLACES {
        text += &format!("  and {} more: --annotated shows all\n", all - MOST_PLACES);
    }
    text
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
