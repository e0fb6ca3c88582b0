//! A response → the response with as much of its status as the sender of the request may see.

use super::{Response, ResponseResult, Status};

/// The part of a status that the sender of the request may see: all, or codes and missing attributes.
///
/// A status message names rules, policies and attributes, and repeats the error text of a database.
/// A PEP that trusts its PDP may see it; a stranger may not. The host's log has all of it either
/// way, if it is taken from the response before [`Response::disclosing`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum StatusDisclosure {
    /// The status codes, and the attributes that are missing where they must be present (§7.19.3),
    /// so that the sender can add them.
    CodeOnly,
    /// The message as well.
    #[default]
    Message,
    /// The message as well, with the [troubles](ResponseResult::troubles) that it does not contain.
    Troubles,
}

impl Response {
    /// Returns the response that the sender of the request may see, to be written in XML or JSON.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Pdp, Request, response::StatusDisclosure};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let response = pdp.decide(&Request::builder().action("read").action("read").build());
    /// let log = response.to_string();
    /// let answer = response.disclosing(StatusDisclosure::CodeOnly).to_xml();
    /// assert!(!answer.contains("StatusMessage"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn disclosing(mut self, disclosure: StatusDisclosure) -> Self {
        for result in &mut self.results {
            match disclosure {
                StatusDisclosure::CodeOnly => result.keep_code_only(),
                StatusDisclosure::Message => {}
                StatusDisclosure::Troubles => result.tell_troubles(),
            }
        }
        self
    }
}

impl ResponseResult {
    fn keep_code_only(&mut self) {
        // A new member is decided on here: what a policy gives its caller stays.
        let Self {
            decision: _,
            status,
            obligations: _,
            advice: _,
            attributes: _,
            policies: _,
            troubles,
        } = self;
        *troubles = Vec::new();
        if let Some(status) = status {
            let Status {
                code: _,
                minor_codes: _,
                message,
                missing: _,
                detail,
            } = status;
            *message = None;
            *detail = Vec::new();
        }
    }

    fn tell_troubles(&mut self) {
        let status = self.status.get_or_insert_with(Status::ok);
        let told = status.message.take();
        // The message of a document that cannot be read has several lines, which a trouble shows as one.
        let others = self
            .troubles
            .iter()
            .filter(|trouble| Some(&trouble.message) != told.as_ref());
        let more = others.map(ToString::to_string);
        let more = more.filter(|trouble| Some(trouble) != told.as_ref());
        let lines: Vec<String> = told.iter().cloned().chain(more).collect();
        status.message = (!lines.is_empty()).then(|| lines.join("; "));
    }
}
