//! Questions → decisions, by policies alone or as Altinn does.

use vedtak::attribute::id;
use vedtak::authzen::{
    Answer, Answers, Evaluation, Evaluations, MappedAttribute, Mapping, UnmappedProperties,
};
use vedtak::response::ResponseResult;
use vedtak::{Decision, Error, Pdp, Request, Response, altinn};

use crate::gate::is_over;

/// The policies that decide, alone or with a register.
#[derive(Clone)]
pub enum Engine {
    /// The policies of the folder, combined.
    Policies(Pdp),
    /// The policies of resources, with the facts of a register.
    Altinn(altinn::Pdp),
}

impl Engine {
    pub fn decide(&self, request: &Request) -> Response {
        match self {
            Self::Policies(pdp) => pdp.decide(request),
            Self::Altinn(pdp) => pdp.respond(request),
        }
    }

    /// Decides an evaluation of AuthZEN. Errors: the mapping has no place for a member.
    pub fn evaluate(&self, asked: &Evaluation, mapping: &Mapping) -> Result<Answer, Error> {
        let mut answer = asked.decide(mapping, |request| self.decide(request))?;
        self.name_party(asked, &mut answer);
        Ok(answer)
    }

    /// Decides several evaluations. Errors: as [`evaluate`](Self::evaluate), if there is but one.
    pub fn evaluate_all(&self, asked: &Evaluations, mapping: &Mapping) -> Result<Answers, Error> {
        match self {
            Self::Policies(pdp) => pdp.call().decide_evaluations(asked, mapping),
            Self::Altinn(pdp) => {
                // Each has a budget of its own; those of policies have one together.
                let nobody = || ResponseResult::new(Decision::Indeterminate);
                let mut answers = asked.decide(mapping, |request| match is_over() {
                    true => Response::new(vec![nobody()]),
                    false => pdp.respond(request),
                })?;
                for (answer, asked) in answers.answers.iter_mut().zip(&asked.items) {
                    if let Ok(asked) = asked {
                        self.name_party(asked, answer);
                    }
                }
                Ok(answers)
            }
        }
    }

    /// Says of a question of Altinn's where it lacks the party, without which hardly anything is permitted.
    fn name_party(&self, asked: &Evaluation, answer: &mut Answer) {
        let properties = &asked.resource.properties;
        let is_party = |name: &str| SUBJECTS.contains(&name) || name.contains(":instance");
        let has_party = properties.iter().any(|property| is_party(&property.name));
        let is_altinn = matches!(self, Self::Altinn(_));
        if is_altinn && !answer.decision && answer.error.is_none() && !has_party {
            let why = answer.reason.take();
            let why = why.map_or(String::new(), |why| format!("{why}; "));
            answer.reason = Some(format!(
                "{why}no property of the resource names the party, such as urn:altinn:partyid"
            ));
        }
    }
}

/// The attributes of Altinn that name a subject, and those that name a resource.
const SUBJECTS: [&str; 7] = [
    "urn:altinn:userid",
    "urn:altinn:partyid",
    "urn:altinn:party:uuid",
    "urn:altinn:person:identifier-no",
    "urn:altinn:organization:identifier-no",
    "urn:altinn:systemuser:uuid",
    "urn:altinn:org",
];
const RESOURCES: [&str; 1] = ["urn:altinn:resource"];

/// Returns the mapping for Altinn: the type of a subject or resource is the attribute that its `id`
/// becomes, such as `urn:altinn:userid` and `urn:altinn:resource`, and a property of a resource names the
/// party.
pub fn altinn_mapping() -> Mapping {
    let mut mapping = Mapping::standard();
    for (member, own) in [
        (&mut mapping.subject, &SUBJECTS[..]),
        (&mut mapping.resource, &RESOURCES),
    ] {
        member.kind = None;
        member.others = UnmappedProperties::Named(String::new());
        let own = own.iter();
        let own = own.map(|id| ((*id).to_owned(), MappedAttribute::new(*id)));
        member.id_of_type = own.collect();
    }
    mapping.action.id = Some(id::ACTION_ID.into());
    mapping
}
