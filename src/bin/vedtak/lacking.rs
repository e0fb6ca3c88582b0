//! A question → the attributes that its request lacks, and the instant of its answer.

use serde_json::Value as Json;
use vedtak::Request;
use vedtak::attribute::{Designator, ShortNames};
use vedtak::value::DateTime;

use crate::example::is_of_clock;
use crate::question::{Question, given};
use crate::why_not::attribute;

/// The attributes on which an answer depends as well, and that nobody gives.
pub(crate) struct Lacking {
    /// The answer has them as absent.
    attributes: Vec<Designator>,
    /// The request has them, and each cannot be used for this reason.
    unusable: Vec<(Designator, String)>,
    /// Whether it has others from the clock.
    reads_clock: bool,
}

/// The instant of an answer.
pub(crate) struct Instant {
    at: DateTime,
    /// Whether another may have another answer.
    is_told: bool,
    /// Whether nobody has chosen it.
    is_now: bool,
}

impl Lacking {
    /// Those of a request beside the attributes that are open. If that takes too many steps, all of those that
    /// policies read.
    pub(crate) fn of(
        question: &Question,
        request: &Request,
        is_open: impl Fn(&Designator) -> bool,
        budget: usize,
    ) -> Self {
        let is_lacking = |of: &Designator| {
            let is_there = given(request, of).next().is_some();
            !(is_there || is_open(of) || question.supplies(of, request))
        };
        let pdp = &question.pdp;
        let analysis = pdp
            .analysis(request)
            .open(|of| is_open(of) || is_lacking(of));
        let mut read = match analysis.budget(budget).residual() {
            Ok(residual) => residual.decided_by(),
            Err(_) => pdp.attributes().cloned().collect(),
        };
        read.retain(is_lacking);
        let (of_clock, read): (Vec<_>, Vec<_>) = read.into_iter().partition(is_of_clock);
        let (mut attributes, mut cannot_be_used) = (Vec::new(), Vec::new());
        for of in read {
            match unusable(&of, request) {
                Some(why) => cannot_be_used.push((of, why)),
                None => attributes.push(of),
            }
        }
        Self {
            attributes,
            unusable: cannot_be_used,
            reads_clock: !of_clock.is_empty(),
        }
    }

    /// The instant of the answer, which was chosen or is now.
    pub(crate) fn instant(&self, at: DateTime, is_chosen: bool) -> Instant {
        Instant {
            at,
            is_told: is_chosen || self.reads_clock,
            is_now: self.reads_clock && !is_chosen,
        }
    }

    /// The attributes and the instant as members of an answer in JSON.
    pub(crate) fn tell(&self, json: &mut Json, instant: &Instant) {
        json["lacking"] = self.attributes.iter().map(attribute).collect();
        json["unusable"] = self.unusable.iter().map(|(of, _)| attribute(of)).collect();
        json["at"] = instant.is_told.then(|| instant.at.to_string()).into();
        json["as_of_now"] = instant.is_now.into();
    }

    /// The attributes in words, and the instant if nobody has chosen it.
    pub(crate) fn in_words(&self, names: &ShortNames, instant: &Instant) -> String {
        let mut text = String::new();
        let told: Vec<String> = self
            .attributes
            .iter()
            .map(|of| names.in_words(of))
            .collect();
        if !told.is_empty() {
            text = format!(
                "The policies also read {}, which the request lacks.\n",
                told.join(", ")
            );
        }
        for (of, why) in &self.unusable {
            text += &format!("The policies also read {}, {why}.\n", names.in_words(of));
        }
        if instant.is_now {
            text += &format!(
                "The policies also read the time: the answer is that of now, {}, and --at asks for another.\n",
                instant.at
            );
        }
        text
    }
}

/// The reason why a request has no value of an attribute for the policies, though it has the attribute.
fn unusable(of: &Designator, request: &Request) -> Option<String> {
    let is_of = |issuer: &Option<_>| of.issuer.is_none() || *issuer == of.issuer;
    let categories = request.categories().iter();
    let mut own = categories.filter(|known| known.category == of.category);
    own.find_map(|known| {
        let mut all = known.unusable().iter();
        if let Some(one) = all.find(|one| one.id == of.id && is_of(&one.issuer)) {
            return Some(format!("which cannot be used: it {}", one.reason));
        }
        let mut all = known.attributes.iter();
        all.any(|one| one.id == of.id && is_of(&one.issuer))
            .then(|| "of which the request has no value of the data type".to_owned())
    })
}
