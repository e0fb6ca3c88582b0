//! Paths → test files → a report.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{Files, GivenPolicies, NamedFile, plain, shown, unreadable};
use super::kind::Kind;
use super::policies::cover_of_none;
use super::report::{CaseReport, FileReport, Report};
use super::suite::{self, Host, Suite};
use crate::analysis::cover::Cover;
use crate::error::{Error, Source, cut};
use crate::folder::{self, Listing};
use crate::limits::Limits;
use crate::pdp::PdpBuilder;
use crate::store::SourceDocument;
use crate::xml;

/// The ends of the names of test files.
const ENDS: [&str; 3] = ["test.yaml", "test.yml", "test.json"];

/// Reads and runs test files.
///
/// ```
/// let report = vedtak::testing::Runner::new().with_cover().run(["fixtures/testing/letters"])?;
/// assert!(report.is_passed(), "{report}");
/// assert!(report.cover.is_some_and(|cover| cover.whole().is_at_least(90)));
/// # Ok::<(), vedtak::Error>(())
/// ```
pub struct Runner {
    only: Option<String>,
    has_cover: bool,
    at_least: Option<u8>,
    host: Box<Host>,
    kinds: Vec<Box<dyn Kind>>,
    texts: Vec<(String, Vec<u8>)>,
    policies: Option<GivenPolicies>,
    may_go_on: Box<GoOn>,
}

/// A bound of the host: how many cases were decided → whether another is, or why none is.
type GoOn = dyn Fn(usize) -> Result<(), String> + Send + Sync;

/// A run so far.
#[derive(Default)]
struct Progress {
    decided: usize,
    /// Whether the host's bound has ended it.
    is_ended: bool,
    cover: Option<Cover>,
}

