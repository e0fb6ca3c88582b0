//! A report → JUnit XML.

use super::{CaseReport, FileReport, Report};
use crate::error::is_visible;
use crate::xml::Writer;

pub(super) fn write(report: &Report) -> String {
    let mut writer = Writer::new();
    let cases = report.passed() + report.failed() + report.broken();
    let (share, lack) = (report.at_least, report.uncovered());
    let failed = report.failed() + usize::from(lack.is_some());
    writer.element_of("", "testsuites", |xml| {
        xml.attribute("name", "vedtak");
        numbers(
            xml,
            cases + usize::from(share.is_some()),
            failed,
            report.broken(),
        );
        report.files.iter().for_each(|one| file(xml, one));
        if let Some(share) = share {
            cover(xml, share, lack.as_deref());
        }
    });
    writer.finish()
}

/// A text in which no character hides others or turns them round.
fn legible(text: &str) -> String {
    let mut legible = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => legible.push(character),
            '\u{fffe}' | '\u{ffff}' => legible.extend(character.escape_default()),
            character if is_visible(character) => legible.push(character),
            character => legible.extend(character.escape_default()),
        }
    }
    legible
}

fn numbers(xml: &mut Writer, tests: usize, failures: usize, errors: usize) {
    xml.attribute("tests", &tests.to_string());
    xml.attribute("failures", &failures.to_string());
    xml.attribute("errors", &errors.to_string());
}

fn file(xml: &mut Writer, report: &FileReport) {
    let broken = usize::from(report.problems.is_some());
    xml.element("testsuite", |xml| {
        xml.attribute("name", &legible(&report.file));
        numbers(
            xml,
            report.cases.len() + broken,
            report.failed().count(),
            broken,
        );
        for one in &report.cases {
            case(xml, report, one);
        }
        let Some(problems) = &report.problems else {
            return;
        };
        xml.element("testcase", |xml| {
            xml.attribute("classname", &legible(&report.file));
            xml.attribute("name", "the file can be read");
            xml.element("error", |xml| {
                let first = problems.diagnostics().first();
                let message = first.map_or("", |problem| problem.message());
                xml.attribute("message", &legible(message));
                xml.text(&legible(&problems.to_string()));
            });
        });
    });
}

/// The share that must be covered, as a case of its own.
fn cover(xml: &mut Writer, share: u8, lack: Option<&str>) {
    xml.element("testsuite", |xml| {
        xml.attribute("name", "cover");
        numbers(xml, 1, usize::from(lack.is_some()), 0);
        xml.element("testcase", |xml| {
            xml.attribute("classname", "cover");
            xml.attribute("name", &format!("at least {share} % is covered"));
            if let Some(lack) = lack {
                xml.element("failure", |xml| xml.attribute("message", &legible(lack)));
            }
        });
    });
}

fn case(xml: &mut Writer, file: &FileReport, report: &CaseReport) {
    xml.element("testcase", |xml| {
        xml.attribute("classname", &legible(&file.file));
        xml.attribute("name", &legible(&report.name));
        xml.attribute("file", &legible(&file.file));
        xml.attribute("line", &report.position.line.to_string());
        if let Some(failure) = &report.failure {
            xml.element("failure", |xml| {
                xml.attribute("message", &legible(&failure.differences.join("; ")));
                let enough = failure.enough.iter();
                let enough = enough.map(|enough| format!("would be enough: {enough}\n"));
                let text = enough.collect::<String>() + &failure.explanation;
                xml.text(&legible(&text));
            });
        }
        if !report.notes.is_empty() {
            xml.element("system-out", |xml| {
                xml.text(&legible(&report.notes.join("\n")))
            });
        }
    });
}
