//! Policies, requests and responses of public XACML projects, in one form, run through the engine.
//!
//! The cases are described by a manifest, and this test knows none of them by name: what it does
//! with a case follows from the manifest's fields. They lie outside the crate; where their folder
//! is missing, the test says so and passes. `VEDTAK_CONFORMANCE` names another folder.

mod compare;
mod folder;
mod functions;
mod geometry;
mod host;
mod host_name;
mod manifest;
mod run;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use manifest::{Case, Kind};
use run::Verdict;

#[test]
fn conformance() {
    let Some(folder) = folder::find() else {
        return;
    };
    let manifest = fs::read(folder.join("manifest.json")).expect("the suite has a manifest");
    let mut cases: Vec<Case> =
        serde_json::from_slice(&manifest).expect("the manifest is well-formed");
    manifest::dispute_contradictions(&mut cases);
    manifest::dispute_values_of_no_type(&mut cases, &folder);
    let mut summary = Summary::default();
    for case in &cases {
        summary.add(&folder, case);
    }
    summary.print();
    assert_eq!(summary.failed, 0, "{} cases failed", summary.failed);
}

/// What became of the cases.
#[derive(Default)]
struct Summary {
    passed: usize,
    failed: usize,
    unsupported: usize,
    /// By what is missing: why, and how many cases need it.
    missing: BTreeMap<&'static str, (&'static str, usize)>,
    disputed: Vec<String>,
    agreeing: usize,
}

impl Summary {
    fn add(&mut self, folder: &Path, case: &Case) {
        let id = &case.id;
        let mut missing = support::missing(case, folder);
        let verdict = run_guarded(folder, case);
        missing.extend(support::found_missing(case, &verdict));
        if !missing.is_empty() {
            self.unsupported += 1;
            for &(tag, reason) in &missing {
                self.missing.entry(tag).or_insert((reason, 0)).1 += 1;
            }
            if case.kind == Kind::Decision && verdict.is_ok() {
                let tags: Vec<&str> = missing.iter().map(|&(tag, _)| tag).collect();
                println!("unsupported but passes: {id} ({})", tags.join(", "));
            }
            return;
        }
        if case.disputed {
            self.agreeing += usize::from(verdict.is_ok());
            let outcome = match verdict {
                Ok(_) => "agrees".to_owned(),
                Err(difference) => format!("differs: {difference}"),
            };
            self.disputed
                .push(format!("{id}: {outcome} (dispute: {})", case.dispute));
            return;
        }
        match verdict {
            Ok(remarks) => {
                self.passed += 1;
                for remark in remarks {
                    println!("remark: {id}: {remark}");
                }
            }
            Err(difference) => {
                self.failed += 1;
                println!("failed: {id}: {difference}");
            }
        }
    }

    fn print(&self) {
        for (tag, (reason, number)) in &self.missing {
            println!("unsupported: {tag}: {number} cases: {reason}");
        }
        for line in &self.disputed {
            println!("disputed: {line}");
        }
        println!(
            "disputed: {} of {} agree",
            self.agreeing,
            self.disputed.len()
        );
        folder::say(&format!(
            "conformance: {} passed, {} failed, {} disputed, {} unsupported",
            self.passed,
            self.failed,
            self.disputed.len(),
            self.unsupported
        ));
    }
}

/// Runs a case so that a panic is the failure of this case alone.
fn run_guarded(folder: &Path, case: &Case) -> Verdict {
    catch_unwind(AssertUnwindSafe(|| run::run(folder, case))).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", message.unwrap_or("without a message")))
    })
}
