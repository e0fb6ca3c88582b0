//! A decision → the parts of the resource's policy that it reached.

use super::Pdp;
use super::complete;
use super::policy::ResourcePolicy;
use crate::analysis::cover::Cover;
use crate::evaluate::Context;
use crate::request::Request;
use crate::value::DateTime;

impl Pdp {
    /// Counts which rules, targets, matches and conditions of the resource's policy a request reaches as
    /// of an instant; none if no policy is asked, as the request is not understood. Covers of several
    /// requests are [merged](Cover::merge).
    ///
    /// Delegations and vetoes are no part of the policy, and not counted.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// # let register = &std::fs::read(
    /// #     "fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    /// use vedtak::Request;
    /// use vedtak::altinn::{Pdp, Register};
    /// use vedtak::analysis::explain::Element;
    /// let register = Register::from_json("register.json", register)?;
    /// let pdp = Pdp::builder().register(&register).policy("vedtak-brev", policy).build()?;
    /// let request = Request::builder()
    ///     .subject("urn:altinn:userid", 203)
    ///     .resource("urn:altinn:resource", "vedtak-brev")
    ///     .resource("urn:altinn:organization:identifier-no", "310000101")
    ///     .action("read")
    ///     .build();
    /// let cover = pdp.cover_at(&request, "2026-03-02T09:00:00Z".parse()?).expect("has a policy");
    /// assert_eq!(cover.decisions, 1);
    /// assert!(cover.share(&[Element::Rule]).covered > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cover_at(&self, request: &Request, at: DateTime) -> Option<Cover> {
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let named = complete::with_instance_named(request);
        let named = named.as_ref().unwrap_or(request);
        let case = self.inner.open(&mut session, &sources, named, at).ok()?;
        let pdp = &case.policy.pdp;
        let mut cover = pdp.cover([]);
        let inner = &self.inner;
        let outcome = inner.evaluate(pdp, &mut session, &mut context, &sources, &case);
        pdp.cover_outcome(named, &outcome, &mut cover);
        Some(cover)
    }
}

impl ResourcePolicy {
    /// The cover of no decisions: all that can be reached. It is empty for a policy in another reading
    /// than that of the standard, or with the placeholders of an app, which no text has.
    pub fn cover(&self) -> Cover {
        self.pdp.cover([])
    }
}
