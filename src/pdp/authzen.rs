//! Evaluations of AuthZEN → decisions → AuthZEN answers, one by one or in batches.

use super::Call;
use super::fetch::now;
use crate::authzen::{Answer, Answers, Evaluation, Evaluations, EvaluationsSemantic, Mapping};
use crate::error::Error;
use crate::request::attribute_count;
use crate::response::Response;

/// The number of attributes of the requests of a batch that are evaluated together.
const ATTRIBUTES_AT_ONCE: usize = 50_000;

impl Call<'_> {
    /// Decides an evaluation of AuthZEN, and answers it.
    ///
    /// # Errors
    ///
    /// The mapping has no place for the evaluation, as [`Evaluation::to_request`] says: the server
    /// answers with status 400.
    pub fn decide_evaluation(
        &mut self,
        evaluation: &Evaluation,
        mapping: &Mapping,
    ) -> Result<Answer, Error> {
        evaluation.decide(mapping, |request| self.decide(request))
    }

    /// Decides the evaluations of a batch of AuthZEN, as far as its
    /// [semantic](Evaluations::semantic) goes. An evaluation that cannot be read or mapped is
    /// `false`, and its answer says why.
    ///
    /// # Errors
    ///
    /// As [`decide_evaluation`](Self::decide_evaluation), for a batch that is one evaluation and is
    /// answered as one.
    pub fn decide_evaluations(
        &mut self,
        evaluations: &Evaluations,
        mapping: &Mapping,
    ) -> Result<Answers, Error> {
        if self.asks_many() {
            return now(self.decide_them(evaluations, mapping));
        }
        evaluations.decide_numbered(mapping, |number, request| self.respond(number, request))
    }

    /// Decides an evaluation as [`decide_evaluation`](Self::decide_evaluation) does, its attributes
    /// fetched from providers of either kind.
    ///
    /// # Errors
    ///
    /// As [`decide_evaluation`](Self::decide_evaluation).
    pub async fn decide_evaluation_async(
        &mut self,
        evaluation: &Evaluation,
        mapping: &Mapping,
    ) -> Result<Answer, Error> {
        let request = evaluation.to_request(mapping)?;
        Ok(Answer::new(&self.decide_async(&request).await, mapping))
    }

    /// Decides several evaluations as [`decide_evaluations`](Self::decide_evaluations) does, their
    /// attributes fetched from providers of either kind. A batch whose evaluations are all decided
    /// runs them side by side; a batch that one answer may end runs them in order.
    ///
    /// ```
    /// # use vedtak::attribute::Designator;
    /// # use vedtak::provider::{AsyncAttributeProvider, BoxFuture, Fetched, ProviderError};
    /// # struct Roles;
    /// # impl AsyncAttributeProvider for Roles {
    /// #     fn name(&self) -> &str { "roles" }
    /// #     fn supplies(&self, wanted: &Designator) -> bool { &*wanted.id == "role" }
    /// #     fn fetch<'a>(&'a self, _: &'a Designator, _: &'a vedtak::Request)
    /// #         -> BoxFuture<'a, Result<Fetched, ProviderError>> {
    /// #         Box::pin(async { Ok(vec!["admin".into()].into()) })
    /// #     }
    /// # }
    /// use vedtak::Pdp;
    /// use vedtak::authzen::{Evaluations, Mapping};
    ///
    /// let records = std::fs::read_to_string("fixtures/authzen/records.xml")?;
    /// let pdp = Pdp::builder().policy("records.xml", records).async_provider(Roles).build()?;
    /// let evaluations = Evaluations::from_json(
    ///     r#"{"subject": {"type": "user", "id": "carol"}, "action": {"name": "write"},
    ///         "resource": {"type": "record", "id": "r", "properties": {"status": "archived"}},
    ///         "evaluations": [{}, {"action": {"name": "delete"}}]}"#,
    /// )?;
    /// let mapping = Mapping::default();
    /// let answers = pollster::block_on(pdp.call().decide_evaluations_async(&evaluations, &mapping))?;
    /// assert_eq!(answers.to_json(), r#"{"evaluations":[{"decision":true},{"decision":false}]}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`decide_evaluations`](Self::decide_evaluations).
    pub async fn decide_evaluations_async(
        &mut self,
        evaluations: &Evaluations,
        mapping: &Mapping,
    ) -> Result<Answers, Error> {
        self.waits = true;
        self.decide_them(evaluations, mapping).await
    }

    async fn decide_them(
        &mut self,
        evaluations: &Evaluations,
        mapping: &Mapping,
    ) -> Result<Answers, Error> {
        let mut requests = evaluations.requests(mapping).peekable();
        let mut answers = Vec::with_capacity(evaluations.items.len());
        while requests.peek().is_some() {
            // The keys of the attributes of all requests together take little memory.
            let (mut together, mut attributes) = (Vec::new(), 0);
            while attributes < ATTRIBUTES_AT_ONCE
                && let Some(request) = requests.next()
            {
                attributes += request
                    .as_ref()
                    .map_or(0, |request| attribute_count(request.categories()));
                together.push(request);
                if evaluations.semantic != EvaluationsSemantic::ExecuteAll {
                    break;
                }
            }
            let good = together.iter().zip(answers.len()..);
            let good = good.filter_map(|(request, number)| Some((number, request.as_ref().ok()?)));
            let mut responses = self.respond_to(good.collect()).await.into_iter();
            for request in together {
                let answer = match request {
                    Err(error) if evaluations.is_single => return Err(error),
                    Err(error) => Answer::bad_request(&error),
                    Ok(request) => {
                        let lost = || Response::of_parts(Vec::new(), &request);
                        Answer::new(&responses.next().unwrap_or_else(lost), mapping)
                    }
                };
                let stops = evaluations.semantic.stops_at(answer.decision);
                answers.push(answer);
                if stops {
                    return Ok(evaluations.answers(answers));
                }
            }
        }
        Ok(evaluations.answers(answers))
    }
}
