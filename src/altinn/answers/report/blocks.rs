//! A report → its headings, sentences, lists and tables, for every form of text.

use super::{ChangeReport, PersonChange, ServiceChange};
use crate::altinn::answers::change::ChangeOutcome;
use crate::altinn::clock::norwegian;
use crate::altinn::delegation::Right;

/// A part of a report. Texts are as they are said, not escaped.
pub(super) enum Block {
    /// A heading, from 1 for the title.
    Heading(u8, String),
    Sentence(String),
    /// Lines, each with the kind of line that it is.
    List(Vec<(&'static str, String)>),
    Table(Vec<[String; 4]>),
}

/// The columns of a table: who it is, for whom she acts, what she loses and what stays.
pub(super) const COLUMNS: [&str; 4] = ["who", "for", "loses", "keeps"];

/// Returns the parts of a report, in their order.
pub(super) fn of(report: &ChangeReport) -> Vec<Block> {
    let (before, after) = (norwegian(report.before), norwegian(report.after));
    let title = format!("What changes from {before} to {after}");
    let mut blocks = vec![
        Block::Heading(1, title),
        Block::Sentence(headline(&report.services)),
    ];
    for service in &report.services {
        add(&mut blocks, service);
    }
    blocks
}

fn add(blocks: &mut Vec<Block>, service: &ServiceChange) {
    let resource = service.resource.as_str().to_owned();
    blocks.push(Block::Heading(2, resource));
    blocks.push(Block::Sentence(headline(std::slice::from_ref(service))));
    if !service.policy.is_complete {
        let more = "Not all of the policy could be seen through: there may be more.";
        blocks.push(Block::Sentence(more.to_owned()));
    }
    for trouble in &service.troubles {
        let told = format!("Not all could be decided, and somebody may be missing: {trouble}.");
        blocks.push(Block::Sentence(told));
    }
    for right in &service.policy.rights {
        let (title, outcome) = (right.right.title(), right.outcome());
        blocks.push(Block::Heading(3, format!("{title}: {outcome}")));
        blocks.push(Block::List(right.lines().collect()));
    }
    if !service.people.is_empty() {
        blocks.push(Block::Table(rows(&service.people)));
    }
}

/// The worst that happens to rights, and how many people lose some.
fn headline(services: &[ServiceChange]) -> String {
    let rights = services.iter().flat_map(|service| &service.policy.rights);
    let mut counts = [0_usize; 3];
    for right in rights {
        match right.outcome() {
            ChangeOutcome::Nobody => counts[0] += 1,
            ChangeOutcome::OnlyRegisterRoles => counts[1] += 1,
            ChangeOutcome::SomeLost => counts[2] += 1,
            ChangeOutcome::NothingLost => {}
        }
    }
    let people = || services.iter().flat_map(|service| &service.people);
    let losing = people().filter(|person| !person.lost.is_empty()).count();
    let expiring = people().filter(|person| !person.expired.is_empty()).count();
    let count = |n: usize, one: &str, many: &str, what: &str| match n {
        0 => None,
        1 => Some(format!("1 {one} {what}")),
        n => Some(format!("{n} {many} {what}")),
    };
    let is = |n: usize| if n == 1 { "is" } else { "are" };
    let keeps = |n: usize| if n == 1 { "loses" } else { "lose" };
    let (nobody, registers) = (is(counts[0]), is(counts[1]));
    let parts: Vec<String> = [
        count(
            counts[0],
            "right",
            "rights",
            &format!("{nobody} left to nobody"),
        ),
        count(
            counts[1],
            "right",
            "rights",
            &format!("{registers} left to roles of registers only"),
        ),
        count(
            counts[2],
            "right",
            "rights",
            &format!("{} some of the ways to it", keeps(counts[2])),
        ),
        count(
            losing,
            "holder",
            "holders",
            &format!("{} rights", keeps(losing)),
        ),
        count(
            expiring,
            "holder",
            "holders",
            &format!("{} only what ends by itself", has(expiring)),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    match parts.is_empty() {
        true => "Nothing is lost.".to_owned(),
        false => format!("{}.", parts.join("; ")),
    }
}

fn has(n: usize) -> &'static str {
    if n == 1 { "has" } else { "have" }
}

/// The rows of a table: those who lose or keep the same for themselves share one.
fn rows(people: &[PersonChange]) -> Vec<[String; 4]> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut alone: Vec<([String; 2], usize, String)> = Vec::new();
    for person in people {
        let said = said(person);
        let name = person.who.to_string();
        if person.who.is(&person.party) {
            match alone.iter_mut().find(|(known, ..)| *known == said) {
                Some((_, count, _)) => *count += 1,
                None => alone.push((said, 1, name)),
            }
            continue;
        }
        let [lost, kept] = said;
        rows.push([name, person.party.to_string(), lost, kept]);
    }
    rows.extend(alone.into_iter().map(|([lost, kept], count, name)| {
        let who = match count {
            1 => name,
            count => format!("each of {count} parties"),
        };
        [who, "for itself".to_owned(), lost, kept]
    }));
    rows
}

/// The rights that one loses and keeps, in words.
fn said(person: &PersonChange) -> [String; 2] {
    let all = |rights: &[Right]| -> Vec<String> { rights.iter().map(Right::to_string).collect() };
    let mut lost = all(&person.lost);
    lost.extend(
        all(&person.expired)
            .iter()
            .map(|right| format!("{right}, which ends by itself")),
    );
    let kept = person.kept.iter();
    let kept = kept.map(|(right, ways)| format!("{right}: {}", ways.join("; or ")));
    [lost.join(", "), kept.collect::<Vec<_>>().join(", ")]
}
