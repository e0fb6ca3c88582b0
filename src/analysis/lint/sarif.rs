//! Findings → SARIF 2.1.0, which code hosts and editors read.

use super::{Code, Finding, Level};
use crate::error::Diagnostic;
use crate::json::{JsonDialect, Writer};

/// The id of the rule that a document breaks which cannot be loaded.
const INVALID: &str = "invalid-document";

/// Writes findings as a SARIF 2.1.0 log of one run, whose rules are all [codes](Code::ALL).
///
/// ```
/// use vedtak::analysis::lint::{Lint, to_sarif};
///
/// let policy = std::fs::read_to_string("examples/letters.xml")?.replace(">manager<", "> manager<");
/// let findings = Lint::new().findings("letters.xml", policy)?;
/// let sarif = to_sarif(&findings);
/// assert!(sarif.starts_with(r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json""#));
/// assert!(sarif.contains(r#""region":{"startLine":10,"startColumn":11}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_sarif(findings: &[Finding]) -> String {
    to_sarif_with(&[], findings)
}

/// Writes findings as [`to_sarif`] does, and before them the problems of documents that cannot be loaded,
/// as errors of the rule `invalid-document`.
///
/// ```
/// use vedtak::analysis::lint::to_sarif_with;
///
/// let error = vedtak::Pdp::from_xml("<Policy/>").unwrap_err();
/// let sarif = to_sarif_with(error.diagnostics(), &[]);
/// assert!(sarif.contains(r#""ruleId":"invalid-document","level":"error""#));
/// ```
pub fn to_sarif_with(problems: &[Diagnostic], findings: &[Finding]) -> String {
    let mut writer = Writer::new(&JsonDialect::PROFILE);
    writer.object(|log| {
        log.string_member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        log.string_member("version", "2.1.0");
        log.name("runs");
        log.array(|runs| runs.object(|run| write_run(run, problems, findings)));
    });
    writer.finish()
}

fn write_run(run: &mut Writer<'_>, problems: &[Diagnostic], findings: &[Finding]) {
    run.object_member("tool", |tool| {
        tool.object_member("driver", |driver| {
            driver.string_member("name", "vedtak");
            driver.string_member("version", env!("CARGO_PKG_VERSION"));
            driver.string_member("informationUri", env!("CARGO_PKG_REPOSITORY"));
            driver.name("rules");
            driver.array(|rules| {
                for code in Code::ALL {
                    let (explanation, section) = (code.explanation(), code.section());
                    rules.object(|rule| {
                        write_rule(rule, code.as_str(), explanation, section, code.level());
                    });
                }
                let explanation = "the document cannot be loaded";
                rules.object(|rule| write_rule(rule, INVALID, explanation, "§5", Level::Error));
            });
        });
    });
    // A Position counts characters.
    run.string_member("columnKind", "unicodeCodePoints");
    run.name("results");
    run.array(|results| {
        for problem in problems {
            results.object(|result| write_result(result, INVALID, Level::Error, problem, None));
        }
        for finding in findings {
            let (code, cure) = (finding.code.as_str(), finding.cure.as_deref());
            results.object(|result| {
                write_result(result, code, finding.level, &finding.diagnostic, cure);
            });
        }
    });
}

fn write_rule(rule: &mut Writer<'_>, id: &str, explanation: &str, section: &str, level: Level) {
    rule.string_member("id", id);
    let help = format!("XACML 3.0, {section}.");
    for (name, text) in [
        ("shortDescription", &sentence(explanation)),
        ("help", &help),
    ] {
        rule.object_member(name, |member| member.string_member("text", text));
    }
    rule.object_member("defaultConfiguration", |configuration| {
        configuration.string_member("level", level.as_str());
    });
}

fn write_result(
    result: &mut Writer<'_>,
    rule: &str,
    level: Level,
    diagnostic: &Diagnostic,
    cure: Option<&str>,
) {
    result.string_member("ruleId", rule);
    result.string_member("level", level.as_str());
    let message = match cure {
        Some(cure) => sentence(diagnostic.message()) + " " + &sentence(cure),
        None => sentence(diagnostic.message()),
    };
    result.object_member("message", |member| member.string_member("text", &message));
    result.name("locations");
    result.array(|locations| {
        locations.object(|location| {
            location.object_member("physicalLocation", |physical| {
                let source = diagnostic.source().unwrap_or_default();
                physical.object_member("artifactLocation", |artifact| {
                    artifact.string_member("uri", &uri(source));
                });
                if let Some(position) = diagnostic.position() {
                    physical.object_member("region", |region| {
                        region.name("startLine");
                        region.literal(&position.line.to_string());
                        region.name("startColumn");
                        region.literal(&position.column.to_string());
                    });
                }
            });
            if !diagnostic.path().is_empty() {
                location.name("logicalLocations");
                location.array(|logical| {
                    logical.object(|part| {
                        part.string_member("fullyQualifiedName", diagnostic.path());
                    });
                });
            }
        });
    });
}

/// A clause of a message as a sentence of its own, as SARIF shows texts. Names keep their case.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let mut sentence: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '?']) {
        sentence.push('.');
    }
    sentence
}

/// The name of a document as a reference to a URI (RFC 3986): what may not stand in one is escaped.
fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            // A folder of Windows.
            b'\\' => uri.push('/'),
            // The scheme of a whole URI, and no drive of Windows.
            b':' if at > 1 && name[at..].starts_with("://") => uri.push(':'),
            _ => uri += &format!("%{byte:02X}"),
        }
    }
    uri
}
