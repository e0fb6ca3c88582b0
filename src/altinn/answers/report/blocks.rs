//! A report → its headings, sentences, lists and tables, for every form of text.

use super::{ChangeReport, PersonChange, ServiceChange};
use crate::altinn::answers::change::ChangeOutcome;
use crate::altinn::clock::told;
use crate::altinn::delegation::Right;
use crate::altinn::language::texts::answers as texts;
use crate::altinn::language::{InWords, Text, Words};

/// A part of a report. Texts are as they are said, not escaped.
pub(super) enum Block {
    /// A heading, from 1 for the title.
    Heading(u8, String),
    Sentence(String),
    /// Lines, each with the kind of line that it is.
    List(Vec<(&'static str, String)>),
    Table(Vec<[String; 4]>),
}

/// Returns the heads of the columns of a table: who it is, for whom she acts, what she loses and what
/// stays.
pub(super) fn columns(words: Words) -> [&'static str; 4] {
    [texts::WHO, texts::FOR, texts::LOSES, texts::KEEPS].map(|text| words.say(text))
}

/// Returns the parts of a report, in their order.
pub(super) fn of(report: &ChangeReport, words: Words) -> Vec<Block> {
    let (before, after) = (told(report.before, words), told(report.after, words));
    let title = texts::TITLE.with(words, &[&before, &after]).to_string();
    let mut blocks = vec![
        Block::Heading(1, title),
        Block::Sentence(headline(&report.services, words)),
    ];
    for service in &report.services {
        add(&mut blocks, service, words);
    }
    blocks
}

fn add(blocks: &mut Vec<Block>, service: &ServiceChange, words: Words) {
    let resource = service.resource.as_str().to_owned();
    blocks.push(Block::Heading(2, resource));
    let headline = headline(std::slice::from_ref(service), words);
    blocks.push(Block::Sentence(headline));
    if !service.policy.is_complete {
        blocks.push(Block::Sentence(
            words.say(texts::NOT_SEEN_THROUGH).to_owned(),
        ));
    }
    for trouble in &service.troubles {
        let told = texts::SOMEBODY_MISSING.with(words, &[trouble]).to_string();
        blocks.push(Block::Sentence(told));
    }
    for right in &service.policy.rights {
        let title = right.right.title_in(words);
        let outcome = right.outcome();
        let outcome = InWords(&outcome, words);
        blocks.push(Block::Heading(3, format!("{title}: {outcome}")));
        blocks.push(Block::List(right.lines(words)));
    }
    if !service.people.is_empty() {
        blocks.push(Block::Table(rows(&service.people, words)));
    }
}

/// The worst that happens to rights, and how many people lose some.
fn headline(services: &[ServiceChange], words: Words) -> String {
    let rights = || services.iter().flat_map(|service| &service.policy.rights);
    let of_outcome = |outcome| rights().filter(|right| right.outcome() == outcome).count();
    let people = || services.iter().flat_map(|service| &service.people);
    let losing = people().filter(|person| !person.lost.is_empty()).count();
    let expiring = people().filter(|person| !person.expired.is_empty()).count();
    let said = |n: usize, one: Text, many: Text| match n {
        0 => None,
        1 => Some(words.say(one).to_owned()),
        n => Some(many.with(words, &[&n]).to_string()),
    };
    let parts = [
        said(
            of_outcome(ChangeOutcome::Nobody),
            texts::RIGHT_OF_NOBODY,
            texts::RIGHTS_OF_NOBODY,
        ),
        said(
            of_outcome(ChangeOutcome::OnlyRegisterRoles),
            texts::RIGHT_OF_REGISTERS,
            texts::RIGHTS_OF_REGISTERS,
        ),
        said(
            of_outcome(ChangeOutcome::SomeLost),
            texts::RIGHT_LOSES,
            texts::RIGHTS_LOSE,
        ),
        said(losing, texts::HOLDER_LOSES, texts::HOLDERS_LOSE),
        said(expiring, texts::HOLDER_EXPIRES, texts::HOLDERS_EXPIRE),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => words.say(texts::NOTHING).to_owned(),
        false => format!("{}.", parts.join("; ")),
    }
}

/// The rows of a table: those who lose or keep the same for themselves share one.
fn rows(people: &[PersonChange], words: Words) -> Vec<[String; 4]> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    let mut alone: Vec<([String; 2], usize, String)> = Vec::new();
    for person in people {
        let said = said(person, words);
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
            count => texts::EACH_OF.with(words, &[&count]).to_string(),
        };
        [who, words.say(texts::ITSELF).to_owned(), lost, kept]
    }));
    rows
}

/// The rights that one loses and keeps, in words.
fn said(person: &PersonChange, words: Words) -> [String; 2] {
    let mut lost: Vec<String> = person.lost.iter().map(Right::to_string).collect();
    let expired = person.expired.iter();
    lost.extend(expired.map(|right| texts::ENDS_BY_ITSELF.with(words, &[right]).to_string()));
    let kept = person.kept.iter().map(|(right, holder)| {
        let ways = holder.ways_in(words);
        format!("{right}: {}", ways.join(words.say(texts::OR_BY)))
    });
    [lost.join(", "), kept.collect::<Vec<_>>().join(", ")]
}
