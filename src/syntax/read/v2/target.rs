//! Targets by subjects, resources, actions and environments → `AnyOf`, `AllOf` and `Match`
//! (2.0 §5.5 to §5.17).

use super::super::expression::{match_with, some};
use super::super::*;
use super::expression::{designator, selector};
use super::function_id;

/// What the four sections of a target name their parts.
struct Section {
    name: &'static str,
    member: &'static str,
    matched: &'static str,
    designator: &'static str,
}

const SECTIONS: [Section; 4] = [
    Section {
        name: "Subjects",
        member: "Subject",
        matched: "SubjectMatch",
        designator: "SubjectAttributeDesignator",
    },
    Section {
        name: "Resources",
        member: "Resource",
        matched: "ResourceMatch",
        designator: "ResourceAttributeDesignator",
    },
    Section {
        name: "Actions",
        member: "Action",
        matched: "ActionMatch",
        designator: "ActionAttributeDesignator",
    },
    Section {
        name: "Environments",
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
    xml.children(element, &particles, |xml, child| {
        for section in SECTIONS.iter().filter(|section| section.name == child.name) {
            target.any_of.push(any_of(xml, &child, section));
        }
    });
    target
}

fn any_of<'a>(xml: &mut Xml<'a>, element: &Element<'a>, section: &'static Section) -> AnyOf {
    xml.attributes(element, &[]);
    let mut any_of = AnyOf {
        all_of: Vec::new(),
        offset: element.offset,
    };
    xml.children(element, &[some(0, section.member)], |xml, child| {
        any_of.all_of.push(all_of(xml, &child, section));
    });
    any_of
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
        all_of.matches.extend(matched.map(|matched| Match {
            function: function_id(&matched.function).into_owned(),
            ..matched
        }));
    });
    all_of
}
