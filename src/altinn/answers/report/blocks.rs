//! A report → its headings, sentences, lists and tables, for every form of text.

use std::collections::HashSet;

use super::{ChangeReport, PersonChange, ServiceChange};
use crate::altinn::answers::change::ChangeOutcome;
use crate::altinn::answers::rights::attributes;
use crate::altinn::clock::told;
use crate::altinn::delegation::Right;
use crate::altinn::language::texts::answers as texts;
use crate::altinn::language::{InWords, Text, Words};
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{ResourceId, TitledId};
use crate::report::cut;

/// The number of columns of a table.
pub(super) const COLUMNS: usize = 5;

/// A part of a report. Texts are as they are said, not escaped.
pub(super) enum Block {
    /// A heading, from 1 for the title.
    Heading(u8, String),
    Sentence(String),
    /// Lines, each with the kind of line that it is.
    List(Vec<(&'static str, String)>),
    Table(Vec<[String; COLUMNS]>),
}

/// Returns the heads of the columns of a table: who it is, for whom she acts, what she loses, what
/// stays and what she gains.
pub(super) fn columns(words: Words) -> [&'static str; COLUMNS] {
    let heads = [
        texts::WHO,
        texts::FOR,
        texts::LOSES,
        texts::KEEPS,
        texts::GAINS,
    ];
    heads.map(|text| words.say(text))
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
    let named = TitledId(&service.resource, service.described.as_deref());
    blocks.push(Block::Heading(2, named.heading(words)));
    let headline = headline(std::slice::from_ref(service), words);
    blocks.push(Block::Sentence(headline));
    if !service.of_others.is_empty() {
        let named = listed(&service.of_others, words);
        let told = texts::POLICY_OF_OTHERS.with(words, &[&named]).to_string();
        blocks.push(Block::Sentence(told));
    }
    if !service.policy.is_complete {
        blocks.push(Block::Sentence(
            words.say(texts::NOT_SEEN_THROUGH).to_owned(),
        ));
    }
    if let Some(read) = attributes(&service.policy.lacking, words) {
        let told = texts::ENVIRONMENT_READ.with(words, &[&read]).to_string();
        blocks.push(Block::Sentence(told));
    }
    for trouble in &service.troubles {
        let trouble = InWords(trouble, words);
        let told = texts::SOMEBODY_MISSING.with(words, &[&trouble]).to_string();
        blocks.push(Block::Sentence(told));
    }
    for right in &service.policy.rights {
        let title = right.right.title_in(words);
        let outcome = right.outcome_in(words);
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
    // One who has rights for many parties and to many services counts once.
    let number_of = |is_counted: &dyn Fn(&PersonChange) -> bool| {
        let people = services.iter().flat_map(|service| &service.people);
        let people = people.filter(|person| is_counted(person));
        let who: HashSet<Option<PartyKey>> = people.map(|one| one.who.keys().next()).collect();
        who.len()
    };
    let losing = number_of(&|person| !person.lost.is_empty());
    let expiring = number_of(&|person| !person.expired.is_empty());
    let gaining = number_of(&|person| !person.gained.is_empty());
    let opening = rights().filter(|right| right.is_wider()).count();
    let unseen = services.iter().filter(|one| !one.of_others.is_empty());
    let said = |n: usize, one: Text, many: Text| match n {
        0 => None,
        1 => Some(words.say(one).to_owned()),
        n => Some(many.with(words, &[&n]).to_string()),
    };
    let parts = [
        said(
            unseen.count(),
            texts::SERVICE_NOT_SEEN,
            texts::SERVICES_NOT_SEEN,
        ),
        said(
            of_outcome(ChangeOutcome::Nobody),
            texts::RIGHT_OF_NOBODY,
            texts::RIGHTS_OF_NOBODY,
        ),
        said(
            of_outcome(ChangeOutcome::OnlyServiceOwners),
            texts::RIGHT_OF_OWNERS,
            texts::RIGHTS_OF_OWNERS,
        ),
        said(
            of_outcome(ChangeOutcome::OnlyNamedParties),
            texts::RIGHT_OF_NAMED,
            texts::RIGHTS_OF_NAMED,
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
    let more = [
        said(opening, texts::RIGHT_OPENS, texts::RIGHTS_OPEN),
        said(gaining, texts::HOLDER_GAINS, texts::HOLDERS_GAIN),
    ];
    let sentence = |parts: Vec<String>| format!("{}.", parts.join("; "));
    let less: Vec<String> = parts.into_iter().flatten().collect();
    let less = match less.is_empty() {
        true => words.say(texts::NOTHING).to_owned(),
        false => sentence(less),
    };
    let more: Vec<String> = more.into_iter().flatten().collect();
    match more.is_empty() {
        true => less,
        false => format!("{less} {}", sentence(more)),
    }
}

/// The most names that are listed; the others are counted.
const LISTED: usize = 3;

fn listed(all: &[ResourceId], words: Words) -> String {
    let shown = all.iter().take(LISTED);
    let shown: Vec<String> = shown
        .map(|one| format!("`{}`", cut(one.as_str())))
        .collect();
    let mut listed = shown.join(", ");
    if all.len() > LISTED {
        listed += words.say(crate::altinn::language::texts::lint::AND_OTHERS);
    }
    listed
}

/// The rows of a table: those who lose, keep and gain the same for themselves share one.
fn rows(people: &[PersonChange], words: Words) -> Vec<[String; COLUMNS]> {
    let mut rows: Vec<[String; COLUMNS]> = Vec::new();
    let mut alone: Vec<([String; 3], usize, String)> = Vec::new();
    for person in people {
        let said = said(person, words);
        let name = InWords(&*person.who, words).to_string();
        if person.who.is(&person.party) {
            match alone.iter_mut().find(|(known, ..)| *known == said) {
                Some((_, count, _)) => *count += 1,
                None => alone.push((said, 1, name)),
            }
            continue;
        }
        let [lost, kept, gained] = said;
        let party = InWords(&*person.party, words).to_string();
        rows.push([name, party, lost, kept, gained]);
    }
    rows.extend(
        alone
            .into_iter()
            .map(|([lost, kept, gained], count, name)| {
                let who = match count {
                    1 => name,
                    count => texts::EACH_OF.with(words, &[&count]).to_string(),
                };
                let itself = words.say(texts::ITSELF).to_owned();
                [who, itself, lost, kept, gained]
            }),
    );
    rows
}

/// The rights that one loses, keeps and gains, in words.
fn said(person: &PersonChange, words: Words) -> [String; 3] {
    let mut lost: Vec<String> = person.lost.iter().map(Right::to_string).collect();
    let expired = person.expired.iter();
    lost.extend(expired.map(|right| texts::ENDS_BY_ITSELF.with(words, &[right]).to_string()));
    let kept = person.kept.iter().map(|(right, holder)| {
        let ways = holder.ways_in(words);
        format!("{right}: {}", ways.join(words.say(texts::OR_BY)))
    });
    let gained = person.gained.iter().map(Right::to_string);
    [
        lost.join(", "),
        kept.collect::<Vec<_>>().join(", "),
        gained.collect::<Vec<_>>().join(", "),
    ]
}
