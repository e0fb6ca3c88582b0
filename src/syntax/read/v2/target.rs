//! Targets by subjects, resources, actions and environments → `AnyOf`, `AllOf` and `Match` (2.0
//! §5.5 to §5.17). Those of 1.x have no environments, and `AnySubject` and its like to match every
//! member.

use super::super::expression::{match_with, some};
use super::super::*;
use super::expression::{designator, selector};
use super::{function_id, known_function};

/// The element names in one of the four sections of a target.
struct Section {
    name: &'static str,
    /// The element of 1.x that matches all members.
    any: &'static str,
    member: &'static str,
    matched: &'static str,
    designator: &'static str,
}

const SECTIONS: [Section; 4] = [
    Section {
        name: "Subjects",
        any: "AnySubject",
        member: "Subject",
        matched: "SubjectMatch",
        designator: "SubjectAttributeDesignator",
    },
    Section {
        name: "Resources",
        any: "AnyResource",
        member: "Resource",
        matched: "ResourceMatch",
        designator: "ResourceAttributeDesignator",
    },
    Section {
        name: "Actions",
        any: "AnyAction",
        member: "Action",
        matched: "ActionMatch",
        designator: "ActionAttributeDesignator",
    },
    Section {
        name: "Environments",
        any: "AnyEnvironment",
        member: "Environment",
        matched: "EnvironmentMatch",
        designator: "EnvironmentAttributeDesignator",
    },
];

/// Reads a `Target`. A section that is not there matches anything (2.0 §5.5), as an `AnyOf` that
/// is not there does.
pub(super) fn target<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Target {
    xml.attributes(element, &[]);
    let mut target = Target {
        any_of: Vec::new(),
        offset: element.offset,
    };
    let [a, b, c, d] = &SECTIONS;
    let particles = [
        optional(0, a.name),
        optional(1, b.name),
        optional(2, c.name),
        optional(3, d.name),
    ];
    let particles = match xml.is_version_1() {
        true => &particles[..3],
        false => &particles,
    };
    xml.children(element, particles, |xml, child| {
        for section in SECTIONS.iter().filter(|section| section.name == child.name) {
            target.any_of.extend(any_of(xml, &child, section));
        }
    });
    target
}

/// Reads a section of a target; none if it matches anything.
fn any_of<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    section: &'static Section,
) -> Option<AnyOf> {
    xml.attributes(element, &[]);
    let mut any_of = AnyOf {
        all_of: Vec::new(),
        offset: element.offset,
    };
    let mut any = None;
    let (several, either) = (
        [some(0, section.member)],
        [many(0, section.member), optional(0, section.any)],
    );
    let particles = match xml.is_version_1() {
        true => &either[..],
        false => &several[..],
    };
    let all_known = xml.children(element, particles, |xml, child| {
        if child.name == section.any {
            xml.attributes(&child, &[]);
            xml.empty(&child);
            any = Some(child.offset);
        } else {
            any_of.all_of.push(all_of(xml, &child, section));
        }
    });
    let Section {
        name,
        any: all,
        member,
        ..
    } = section;
    match any {
        Some(any) if !any_of.all_of.is_empty() => {
            let message =
                format!("`{all}` stands for every `{member}`, and there are others in `{name}`");
            xml.problem(any, message);
        }
        Some(_) => return None,
        None if xml.is_version_1() && any_of.all_of.is_empty() && all_known => {
            let message = format!("`{name}` must have `{all}` or at least one `{member}`");
            xml.problem(element.offset, message);
        }
        None => {}
    }
    Some(any_of)
}

fn all_of<'a>(xml: &mut Xml<'a>, element: &Element<'a>, section: &'static Section) -> AllOf {
    xml.attributes(element, &[]);
    let mut all_of = AllOf {
        matches: Vec::new(),
        offset: element.offset,
    };
    xml.children(element, &[some(0, section.matched)], |xml, child| {
        let matched = match_with(xml, &child, section.designator, |xml, child| {
            match child.name {
                "AttributeSelector" => selector(xml, child).map(AttributeReference::Selector),
                _ => Some(AttributeReference::Designator(designator(xml, child))),
            }
        });
        if let Some(matched) = matched {
            known_function(xml, &child, "MatchId", &matched.function);
            all_of.matches.push(Match {
                function: function_id(&matched.function, xml.is_version_1()).into_owned(),
                ..matched
            });
        }
    });
    all_of
}
