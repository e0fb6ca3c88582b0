//! A report → an HTML page.

use super::ChangeReport;
use crate::altinn::clock::norwegian;
use crate::report::Visible;

pub(super) fn write(report: &ChangeReport) -> String {
    let (before, after) = (norwegian(report.before), norwegian(report.after));
    let title = format!("What changes from {before} to {after}");
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>body{{font-family:sans-serif}}td,th{{padding:.3em;text-align:left;vertical-align:top;\
         border-bottom:1px solid #ccc}}.lost{{color:#a00}}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         <p>{}.</p>\n",
        report.outcome()
    );
    for service in &report.services {
        let (resource, outcome) = (escaped(service.resource.as_str()), service.policy.outcome());
        out += &format!("<h2>{resource}</h2>\n<p>{outcome}.</p>\n");
        if !service.policy.is_complete {
            out += "<p>Not all of the policy could be seen through: there may be more.</p>\n";
        }
        for right in &service.policy.rights {
            let (title, outcome) = (escaped(&right.right.title()), right.outcome());
            out += &format!("<h3>{title}: {outcome}</h3>\n<ul>\n");
            for (what, alternatives) in [
                ("lost", &right.lost),
                ("kept", &right.kept),
                ("gained", &right.gained),
            ] {
                for alternative in alternatives {
                    let told = escaped(&alternative.what());
                    out += &format!("<li class=\"{what}\">{what}: {told}</li>\n");
                }
            }
            for suggestion in &right.suggestions {
                let told = escaped(&suggestion.to_string());
                out += &format!("<li class=\"perhaps\">perhaps: {told}</li>\n");
            }
            out += "</ul>\n";
        }
        if service.people.is_empty() {
            continue;
        }
        out += "<table>\n<tr><th>who</th><th>for</th><th>loses</th><th>keeps</th></tr>\n";
        for person in &service.people {
            let lost: Vec<String> = person.lost.iter().map(|right| right.to_string()).collect();
            let kept = person.kept.iter();
            let kept: Vec<String> = kept
                .map(|(right, ways)| format!("{right}: {}", ways.join("; or ")))
                .collect();
            let [who, party] = [&person.who, &person.party].map(|one| escaped(&one.to_string()));
            let [lost, kept] = [lost, kept].map(|all| escaped(&all.join(", ")));
            out += &format!(
                "<tr><td>{who}</td><td>{party}</td><td class=\"lost\">{lost}</td>\
                 <td>{kept}</td></tr>\n"
            );
        }
        out += "</table>\n";
    }
    out + "</body>\n</html>\n"
}

/// A text that is no HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in Visible(text).to_string().chars() {
        match c {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}
