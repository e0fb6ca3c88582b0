//! `vedtak altinn parties`: the parties for whom somebody may act, filtered and by pages.

use serde_json::json;
use vedtak::altinn::register::{AuthorizedParties, PartyQuery, Snapshot};
use vedtak::altinn::resource::ResourceId;

use super::answer::{lines, with_troubles};
use super::files::Asked;
use super::json;
use super::others::opened_to_others;
use super::parts::{AskedRights, Part, rights_held};
use super::question::about_parties;
use super::wording::{Wording, next_page, said};
use crate::output::{Ended, Output, Undone};

/// Lists the parties for whom she may act; with a service, those for whom she may use it
#[derive(Debug, clap::Args)]
#[command(after_help = about_parties!(
    "  vedtak altinn parties urn:altinn:userid:231                     for whom may she act at all?
  vedtak altinn parties urn:altinn:userid:231 ttd-begge read      for whom may she read this?
  vedtak altinn parties urn:altinn:userid:231 --package skatt-naering --role utinn
  vedtak altinn parties urn:altinn:userid:231 --size 1            the first page
  vedtak altinn parties urn:altinn:userid:231 --size 1 --after urn:altinn:partyid:40401

Without a service, the register alone is asked: what it has of roles, packages and delegations. What a
policy opens to parties of a type, to those on an access list or to anyone is not among that, nor does it
ask whether a policy still permits what was delegated."
))]
pub(super) struct Parties {
    /// The one who acts
    who: String,
    /// The service, by its id in the resource registry
    #[arg(requires = "action")]
    resource: Option<String>,
    /// The action, as the policy of the service names it
    action: Option<String>,
    #[command(flatten)]
    part: Part,
    /// Only parties for which she has this role; of several one is enough
    #[arg(id = "roles", long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Only parties for which she has this package; of several one is enough
    #[arg(id = "packages", long = "package", value_name = "PACKAGE")]
    packages: Vec<String>,
    /// Only parties of which a right to this service was delegated; of several one is enough
    #[arg(id = "delegated", long = "delegated", value_name = "SERVICE")]
    delegated: Vec<String>,
    /// Only parties of which a right to this action was delegated; of several one is enough
    #[arg(id = "actions", long = "delegated-action", value_name = "ACTION")]
    actions: Vec<String>,
    /// Of several roles, packages or services, a party needs all
    #[arg(long)]
    needing_all: bool,
    /// Of delegated rights, list those to services of this owner
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// Only this party; may be given several times
    #[arg(id = "only", long = "only", value_name = "FOR-WHOM")]
    only: Vec<String>,
    /// Leave out sub-units to which there is access only through their main unit
    #[arg(long)]
    without_sub_units: bool,
    /// Leave out what comes by a key role in another organisation
    #[arg(long)]
    without_key_roles: bool,
    /// List deleted parties, too
    #[arg(long)]
    deleted: bool,
    /// List the parties alone, and not what gives access to each
    #[arg(long)]
    brief: bool,
    /// The most parties to list [default: all]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    size: Option<u32>,
    /// Begin after this party, the last one of the page before, as that page calls it
    #[arg(long, value_name = "FOR-WHOM")]
    after: Option<String>,
}

impl Parties {
    pub(super) fn names_service(&self) -> bool {
        self.resource.is_some()
    }

    /// The service, the action and the part of the service.
    pub(super) fn names(&self) -> (Option<&String>, Option<&String>, Option<&Part>) {
        (
            self.resource.as_ref(),
            self.action.as_ref(),
            Some(&self.part),
        )
    }

