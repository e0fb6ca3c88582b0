//! A report → Markdown.

use super::ChangeReport;
use crate::altinn::clock::norwegian;
use crate::report::Visible;

pub(super) fn write(report: &ChangeReport) -> String {
    let (before, after) = (norwegian(report.before), norwegian(report.after));
    let mut out = format!(
        "# What changes from {before} to {after}\n\n{}.\n",
        report.outcome()
    );
    for service in &report.services {
        let resource = escaped(service.resource.as_str());
        out += &format!("\n## {resource}\n\n{}.\n", service.policy.outcome());
        if !service.policy.is_complete {
            out += "\nNot all of the policy could be seen through: there may be more.\n";
        }
        for right in &service.policy.rights {
            let (title, outcome) = (escaped(&right.right.title()), right.outcome());
            out += &format!("\n### {title}: {outcome}\n\n");
            for (what, alternatives) in [
                ("lost", &right.lost),
                ("kept", &right.kept),
                ("gained", &right.gained),
            ] {
                for alternative in alternatives {
                    out += &format!("- {what}: {}\n", escaped(&alternative.what()));
                }
            }
            for suggestion in &right.suggestions {
                out += &format!("- perhaps: {}\n", escaped(&suggestion.to_string()));
            }
        }
        if service.people.is_empty() {
            continue;
        }
        out += "\n| who | for | loses | keeps |\n|---|---|---|---|\n";
        for person in &service.people {
            let lost: Vec<String> = person.lost.iter().map(|right| right.to_string()).collect();
            let kept = person.kept.iter();
            let kept: Vec<String> = kept
                .map(|(right, ways)| format!("{right}: {}", ways.join("; or ")))
                .collect();
            let [who, party] = [&person.who, &person.party].map(|one| escaped(&one.to_string()));
            let [lost, kept] = [lost, kept].map(|all| escaped(&all.join(", ")));
            out += &format!("| {who} | {party} | {lost} | {kept} |\n");
        }
    }
    out
}

/// A text on one line, without Markdown or HTML of its own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in Visible(text).to_string().chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' => {
                escaped.extend(['\\', c]);
            }
            c => escaped.push(c),
        }
    }
    escaped
}
