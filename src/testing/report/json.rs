//! A report → JSON.

use super::{CaseReport, FileReport, Report};
use crate::analysis::cover::{Cover, Share};
use crate::analysis::explain::Element;
use crate::json::{JsonDialect, Writer};

pub(super) fn write(report: &Report) -> String {
    let mut writer = Writer::new(&JsonDialect::PROFILE);
    writer.object(|json| {
        for (name, number) in [
            ("passed", report.passed()),
            ("failed", report.failed()),
            ("broken", report.broken()),
        ] {
            json.name(name);
            json.literal(&number.to_string());
        }
        json.name("files");
        json.array(|json| report.files.iter().for_each(|one| file(json, one)));
        if let Some(cover) = &report.cover {
            json.object_member("cover", |json| self::cover(json, cover));
        }
        if let Some(least) = report.at_least {
            let uncovered = report.uncovered();
            json.object_member("at_least", |json| {
                json.name("percent");
                json.literal(&least.to_string());
                json.name("is_reached");
                json.literal(if uncovered.is_none() { "true" } else { "false" });
                json.optional("why", uncovered.as_deref());
            });
        }
        if !report.not_counted.is_empty() {
            json.array_member("not_counted", &report.not_counted, |json, error| {
                json.string(&error.to_string());
            });
        }
    });
    writer.finish()
}

fn file(json: &mut Writer<'_>, report: &FileReport) {
    json.object(|json| {
        json.string_member("file", &report.file);
        let problems = report.problems.iter().flat_map(|error| error.diagnostics());
        json.array_member("problems", problems, |json, problem| {
            json.object(|json| {
                json.optional("source", problem.source());
                if let Some(position) = problem.position() {
                    place(json, position.line, position.column);
                }
                json.string_member("message", problem.message());
            });
        });
        json.name("cases");
        json.array(|json| report.cases.iter().for_each(|one| case(json, one)));
    });
}

fn case(json: &mut Writer<'_>, report: &CaseReport) {
    json.object(|json| {
        json.string_member("name", &report.name);
        place(json, report.position.line, report.position.column);
        json.name("passed");
        json.literal(if report.failure.is_none() {
            "true"
        } else {
            "false"
        });
        if !report.notes.is_empty() {
            json.array_member("notes", &report.notes, |json, text| json.string(text));
        }
        if let Some(failure) = &report.failure {
            json.array_member("differences", &failure.differences, |json, text| {
                json.string(text)
            });
            json.array_member("enough", &failure.enough, |json, text| json.string(text));
            json.string_member("explanation", &failure.explanation);
        }
    });
}

fn place(json: &mut Writer<'_>, line: usize, column: usize) {
    json.name("line");
    json.literal(&line.to_string());
    json.name("column");
    json.literal(&column.to_string());
}

fn cover(json: &mut Writer<'_>, cover: &Cover) {
    let shares: [(&str, Share); 6] = [
        ("all", cover.whole()),
        ("rules", cover.share(&[Element::Rule])),
        ("matches", cover.share(&[Element::Match])),
        ("targets", cover.share(&[Element::Target])),
        ("conditions", cover.share(&[Element::Condition])),
        (
            "functions",
            cover.share(&[Element::Apply, Element::Quantified]),
        ),
    ];
    for (name, share) in shares {
        json.key(name);
        json.object(|json| {
            json.name("covered");
            json.literal(&share.covered.to_string());
            json.name("of");
            json.literal(&share.all.to_string());
        });
    }
    json.array_member("not_covered", cover.not_covered(), |json, element| {
        json.object(|json| {
            json.string_member("file", &element.place.source);
            place(
                json,
                element.place.position.line,
                element.place.position.column,
            );
            json.string_member("element", element.element.as_str());
            json.string_member("name", &element.name);
            json.string_member("lack", element.lack().unwrap_or_default());
        });
    });
}