impl Default for Runner {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| kind.member()).collect();
        f.debug_struct("Runner")
            .field("only", &self.only)
            .field("has_cover", &self.has_cover)
            .field("kinds", &kinds)
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// A runner of every case, without cover.
    pub fn new() -> Self {
        Self {
            only: None,
            has_cover: false,
            at_least: None,
            host: Box::new(|builder| builder),
            kinds: Vec::new(),
            texts: Vec::new(),
            policies: None,
            may_go_on: Box::new(|_| Ok(())),
        }
    }

    /// Runs only cases whose name, or the path of whose file, contains a text.
    pub fn only(mut self, text: impl Into<String>) -> Self {
        self.only = Some(text.into());
        self
    }

    /// Counts which rules, targets, matches, conditions and functions of the policies the cases reach. The
    /// policies of a folder that is [run](Self::run), or those that are [given](Self::policies), count also where
    /// no test file reads them.
    pub fn with_cover(mut self) -> Self {
        self.has_cover = true;
        self
    }

    /// Counts as [`with_cover`](Self::with_cover) does, and takes the tests for failed if less is covered, in
    /// percent.
    ///
    /// ```
    /// use vedtak::testing::Runner;
    /// let report = Runner::new().at_least(101).run(["fixtures/testing/letters"])?;
    /// assert!(!report.is_passed() && report.failed() == 0);
    /// let why = report.uncovered().unwrap_or_default();
    /// assert!(why.ends_with("are covered, which is less than 101 %"), "{why}");
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn at_least(mut self, percent: u8) -> Self {
        self.at_least = Some(percent);
        self.with_cover()
    }

    /// Adds functions, data types, limits and providers of the host to the PDP of each file.
    ///
    /// ```
    /// let runner = vedtak::testing::Runner::new().host(|pdp| pdp.indeterminate_on_trouble());
    /// # let _ = runner;
    /// ```
    pub fn host(mut self, host: impl Fn(PdpBuilder) -> PdpBuilder + Send + Sync + 'static) -> Self {
        self.host = Box::new(host);
        self
    }

    /// Adds a test file that is in no folder, such as standard input, with a name for the report. Files that
    /// it names are relative to the current folder.
    ///
    /// ```
    /// let text = "
    ///     policies: [examples/letters.xml]
    ///     cases: [{name: a manager, subject: {role: manager}, action: read, expect: Permit}]
    /// ";
    /// let report = vedtak::testing::Runner::new().text("typed in", text).run([""; 0])?;
    /// assert_eq!(report.passed(), 1, "{report}");
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn text(mut self, name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        self.texts.push((name.into(), bytes.as_ref().to_vec()));
        self
    }

    /// Has the cases decided by these policies, and by no others, as a host that has loaded them does: test
    /// files that name none are tests of all of them, and those that do are tests of the ones among these
    /// with that path. Their names are paths. If there are [kinds](Self::kind), the host decides with one of
    /// them, and a file of none is broken.
    ///
    /// ```
    /// use vedtak::{store::SourceDocument, testing::Runner};
    /// let file = "fixtures/testing/letters/letters.xml";
    /// let policy = SourceDocument::policy(file, std::fs::read(file)?);
    /// let report = Runner::new().policies([policy]).run(["fixtures/testing/letters"])?;
    /// assert!(report.is_passed(), "{report}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn policies(mut self, policies: impl IntoIterator<Item = SourceDocument>) -> Self {
        let files = policies.into_iter().map(|policy| {
            let path = plain(Path::new(&policy.source));
            let file = NamedFile {
                name: shown(&path),
                path,
                bytes: policy.bytes,
            };
            (file, policy.is_library)
        });
        self.policies = Some(files.collect());
        self
    }

    /// Bounds the cases, or the time: before each file and each case the host is asked with the number of
    /// those decided. Its error says why no other is: the file that was at it is broken with that reason, of
    /// its cases none is in the report, and no file after it is read.
    ///
    /// ```
    /// use vedtak::testing::Runner;
    /// let few = |decided| if decided < 2 { Ok(()) } else { Err("two are enough".to_owned()) };
    /// let report = Runner::new().as_long_as(few).run(["fixtures/testing/letters"])?;
    /// assert!(!report.is_passed() && report.to_string().contains("two are enough"), "{report}");
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn as_long_as(
        mut self,
        may_go_on: impl Fn(usize) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.may_go_on = Box::new(may_go_on);
        self
    }

    /// Adds a kind of test file.
    pub fn kind(mut self, kind: impl Kind + 'static) -> Self {
        self.kinds.push(Box::new(kind));
        self
    }

    /// Runs test files: those that are named, and in folders, to any depth, those whose names end in
    /// `.test.yaml`, `.test.yml` or `.test.json`; and the [texts](Self::text) after them.
    ///
    /// # Errors
    ///
    /// A path that cannot be read, a folder without test files, or no case with the text that
    /// [`only`](Self::only) asks for. Everything else is in the report.
    pub fn run<P: AsRef<Path>>(&self, paths: impl IntoIterator<Item = P>) -> Result<Report, Error> {
        let mut report = Report {
            files: Vec::new(),
            cover: None,
            not_counted: Vec::new(),
            at_least: self.at_least,
        };
        let mut progress = Progress::default();
        let mut known = HashSet::new();
        let mut has_path = false;
        let mut folders = Vec::new();
        for path in paths {
            has_path = true;
            if path.as_ref().is_dir() {
                folders.push(path.as_ref().to_owned());
            }
            for file in test_files(path.as_ref())? {
                if known.insert(file.clone()) && !progress.is_ended {
                    report.files.push(self.file(&file, None, &mut progress));
                }
            }
        }
        for (name, bytes) in &self.texts {
            has_path = true;
            if !progress.is_ended {
                let of_text = self.file(Path::new(name), Some(bytes), &mut progress);
                report.files.push(of_text);
            }
        }
        report.cover = progress.cover;
        if self.has_cover && !progress.is_ended {
            match &self.policies {
                // What a host decides by is given, and not found in folders.
                Some(given) => self.count_given(given, &mut report),
                None => {
                    for folder in &folders {
                        self.count_untested(folder, &mut report);
                    }
                }
            }
        }
        if !has_path {
            return Err(Error::plain("no file or folder with tests is named"));
        }
        if let Some(only) = &self.only {
            let is_wanted = |file: &FileReport| file.problems.is_some() || !file.cases.is_empty();
            report.files.retain(is_wanted);
            if report.files.is_empty() {
                let only = cut(only);
                let message = format!("no case, and no file, has a name with `{only}`");
                return Err(Error::plain(message));
            }
        }
        Ok(report)
    }

    /// Adds the policies of a host to the cover, whether or not a test file has read them.
    fn count_given(&self, given: &GivenPolicies, report: &mut Report) {
        if given.iter().all(|(_, is_library)| *is_library) {
            return;
        }
        let files: Vec<NamedFile> = given.iter().map(|(file, _)| file.clone()).collect();
        let covers = match &self.kinds[..] {
            [] => vec![cover_of_none(
                Path::new(""),
                Some(given.clone()),
                &self.host,
            )],
            kinds => {
                let covers = kinds.iter().map(|kind| kind.cover(&files));
                covers.filter_map(Result::transpose).collect()
            }
        };
        for cover in covers {
            match cover {
                Ok(cover) => add(&mut report.cover, cover),
                Err(why) => report.not_counted.push(why),
            }
        }
    }

    /// Adds the policies of a folder to the cover that no test file has read.
    fn count_untested(&self, folder: &Path, report: &mut Report) {
        // Links and relative paths lead to one file by several names.
        let tested: HashSet<PathBuf> = report.sources().flat_map(fs::canonicalize).collect();
        let found = Listing::of(folder, &folder::POLICIES).files.into_iter();
        let untested = found.map(|file| plain(&file.path)).filter(|path| {
            let is_tested = fs::canonicalize(path).is_ok_and(|known| tested.contains(&known));
            let is_policy = |bytes: Vec<u8>| folder::is_policy(Some(path), &bytes);
            !is_tested && folder::read(path).map_or(true, is_policy)
        });
        let mut by_folder: BTreeMap<PathBuf, HashSet<String>> = BTreeMap::new();
        for path in untested {
            let of = path.parent().unwrap_or(Path::new("")).to_owned();
            by_folder.entry(of).or_default().insert(shown(&path));
        }
        if by_folder.is_empty() {
            return;
        }
        let mut add = |mut cover: Cover, names: &dyn Fn(&str) -> bool| {
            cover.retain(names);
            add(&mut report.cover, cover);
        };
        // Policies may refer to others of the whole. Where it is none, each folder stands alone.
        if let Ok(cover) = cover_of_none(folder, None, &self.host) {
            let all: HashSet<&String> = by_folder.values().flatten().collect();
            let is_one = |name: &str| all.contains(&name.to_owned());
            add(cover, &is_one);
            return;
        }
        for (own, names) in &by_folder {
            match cover_of_none(own, None, &self.host) {
                Ok(cover) => add(cover, &|name| names.contains(name)),
                Err(why) => report.not_counted.push(why),
            }
        }
    }

    /// Runs a file, or what is given in its place.
    fn file(&self, path: &Path, given: Option<&[u8]>, progress: &mut Progress) -> FileReport {
        let mut files = Files::of(path, self.policies.clone());
        let mut report = FileReport {
            file: shown(path),
            problems: self.bound(progress).err(),
            cases: Vec::new(),
            sources: Vec::new(),
        };
        if progress.is_ended {
            return report;
        }
        let opened = match given {
            None => files.open(path),
            Some(bytes) => Ok(NamedFile {
                name: shown(path),
                path: path.to_owned(),
                bytes: bytes.to_vec(),
            }),
        };
        let read = opened
            .map_err(|error| Error::plain(format!("the file cannot be read: {error}")))
            .and_then(|file| {
                let suite = suite::read(&file, &mut files, &self.kinds, &self.host)?;
                Ok((file, suite))
            });
        match read {
            Ok((file, suite)) => {
                let mut own = self.has_cover.then(|| suite.engine.cover()).flatten();
                match self.cases(&file.bytes, &suite, &mut own, &report.file, progress) {
                    Ok(cases) => report.cases = cases,
                    Err(ended) => report.problems = Some(ended),
                }
                if let Some(own) = own.filter(|_| !progress.is_ended) {
                    add(&mut progress.cover, own);
                }
            }
            // The file may be about people.
            Err(error) => report.problems = Some(error.without_long_numbers()),
        }
        report.sources = files.sources.into_iter().collect();
        report
    }

    /// Asks the host whether another case is decided.
    fn bound(&self, progress: &mut Progress) -> Result<(), Error> {
        (self.may_go_on)(progress.decided).map_err(|why| {
            progress.is_ended = true;
            Error::plain(format!("neither this file nor any after it: {why}"))
        })
    }

    fn cases(
        &self,
        bytes: &[u8],
        suite: &Suite,
        cover: &mut Option<Cover>,
        name: &str,
        progress: &mut Progress,
    ) -> Result<Vec<CaseReport>, Error> {
        let text = xml::text(name, bytes, &Limits::default()).unwrap_or_default();
        let source = Source {
            name: name.into(),
            text: &text,
        };
        let positions = source.positions(suite.cases.iter().map(|case| case.at));
        let is_wanted = |case: &str| match &self.only {
            Some(only) => case.contains(only.as_str()) || name.contains(only.as_str()),
            None => true,
        };
        let mut cases = Vec::new();
        for (case, position) in suite.cases.iter().zip(positions) {
            if is_wanted(&case.name) {
                self.bound(progress)?;
                progress.decided += 1;
                cases.push(CaseReport {
                    name: case.name.clone(),
                    position,
                    notes: suite.engine.notes(case),
                    failure: suite.engine.run(case, cover.as_mut()),
                });
            }
        }
        Ok(cases)
    }
}

fn add(all: &mut Option<Cover>, own: Cover) {
    match all {
        Some(all) => all.merge(own),
        none => *none = Some(own),
    }
}

/// The test files of a path, in the order of their names.
fn test_files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |path: &Path, error: io::Error| {
        let (path, reason) = (cut(&shown(path)), unreadable(&error));
        Error::plain(format!("`{path}` cannot be read: {reason}"))
    };
    let is_folder = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !is_folder.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut listing = Listing::of(path, &ENDS);
    if let Some((path, error)) = listing.problems.pop() {
        return Err(unreadable(&path, error));
    }
    let found: Vec<PathBuf> = listing.files.into_iter().map(|file| file.path).collect();
    if found.is_empty() {
        return Err(Error::plain(format!(
            "there is no test file in `{}`: the name of one ends in `.{}`, `.{}` or `.{}`",
            cut(&shown(path)),
            ENDS[0],
            ENDS[1],
            ENDS[2]
        )));
    }
    Ok(found)
}
