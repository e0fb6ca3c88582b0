//! A folder of policies that is watched: what changes there decides from then on, and no decision
//! waits for it.
//!
//! `cargo run --example store -- FOLDER` loads every `.xml` file in the folder and looks for
//! changes once a second until it is stopped. Without an argument it plays with a folder of its
//! own: a good change, a bad one, and a policy that goes away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use std::{env, fs, io, process, thread};

use vedtak::syntax::Document;
use vedtak::{Error, Pdp, Request, Store};

const POLICY: &str = include_str!("../fixtures/altinn/resource-policy.xml");

/// How the policies of the folder combine: one that denies outweighs those that permit.
const COMBINING: &str = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [] => in_a_folder_of_its_own(),
        [folder] => watch(Path::new(folder)),
        _ => Err("usage: store [FOLDER]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn watch(path: &Path) -> Result<(), Failure> {
    let store = Pdp::builder().root_combining(COMBINING).store()?;
    let mut folder = Folder::new(path);
    folder.load(&store)?;
    loop {
        thread::sleep(Duration::from_secs(1));
        // A folder that cannot be read is no empty folder: what was loaded goes on deciding.
        if let Err(error) = folder.reload(&store) {
            eprintln!("{}: {error}", path.display());
        }
    }
}

/// The files of a folder, and which policy of the store each holds.
struct Folder {
    path: PathBuf,
    files: BTreeMap<PathBuf, File>,
}

struct File {
    stamp: Stamp,
    /// The id of its policy in the store; none if there is none of it.
    id: Option<String>,
}

/// When a file was changed, and its length: writing it twice may take less than a file system's
/// clock can tell.
type Stamp = (Option<SystemTime>, u64);

impl Folder {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            files: BTreeMap::new(),
        }
    }

    fn list(&self) -> io::Result<BTreeMap<PathBuf, Stamp>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "xml") {
                let about = fs::metadata(&path)?;
                found.insert(path, (about.modified().ok(), about.len()));
            }
        }
        Ok(found)
    }

    /// Loads all files: they decide together from one version on.
    fn load(&mut self, store: &Store) -> io::Result<()> {
        let found = self.list()?;
        for (path, stamp) in found {
            self.files.insert(path, File { stamp, id: None });
        }
        let documents = self.files.iter_mut().filter_map(|(path, file)| {
            let bytes = fs::read(path)
                .map_err(|error| eprintln!("{}: {error}", path.display()))
                .ok()?;
            let name = path.display().to_string();
            // The store knows policies by their ids; the folder must know which file has which.
            file.id = id(&name, &bytes).ok();
            Some((name, bytes))
        });
        let loading = store.load(documents, |progress| {
            let (loaded, refused) = (progress.loaded, progress.refused);
            say(format_args!("loaded so far: {loaded}; refused: {refused}"));
        });
        for (name, error) in loading.refused {
            eprintln!("refused: {error}");
            if let Some(file) = self.files.get_mut(Path::new(&name)) {
                file.id = None;
            }
        }
        let (count, version) = (store.len(), loading.version);
        say(format_args!(
            "version {version}: policies that decide: {count}"
        ));
        Ok(())
    }

    /// Loads what changed since the last time.
    fn reload(&mut self, store: &Store) -> io::Result<()> {
        let found = self.list()?;
        let before = self.ids();
        self.files.retain(|path, _| found.contains_key(path));
        for (path, stamp) in found {
            let known = self.files.get(&path);
            if known.is_some_and(|file| file.stamp == stamp) {
                continue;
            }
            let put = self.put(store, &path);
            let id = put.unwrap_or_else(|error| {
                eprintln!("refused, what was there goes on deciding: {error}");
                self.files.get(&path).and_then(|file| file.id.clone())
            });
            self.files.insert(path, File { stamp, id });
        }
        // Last, so that a policy whose file was renamed is there all the time.
        for id in before.difference(&self.ids()) {
            if let Some(version) = store.remove(id) {
                say(format_args!("version {version}: `{id}` is gone"));
            }
        }
        Ok(())
    }

    fn put(&self, store: &Store, path: &Path) -> Result<Option<String>, Failure> {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
        let id = id(&name, &bytes)?;
        let mut others = self.files.iter().filter(|(other, _)| *other != path);
        if let Some((other, _)) = others.find(|(_, file)| file.id.as_ref() == Some(&id)) {
            return Err(format!("{name}: the id `{id}` is that of {}", other.display()).into());
        }
        let version = store.put(&name, &bytes)?;
        say(format_args!("version {version}: `{id}` from {name}"));
        Ok(Some(id))
    }

    fn ids(&self) -> BTreeSet<String> {
        self.files
            .values()
            .filter_map(|file| file.id.clone())
            .collect()
    }
}