    pub(super) fn answer(&self, asked: &mut Asked<'_>) -> Result<Output, Undone> {
        let (words, at) = (asked.words, asked.at);
        let who = words.key(&self.who)?;
        match (&self.resource, &self.action) {
            (Some(resource), Some(action)) => {
                let pdp = asked.pdp(resource)?;
                let resource = ResourceId::new(&**resource);
                let snapshot = pdp.register().map(|register| register.snapshot());
                let query = self.query(asked, snapshot.as_ref())?.without_holdings();
                let action = (action.as_str(), &self.part);
                let of_any = PartyQuery::new();
                let delegated = |known: &Snapshot| rights_held(known, &who, &resource, of_any, at);
                let mut rights = AskedRights::of(words, (&pdp, at), &resource, action, delegated)?;
                if self.size.is_some() || self.after.is_some() {
                    rights.refuse_pages(words)?;
                }
                rights.answer(words, |right| {
                    let found = pdp.authorized_parties(&who, &resource, right, &query, at);
                    let mut output = told(words, &found, snapshot.as_ref());
                    opened_to_others(words, (&pdp, at), &resource, right, &mut output)?;
                    Ok(output)
                })
            }
            _ => {
                let snapshot = asked.register_or_example()?.snapshot();
                let query = self.query(asked, Some(&snapshot))?;
                let query = match self.brief {
                    true => query.without_holdings(),
                    false => query,
                };
                let note = words.pick(
                    "only what the register has is listed, and not what policies open by the type of party or \
                     by access lists: with a service and an action its policy decides",
                    "svaret bygger bare på registeret; det policyer åpner for etter type aktør eller \
                     tilgangsliste, er ikke med: oppgi en tjeneste og en handling for å la policyen avgjøre",
                );
                asked.notes.push(note.to_owned());
                let found = snapshot.authorized_parties(&who, &query, at);
                Ok(told(words, &found, Some(&snapshot)))
            }
        }
    }

    fn query(&self, asked: &Asked<'_>, snapshot: Option<&Snapshot>) -> Result<PartyQuery, Undone> {
        let words = asked.words;
        let needed = [&self.roles, &self.packages, &self.delegated];
        if self.needing_all && needed.iter().all(|needed| needed.is_empty()) {
            let nothing = words.pick(
                "--needing-all is about what a party needs: name it by --role, --package or --delegated",
                "--needing-all gjelder det som kreves for en aktør: oppgi det med --role, --package eller \
                 --delegated",
            );
            return Err(nothing.into());
        }
        let mut query = PartyQuery::new();
        for role in &self.roles {
            query = query.role(&**role);
        }
        for package in &self.packages {
            query = query.package(&**package);
        }
        for resource in &self.delegated {
            query = query.resource(ResourceId::new(&**resource));
        }
        for action in &self.actions {
            query = query.action(&**action);
        }
        if let Some(owner) = &self.owner {
            query = query.service_owner(&**owner);
        }
        if !self.only.is_empty() {
            let only = self.only.iter().map(|party| words.key(party));
            query = query.only(only.collect::<Result<Vec<_>, _>>()?);
        }
        for (is_set, set) in [
            (self.needing_all, PartyQuery::needing_all as fn(_) -> _),
            (self.without_sub_units, PartyQuery::without_sub_units),
            (self.without_key_roles, PartyQuery::without_key_roles),
            (self.deleted, PartyQuery::with_deleted),
        ] {
            if is_set {
                query = set(query);
            }
        }
        if let Some(size) = self.size {
            query = query.size(size as usize);
        }
        if let Some(after) = &self.after {
            query = query.after(&*words.last_of_page(after, snapshot)?);
        }
        Ok(query)
    }
}

fn told(words: Wording, found: &AuthorizedParties, snapshot: Option<&Snapshot>) -> Output {
    let text = lines(words, found.parties.iter().map(|party| said!(words, party)));
    // Without a register there are no parties.
    let parties = snapshot.into_iter().flat_map(|known| {
        let parties = found.parties.iter();
        parties.map(|one| json::party(one, known, words))
    });
    let parties: Vec<_> = parties.collect();
    let last = found.parties.last().filter(|_| found.has_more);
    let next = last.and_then(|last| next_page(&last.party, snapshot));
    let output = Output::new(
        Ended::good_if(!parties.is_empty()),
        text,
        json!({"parties": parties, "has_more": found.has_more, "after": next}),
    );
    let mut notes: Vec<String> = words.more(next.as_deref()).into_iter().collect();
    if found.parties.iter().any(|one| one.party.is_deleted) {
        let note = words.pick(
            "parties that exist no longer are among them, each marked as deleted: nobody acts for these",
            "aktører som ikke finnes lenger, er med og merket som slettet: ingen handler på vegne av dem",
        );
        notes.push(note.to_owned());
    }
    with_troubles(words, output.with_notes(notes), &found.troubles)
}
