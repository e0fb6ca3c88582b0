//! Lists that come from the answers about a service: who may, who holds, what is needed, which
//! package, what changes.

use vedtak::Decision;
use vedtak::altinn::answers::{ChangeReport, Needed, PolicyAnswers, PolicyRight, Services};
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::resource::ResourceId;
use vedtak::value::DateTime;

use crate::host::Host;
use crate::members::Members;

/// The answer to a question, in the order in which it is given.
pub(crate) fn answer(
    host: &Host,
    question: &str,
    members: &mut Members<'_>,
    at: DateTime,
) -> Result<Vec<String>, String> {
    match question {
        "who may" => {
            let resource = members.text("resource")?;
            let answers = answers(host, &resource, at)?;
            let right = members.right()?;
            Ok(alternatives(&answers.who_may(&right).map_err(text)?))
        }
        "policy rights" => {
            let answers = answers(host, &members.text("resource")?, at)?;
            let rights = answers.rights().map_err(text)?;
            let mut found = titles(&rights.rights);
            if !rights.is_complete {
                found.push("perhaps others".to_owned());
            }
            Ok(found)
        }
        "rights to" => {
            let answers = answers(host, &members.text("resource")?, at)?;
            let rights = answers.rights_to(&members.text("action")?).map_err(text)?;
            let each = rights.rights.iter().map(|right| {
                let ways = right.alternatives.iter();
                let ways: Vec<String> = ways.map(ToString::to_string).collect();
                format!("{}: {}", title(right), ways.join("; or "))
            });
            let mut found: Vec<String> = each.collect();
            if !rights.is_complete {
                found.push("perhaps others".to_owned());
            }
            Ok(found)
        }
        "holders" => {
            let resource = ResourceId::new(members.text("resource")?);
            let (right, of) = (members.right()?, members.party("of")?);
            let only_names = members.optional("names")?.is_some();
            let held = host.pdp.holders(&resource, &right, &of, at).map_err(text)?;
            let holders = held.holders.iter();
            let mut found: Vec<String> = holders
                .map(|holder| match only_names {
                    true => holder.party.name.to_string(),
                    false => format!("{}: {}", holder.party.name, holder.ways().join("; or ")),
                })
                .collect();
            found.extend(held.others.iter().map(|other| format!("also {other}")));
            Ok(found)
        }
        "needed" => {
            let resource = ResourceId::new(members.text("resource")?);
            let (right, of) = (members.right()?, members.party("of")?);
            let who = members.party("who")?;
            let needed = host.pdp.needed(&who, &resource, &right, &of, at);
            Ok(ways(&needed.map_err(text)?))
        }
        "services of" => {
            let (catalogue, services) = (Catalogue::standard(), services(host, at)?);
            let opened = match members.optional("role")? {
                Some(role) => {
                    let known = catalogue.role(&role);
                    let known = known.ok_or_else(|| format!("there is no role `{role}`"))?;
                    services.services_of_role(known)
                }
                None => {
                    let package = members.text("package")?;
                    let known = catalogue.package(&package);
                    let known = known.ok_or_else(|| format!("there is no package `{package}`"))?;
                    services.services_of(known)
                }
            };
            let each = opened.iter().map(|service| {
                let resource = service.resource.as_str();
                opens(resource, &service.rights, service.is_enough)
            });
            Ok(each.collect())
        }
        "packages of" => {
            let resource = ResourceId::new(members.text("resource")?);
            let opening = services(host, at)?.packages_of(&resource);
            let each = opening
                .iter()
                .map(|package| opens(&package.need.value, &package.rights, package.is_enough));
            Ok(each.collect())
        }
        "find package" => {
            let catalogue = Catalogue::standard();
            let found = catalogue.find_packages(&members.text("words")?);
            let codes = found.iter().map(|one| {
                let package = catalogue.package_by_id(one.package);
                package.code.to_string()
            });
            Ok(codes.collect())
        }
        "changes" => {
            let until = members.instant("to")?.ok_or("`to` is missing")?;
            let resources = members.texts("resources")?;
            let resources: Vec<ResourceId> = resources.into_iter().map(ResourceId::new).collect();
            let parties = members.parties("parties")?;
            let report =
                ChangeReport::between((&host.pdp, at), (&host.pdp, until), &resources, &parties);
            Ok(changes(&report.map_err(text)?))
        }
        other => Err(format!("`{other}` is no list")),
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn answers(host: &Host, resource: &str, at: DateTime) -> Result<PolicyAnswers, String> {
    let answers = host.pdp.answers(&ResourceId::new(resource), at);
    let answers = answers.map_err(text)?;
    answers.ok_or_else(|| format!("`{resource}` has no policy"))
}

/// All services of the scenario, by name.
fn services(host: &Host, at: DateTime) -> Result<Services, String> {
    let all = host.policies.iter().map(|name| answers(host, name, at));
    let all = all.collect::<Result<Vec<_>, _>>()?;
    Services::of(&all).map_err(text)
}

fn title(right: &PolicyRight) -> String {
    match right.right() {
        Some(right) => right.to_string(),
        None => "every action".to_owned(),
    }
}

fn titles(rights: &[PolicyRight]) -> Vec<String> {
    rights.iter().map(title).collect()
}

fn opens(what: &str, rights: &[PolicyRight], is_enough: bool) -> String {
    let more = if is_enough { "" } else { ", with more" };
    format!("{what}: {}{more}", titles(rights).join(", "))
}

/// The alternatives of a right in words, nearest first; then whether it may be given as a single
/// right, and whether there may be more.
fn alternatives(right: &PolicyRight) -> Vec<String> {
    let each = right.alternatives.iter();
    let mut found: Vec<String> = each.map(ToString::to_string).collect();
    if right.may_be_delegated {
        found.push("this single right".to_owned());
    }
    if !right.is_complete {
        found.push("perhaps others".to_owned());
    }
    found
}

fn ways(needed: &Needed) -> Vec<String> {
    match (needed.decision, &needed.veto) {
        (Decision::Permit, _) => vec!["nothing".to_owned()],
        (_, Some(veto)) => vec![veto.to_string()],
        _ => needed.ways.iter().map(ToString::to_string).collect(),
    }
}

/// For each right its outcome, what is lost, kept and gained, and what may replace it; for each
/// person what she loses and keeps.
fn changes(report: &ChangeReport) -> Vec<String> {
    let mut found = Vec::new();
    for service in &report.services {
        let resource = service.resource.as_str();
        for change in &service.policy.rights {
            let right = format!("{} on `{resource}`", title(&change.right));
            let told = change.to_string();
            let told = told.lines().next().unwrap_or_default();
            let outcome = told.strip_prefix(&title(&change.right)).unwrap_or(told);
            found.push(format!("{right}{outcome}"));
            for (word, alternatives) in [
                ("lost", &change.lost),
                ("kept", &change.kept),
                ("gained", &change.gained),
                ("wider", &change.widened),
            ] {
                let each = alternatives.iter();
                found.extend(each.map(|alternative| format!("{right}, {word}: {alternative}")));
            }
            let each = change.suggestions.iter();
            found.extend(each.map(|package| format!("{right}, perhaps: {}", package.code)));
        }
        for person in &service.people {
            let (who, of) = (&person.who.name, &person.party.name);
            for right in &person.lost {
                found.push(format!("{who} loses {right} on `{resource}` for {of}"));
            }
            for right in &person.expired {
                found.push(format!(
                    "{who}: {right} on `{resource}` for {of} ends by itself"
                ));
            }
            for right in &person.gained {
                found.push(format!("{who} gains {right} on `{resource}` for {of}"));
            }
            for (right, ways) in &person.kept {
                let ways = ways.ways().join("; or ");
                let kept = format!("{who} keeps {right} on `{resource}` for {of}: {ways}");
                found.push(kept);
            }
        }
    }
    found.push(match report.is_something_lost() {
        true => "something is lost".to_owned(),
        false => "nothing is lost".to_owned(),
    });
    found
}