fn id(name: &str, bytes: &[u8]) -> Result<String, Error> {
    Ok(match Document::read(name, bytes)? {
        Document::Policy(policy) => policy.id.to_string(),
        Document::PolicySet(set) => set.id.to_string(),
    })
}

/// The story, in a folder that is removed at its end.
fn in_a_folder_of_its_own() -> Result<(), Failure> {
    let path = env::temp_dir().join(format!("vedtak-store-{}", process::id()));
    fs::create_dir(&path)?;
    let told = tell(&path);
    fs::remove_dir_all(&path)?;
    told
}

fn tell(path: &Path) -> Result<(), Failure> {
    let letters = path.join("letters.xml");
    fs::write(&letters, POLICY)?;
    let store = Pdp::builder()
        .root_combining(COMBINING)
        .saveable()
        .store()?;
    let mut folder = Folder::new(path);
    folder.load(&store)?;

    let request = Request::builder()
        .subject("urn:altinn:rolecode", "dagl")
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        // Decides all the time, and is never stopped by a change.
        let deciding = scope.spawn(|| {
            let mut reader = store.reader();
            let mut seen = BTreeMap::new();
            while !done.load(Ordering::Relaxed) {
                let pdp = reader.pdp();
                let decision = pdp.decide(&request).decision().as_str();
                *seen.entry((pdp.version(), decision)).or_insert(0_u64) += 1;
            }
            seen
        });
        let told = changes(&letters, &mut folder, &store);
        done.store(true, Ordering::Relaxed);
        let seen = deciding
            .join()
            .map_err(|_| "the deciding thread panicked")?;
        say("\nmeanwhile, another thread decided");
        for ((version, decision), times) in seen {
            say(format_args!(
                "  {times:>8} times with version {version}: {decision}"
            ));
        }
        told
    })
}

fn changes(letters: &Path, folder: &mut Folder, store: &Store) -> Result<(), Failure> {
    let pause = || thread::sleep(Duration::from_millis(100));
    pause();
    say("\nsomebody misspells a function");
    fs::write(
        letters,
        POLICY.replacen("string-equal-ignore-case", "string-equals", 1),
    )?;
    folder.reload(store)?;
    pause();
    say("\nsomebody turns permission into its opposite");
    fs::write(
        letters,
        POLICY.replace(r#"Effect="Permit""#, r#"Effect="Deny""#),
    )?;
    folder.reload(store)?;
    pause();
    say("\na store elsewhere is given the same policies without their XML");
    let mut saved = Vec::new();
    let version = store.save(&mut saved)?;
    let elsewhere = Pdp::builder().root_combining(COMBINING).store()?;
    elsewhere.restore(saved.as_slice(), |_| {})?;
    let (count, bytes) = (elsewhere.len(), saved.len());
    say(format_args!(
        "version {version}: {bytes} bytes; policies that decide: {count}"
    ));
    say("\nsomebody deletes the file");
    fs::remove_file(letters)?;
    folder.reload(store)?;
    pause();
    Ok(())
}

/// Prints a line. Whoever closed the pipe, as `head` does, has seen enough.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}
