//! A report → JSON.

use std::sync::Arc;

use super::ChangeReport;
use crate::altinn::answers::rights::Alternative;
use crate::altinn::delegation::shown_part;
use crate::altinn::json::ObjectWriter;
use crate::altinn::language::{InWords, Words};
use crate::altinn::party::{Party, PartyKind};
use crate::json::write_string;

pub(super) fn write(report: &ChangeReport, words: Words) -> String {
    let mut out = String::new();
    let mut object = ObjectWriter::new(&mut out);
    object.text("before", &report.before.to_string());
    object.text("after", &report.after.to_string());
    object.text("outcome", report.outcome().as_str());
    object.flag("is_something_lost", report.is_something_lost());
    object.flag("is_complete", report.is_complete());
    object.array("services", &report.services, |out, service| {
        let mut object = ObjectWriter::new(out);
        object.text("resource", service.resource.as_str());
        if let Some(described) = &service.described {
            let title = Some(&*described.title).filter(|title| *title != described.id.as_str());
            object.optional("title", title);
            object.optional("title_nn", described.title_nn.as_deref());
            object.optional("title_en", described.title_en.as_deref());
        }
        object.text("outcome", service.policy.outcome().as_str());
        object.flag(
            "is_complete",
            service.policy.is_complete && service.of_others.is_empty(),
        );
        object.array("policy_of_others", &service.of_others, |out, one| {
            write_string(out, one.as_str());
        });
        object.array("lacking", &service.policy.lacking, |out, of| {
            let mut object = ObjectWriter::new(out);
            object.text("Category", &of.category);
            object.text("AttributeId", &of.id);
            object.text("DataType", of.data_type.uri());
            object.optional("Issuer", of.issuer.as_deref());
            object.end();
        });
        object.array("rights", &service.policy.rights, |out, change| {
            let mut object = ObjectWriter::new(out);
            object.optional("action", change.right.action.as_deref());
            object.array(
                "part",
                shown_part(&change.right.part),
                |out, (id, value)| {
                    let mut part = ObjectWriter::new(out);
                    part.text("id", id);
                    part.text("value", &value);
                    part.end();
                },
            );
            object.text("outcome", change.outcome().as_str());
            object.flag("single_right_stays", change.single_right_stays);
            alternatives(&mut object, "lost", &change.lost, words);
            alternatives(&mut object, "kept", &change.kept, words);
            alternatives(&mut object, "gained", &change.gained, words);
            alternatives(&mut object, "widened", &change.widened, words);
            object.array("suggestions", &change.suggestions, |out, suggestion| {
                let mut object = ObjectWriter::new(out);
                object.text("package", &suggestion.code);
                object.text("name", &suggestion.name);
                object.text("name_en", &suggestion.name_en);
                object.number("in_common", suggestion.in_common as u64);
                object.number("of_lost", suggestion.of_lost as u64);
                object.number("of_package", suggestion.of_package as u64);
                object.end();
            });
            object.end();
        });
        object.array("people", &service.people, |out, person| {
            let mut object = ObjectWriter::new(out);
            object.object("who", |who| party(who, &person.who));
            object.object("party", |of| party(of, &person.party));
            object.array("lost", &person.lost, |out, right| {
                write_string(out, &right.to_string());
            });
            object.array("expired", &person.expired, |out, right| {
                write_string(out, &right.to_string());
            });
            object.array("gained", &person.gained, |out, right| {
                write_string(out, &right.to_string());
            });
            object.array("kept", &person.kept, |out, (right, holder)| {
                let mut object = ObjectWriter::new(out);
                object.text("right", &right.to_string());
                let ways = holder.ways_in(words);
                object.array("through", ways, |out, way| write_string(out, &way));
                object.end();
            });
            object.end();
        });
        object.array("troubles", &service.troubles, |out, trouble| {
            write_string(out, &InWords(trouble, words).to_string());
        });
        object.end();
    });
    object.end();
    out
}

/// A party by name; organisations have their numbers, persons never.
fn party(object: &mut ObjectWriter<'_>, party: &Party) {
    object.text("name", &party.name);
    object.text("kind", party.kind.as_str());
    let number = party.number.as_deref();
    let number = number.filter(|_| party.kind == PartyKind::Organisation);
    object.optional("organisation_number", number);
}

fn alternatives(object: &mut ObjectWriter<'_>, name: &str, all: &[Alternative], words: Words) {
    object.array(name, all, |out, alternative| {
        let mut object = ObjectWriter::new(out);
        object.array("needs", &alternative.needs, |out, need| {
            let mut object = ObjectWriter::new(out);
            let shown = need.shown();
            let is_hidden = *shown != *need.value;
            let name = |name| {
                if is_hidden {
                    shown.clone()
                } else {
                    Arc::clone(name)
                }
            };
            object.text("urn", &format!("{}:{shown}", need.id));
            object.text("name", &name(&need.name));
            object.text("name_en", &name(&need.name_en));
            object.end();
        });
        object.array("rests_on", &alternative.rests_on, |out, on| {
            write_string(out, &InWords(on, words).to_string());
        });
        object.end();
    });
}
