//! A folder of policies that is watched: what changes there decides from then on, and no decision
//! waits for it.
//!
//! `cargo run --example store -- FOLDER` loads every `.xml` file in the folder, those in its folder
//! `library` as what others may refer to, and looks for changes once a second until it is stopped.
//! Without an argument it plays with a folder of its own: a good change, a bad one, and a policy
//! that goes away.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, fs, io, process, thread};

use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::{Pdp, Request, Store};

/// A patient's policy set: who is named there has the normal level of access.
const PATIENT: &str = include_str!("../fixtures/store/patient.xml");

/// What the normal level of access is: one policy set, to which those of all patients refer.
const BASE: &str = include_str!("../fixtures/store/base.xml");

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

fn watch(folder: &Path) -> Result<(), Failure> {
    let store = Pdp::builder().root_combining(COMBINING).store()?;
    reload(folder, &store)?;
    loop {
        thread::sleep(Duration::from_secs(1));
        // A folder that cannot be read is no empty folder: what was loaded goes on deciding.
        if let Err(error) = reload(folder, &store) {
            eprintln!("{}: {error}", folder.display());
        }
    }
}

/// Makes the store hold what the folder holds. The store knows which files are as they were; those
/// that are refused stay as they were.
fn reload(folder: &Path, store: &Store) -> Result<(), Failure> {
    let mut documents = read(folder, false)?;
    let library = folder.join("library");
    if library.is_dir() {
        documents.extend(read(&library, true)?);
    }
    let before = store.version();
    let loading = store.sync(documents, OnRefusal::Keep, |_| {})?;
    for (_, error) in &loading.refused {
        eprintln!("refused, what was there goes on deciding: {error}");
    }
    if loading.version > before {
        say(format_args!(
            "version {}: {} documents are new or other ones, {} are gone, {} refer to what changed",
            loading.version,
            loading.loaded,
            loading.removed.len(),
            loading.referring
        ));
    }
    Ok(())
}

fn read(folder: &Path, is_library: bool) -> io::Result<Vec<SourceDocument>> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            documents.push(SourceDocument {
                source: path.display().to_string(),
                bytes: fs::read(&path)?,
                is_library,
            });
        }
    }
    // Policies combine in the order in which they come.
    documents.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(documents)
}

/// The story, in a folder that is removed at its end.
fn in_a_folder_of_its_own() -> Result<(), Failure> {
    let path = env::temp_dir().join(format!("vedtak-store-{}", process::id()));
    fs::create_dir_all(path.join("library"))?;
    let told = tell(&path);
    fs::remove_dir_all(&path)?;
    told
}

fn tell(folder: &Path) -> Result<(), Failure> {
    let (base, patient) = (folder.join("library/base.xml"), folder.join("patient.xml"));
    fs::write(&base, BASE)?;
    fs::write(&patient, PATIENT)?;
    let builder = Pdp::builder().root_combining(COMBINING);
    let store = builder.saveable().store()?;
    reload(folder, &store)?;

    let request = Request::builder()
        .subject("doctor", "doctor-7")
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
        let told = changes(folder, &base, &patient, &store);
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

fn changes(folder: &Path, base: &Path, patient: &Path, store: &Store) -> Result<(), Failure> {
    let pause = || thread::sleep(Duration::from_millis(100));
    pause();
    say("\nsomebody misspells a function");
    fs::write(base, BASE.replace("string-equal", "string-equals"))?;
    reload(folder, store)?;
    pause();
    say("\nsomebody turns what everybody may do into its opposite");
    fs::write(base, BASE.replace(r#"Effect="Permit""#, r#"Effect="Deny""#))?;
    reload(folder, store)?;
    pause();
    say("\nsomebody deletes what the patient's policy refers to");
    fs::remove_file(base)?;
    reload(folder, store)?;
    pause();
    say("\na store elsewhere is given the same policies without their XML");
    let saved = folder.join("policies.saved");
    let version = store.save_to(&saved)?;
    let elsewhere = Pdp::builder().root_combining(COMBINING).store()?;
    elsewhere.restore(io::BufReader::new(fs::File::open(&saved)?), |_| {})?;
    say(format_args!("version {version} of it holds"));
    for known in elsewhere.documents().iter() {
        let kind = if known.is_library() {
            ", for others to refer to"
        } else {
            ""
        };
        let refers = known.refers_to().count();
        say(format_args!(
            "  `{}` {}{kind}; {refers} references",
            known.id(),
            known.version()
        ));
    }
    say("\nsomebody deletes the patient's policy as well");
    fs::remove_file(patient)?;
    reload(folder, store)?;
    pause();
    Ok(())
}

/// Prints a line. Whoever closed the pipe, as `head` does, has seen enough.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    if writeln!(io::stdout(), "{line}").is_err() {
        process::exit(0);
    }
}
