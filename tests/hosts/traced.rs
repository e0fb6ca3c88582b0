//! Events of `tracing`: what they say, and that they keep values to themselves.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use vedtak::attribute::Designator;
use vedtak::observer::Tracing;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::{Pdp, Request};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");

/// Writes down every event and span, with the span it is in.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<(Vec<String>, usize)>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        matches!(metadata.target(), "vedtak" | "host")
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(format!("span {}", span.metadata().name()));
        span.record(&mut fields);
        self.0.lock().expect("works").0.push(fields.0);
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut lines = self.0.lock().expect("works");
        let inside = if lines.1 > 0 { "inside " } else { "" };
        let mut fields = Fields(format!("{inside}{}", event.metadata().level()));
        event.record(&mut fields);
        lines.0.push(fields.0);
    }
    fn enter(&self, _: &Id) {
        self.0.lock().expect("works").1 += 1;
    }
    fn exit(&self, _: &Id) {
        self.0.lock().expect("works").1 -= 1;
    }
}

/// Roles, perhaps; packages never.
struct Roles(bool);

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        ["urn:altinn:rolecode", "urn:altinn:accesspackage"].contains(&&*wanted.id)
    }
    fn fetch(&self, wanted: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        tracing::info!(target: "host", "asking");
        match &*wanted.id {
            "urn:altinn:rolecode" if self.0 => Ok(vec!["dagl".into()].into()),
            "urn:altinn:rolecode" => Ok(vec![].into()),
            _ => Err(ProviderError::new("kari is unknown")),
        }
    }
}

fn lines(observer: Tracing, has_roles: bool) -> Vec<String> {
    let lines = Lines::default();
    let pdp = Pdp::builder()
        .policy("p", POLICY)
        .provider(Roles(has_roles))
        .observer(observer)
        .build()
        .expect("compiles");
    let request = Request::builder()
        .subject("urn:altinn:userid", "kari")
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build();
    tracing::subscriber::with_default(lines.clone(), || {
        pdp.decide(&request);
        pollster::block_on(pdp.decide_async(&request));
        pdp.decide_xml("<kari>");
    });
    std::mem::take(&mut lines.0.lock().expect("works").0)
}

#[test]
fn decisions_and_calls_are_told_without_values_unless_asked() {
    let silent = lines(Tracing::new(), true);
    let text = silent.join("\n");
    assert!(!text.contains("kari") && !text.contains("dagl\""), "{text}");
    assert!(text.contains("decision=Permit rules=\"Rule `"), "{text}");
    assert!(
        text.contains("span provider provider=\"roles\" queries=1"),
        "{text}"
    );
    assert!(text.contains("inside INFO message=asking"), "{text}");
    assert!(
        text.contains("DEBUG message=fetched provider=\"roles\" queries=1 failed=0"),
        "{text}"
    );
    assert!(text.contains("WARN message=unreadable request"), "{text}");

    let told = lines(Tracing::new().with_values(), true).join("\n");
    assert!(
        told.contains("urn:altinn:rolecode=") && told.contains("dagl"),
        "{told}"
    );
    assert!(told.contains("kari"), "{told}");

    let failing = lines(Tracing::new(), false).join("\n");
    assert!(
        failing.contains("WARN message=trouble provider=\"roles\""),
        "{failing}"
    );
    assert!(
        failing.contains("attribute=\"urn:altinn:accesspackage\""),
        "{failing}"
    );
    assert!(!failing.contains("kari"), "{failing}");
}
