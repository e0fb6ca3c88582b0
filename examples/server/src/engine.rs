//! Questions → decisions, by policies alone or as Altinn does.

use std::collections::BTreeMap;

use vedtak::attribute::{category, id};
use vedtak::authzen::{
    Answer, Answers, Evaluation, Evaluations, MappedAttribute, Mapping, UnmappedProperties,
};
use vedtak::{Error, Pdp, Request, Response, altinn};

/// What decides.
#[derive(Clone)]
pub enum Engine {
    /// The policies of the folder, combined.
    Policies(Pdp),
    /// The policies of resources, with the facts of a register.
    Altinn(altinn::Pdp),
}

impl Engine {
    /// Decides a request.
    pub fn decide(&self, request: &Request) -> Response {
        match self {
            Self::Policies(pdp) => pdp.decide(request),
            Self::Altinn(pdp) => pdp.respond(request),
        }
    }

    /// Decides an evaluation of AuthZEN.
    ///
    /// # Errors
    ///
    /// The mapping has no place for a member.
    pub fn evaluate(&self, asked: &Evaluation, mapping: &Mapping) -> Result<Answer, Error> {
        match self {
            Self::Policies(pdp) => pdp.call().decide_evaluation(asked, mapping),
            Self::Altinn(pdp) => {
                let request = asked.to_request(mapping)?;
                Ok(Answer::new(&pdp.respond(&request), mapping))
            }
        }
    }

    /// Decides several evaluations.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate), if there is but one.
    pub fn evaluate_all(&self, asked: &Evaluations, mapping: &Mapping) -> Result<Answers, Error> {
        match self {
            Self::Policies(pdp) => pdp.call().decide_evaluations(asked, mapping),
            Self::Altinn(pdp) => asked.decide(mapping, |request| pdp.respond(request)),
        }
    }
}

/// Returns the mapping for Altinn: the type of a subject or resource is the attribute that its `id`
/// becomes, such as `urn:altinn:userid` and `urn:altinn:resource`, and a property of a resource names the
/// party.
pub fn altinn_mapping() -> Mapping {
    let mut mapping = Mapping::standard();
    for (member, of) in [
        (&mut mapping.subject, category::ACCESS_SUBJECT),
        (&mut mapping.resource, category::RESOURCE),
    ] {
        member.kind = None;
        member.others = UnmappedProperties::Named(String::new());
        let own: &[&str] = match of {
            category::ACCESS_SUBJECT => &[
                "urn:altinn:userid",
                "urn:altinn:partyid",
                "urn:altinn:party:uuid",
                "urn:altinn:person:identifier-no",
                "urn:altinn:organization:identifier-no",
                "urn:altinn:systemuser:uuid",
                "urn:altinn:org",
            ],
            _ => &["urn:altinn:resource"],
        };
        let own = own
            .iter()
            .map(|id| ((*id).to_owned(), MappedAttribute::new(*id)));
        member.id_of_type = own.collect::<BTreeMap<_, _>>();
    }
    mapping.action.id = Some(id::ACTION_ID.into());
    mapping
}
