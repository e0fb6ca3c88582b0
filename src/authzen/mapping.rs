//! Members of an evaluation → attributes of a request: the mapping that the host chooses.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::attribute::{Designator, category, id};
use crate::error::last_part;
use crate::response::StatusDisclosure;
use crate::value::DataType;

/// The attributes that the members of an evaluation become, and the parts of its answer besides the
/// decision.
///
/// | member | category |
/// |---|---|
/// | `subject` | access-subject |
/// | `action` | action |
/// | `resource` | resource |
/// | `context` | environment |
///
/// By [default](Self::by_name) every member of these becomes the attribute of its own name: `type`,
/// `id`, `name`, and for a property `p` the attribute `p`. [`standard`](Self::standard) takes the
/// standard's identifiers instead. From there, single members get attributes of their own:
///
/// ```
/// use vedtak::authzen::{Action, Entity, Evaluation, Mapping, MappedAttribute};
/// use vedtak::value::DataType;
///
/// let mut mapping = Mapping::standard();
/// // A resource of the type `service` is named by its URN; no attribute repeats the type.
/// mapping.resource.kind = None;
/// mapping.resource.id_of_type.insert("service".into(), "urn:example:service".into());
/// // `{"context": {"now": "2026-06-01T12:00:00Z"}}` is a time, not a string.
/// let now = MappedAttribute::new("urn:example:now").of(DataType::DateTime);
/// mapping.context.properties.insert("now".into(), now);
///
/// let asked = Evaluation::new(Entity::new("user", "kari"), Action::new("read"), Entity::new("service", "letters"));
/// let request = asked.to_request(&mapping)?;
/// let mut ids = request.categories().iter().flat_map(|category| &category.attributes).map(|a| &*a.id);
/// assert!(ids.any(|id| id == "urn:example:service"));
/// # Ok::<(), vedtak::Error>(())
/// ```
///
/// No two members become one attribute: a property `id` beside the `id` of a subject would make
/// it two subjects at once, and is refused.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Mapping {
    /// The attributes of the subject.
    pub subject: MemberMapping,
    /// The attributes of the action.
    pub action: MemberMapping,
    /// The attributes of the resource.
    pub resource: MemberMapping,
    /// The attributes of the context, whose members are mapped as properties.
    pub context: MemberMapping,
    /// Whether a Permit with obligations is refused, or answered with its obligations.
    pub obligations: Obligations,
    /// Whether answers contain the reason of a `false`, as `context.reason`. By default they do
    /// not: a reason names rules, policies and attributes, and repeats the error text of a
    /// database, which a stranger may not see. The host's log finds it in
    /// [`Answer::reason`](super::Answer::reason).
    pub disclosure: StatusDisclosure,
}

#[cfg(feature = "serde")]
crate::serialized::by_members! {
    Mapping: "the parts of a mapping by their names",
    subject action resource context obligations disclosure
}

/// The attributes that the members of a subject, action, resource or context become.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct MemberMapping {
    /// The category of all of them.
    pub category: Arc<str>,
    /// The attribute of `type`; none: the request does not contain it.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "stated"))]
    pub kind: Option<MappedAttribute>,
    /// The attribute of `id`, or of the `name` of an action; none: the request does not contain it.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "stated"))]
    pub id: Option<MappedAttribute>,
    /// The attribute of `id` for entities of these types, instead of [`id`](Self::id).
    #[cfg_attr(feature = "serde", serde(default))]
    pub id_of_type: BTreeMap<String, MappedAttribute>,
    /// The attributes of these properties.
    #[cfg_attr(feature = "serde", serde(default))]
    pub properties: BTreeMap<String, MappedAttribute>,
    /// The treatment of properties that are not listed.
    pub others: UnmappedProperties,
}

/// A member that must be there, if only as `null`: left out by mistake it would take the attribute of
/// the asker from every request.
#[cfg(feature = "serde")]
fn stated<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<MappedAttribute>, D::Error> {
    serde::Deserialize::deserialize(deserializer)
}

/// The attribute that a member of an evaluation becomes, in a [`MemberMapping`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct MappedAttribute {
    /// Its `AttributeId`.
    pub id: Arc<str>,
    /// Its data type, as whose lexical forms values are read. None: the data type that they have in
    /// JSON.
    #[cfg_attr(feature = "serde", serde(default))]
    pub data_type: Option<DataType>,
}

impl MappedAttribute {
    /// Makes an attribute whose values have the data type they have in JSON.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self {
            id: id.into(),
            data_type: None,
        }
    }

    /// Sets the data type of its values.
    pub fn of(mut self, data_type: DataType) -> Self {
        self.data_type = Some(data_type);
        self
    }
}

impl From<&str> for MappedAttribute {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

/// The treatment of properties that a mapping does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum UnmappedProperties {
    /// Each becomes the attribute of this prefix and its name. The prefix may be empty.
    Named(String),
    /// They are refused.
    Refused,
    /// They are left out. A rule that denies on such a property then never applies.
    Ignored,
}

/// The treatment of a Permit with obligations, which the PEP must fulfil (XACML 3.0 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Obligations {
    /// A Permit with obligations is answered `false`, with a reason: AuthZEN 1.0 has no place for
    /// them, so the PEP would not learn of them.
    #[default]
    Refused,
    /// They are listed in the context of the answer, as the draft profile for obligations has
    /// them. Choose it only if every PEP reads them, and treats the decision as `false` if it does
    /// not understand one.
    InContext,
}

impl Mapping {
    /// Every member becomes the attribute of its name: the default.
    pub fn by_name() -> Self {
        Self {
            subject: MemberMapping::new(category::ACCESS_SUBJECT, Some("type"), Some("id")),
            action: MemberMapping::new(category::ACTION, None, Some("name")),
            resource: MemberMapping::new(category::RESOURCE, Some("type"), Some("id")),
            context: MemberMapping::new(category::ENVIRONMENT, None, None),
            obligations: Obligations::Refused,
            disclosure: StatusDisclosure::CodeOnly,
        }
    }

    /// Every member becomes the attribute of its name ([`by_name`](Self::by_name)), except that the
    /// `id` of a subject becomes `subject-id`, that of a resource `resource-id` and the `name` of
    /// an action `action-id`, the standard's attributes (appendix B).
    pub fn standard() -> Self {
        let mut mapping = Self::by_name();
        mapping.subject.id = Some(id::SUBJECT_ID.into());
        mapping.resource.id = Some(id::RESOURCE_ID.into());
        mapping.action.id = Some(id::ACTION_ID.into());
        mapping
    }

    /// The mapping whose names policies read: that [by name](Self::by_name), and for a member of which
    /// they read the [standard's](Self::standard) attribute and not the plain one, the standard's. A
    /// property becomes the attribute that they read by its name, or else the only one whose identifier
    /// ends so: `role` is `urn:example:role`. Its data type is the one that they read, where JSON has no
    /// such values. The command `vedtak` and test files take it; a server whose policies change has a
    /// mapping of its own, as this one changes with them.
    ///
    /// ```
    /// use vedtak::{Pdp, authzen::Mapping};
    /// let xml = std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = Pdp::builder().policy("letters.policy.xml", xml).build()?;
    /// let mapping = Mapping::for_attributes(pdp.attributes());
    /// assert_eq!(mapping.action.id, Mapping::standard().action.id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_attributes<'d>(read: impl IntoIterator<Item = &'d Designator>) -> Self {
        let read: Vec<&Designator> = read.into_iter().collect();
        let reads = |member: &MemberMapping| {
            let wanted = |of: &&&Designator| member.id.as_ref().is_some_and(|id| id.id == of.id);
            let of_category = read.iter().filter(|of| of.category == member.category);
            of_category.filter(wanted).count() > 0
        };
        let (mut mapping, standard) = (Self::by_name(), Self::standard());
        for (member, of_standard) in [
            (&mut mapping.subject, standard.subject),
            (&mut mapping.resource, standard.resource),
            (&mut mapping.action, standard.action),
        ] {
            if reads(&of_standard) && !reads(member) {
                *member = of_standard;
            }
        }
        for member in [
            &mut mapping.subject,
            &mut mapping.resource,
            &mut mapping.action,
            &mut mapping.context,
        ] {
            member.name_properties(&read);
        }
        mapping
    }
}

impl Default for Mapping {
    fn default() -> Self {
        Self::by_name()
    }
}

impl MemberMapping {
    fn new(category: &str, kind: Option<&str>, id: Option<&str>) -> Self {
        Self {
            category: category.into(),
            kind: kind.map(Into::into),
            id: id.map(Into::into),
            id_of_type: BTreeMap::new(),
            properties: BTreeMap::new(),
            others: UnmappedProperties::Named(String::new()),
        }
    }

    /// Maps properties to the attributes of its category that are read: those of this name, or else the
    /// only one whose identifier ends so.
    fn name_properties(&mut self, read: &[&Designator]) {
        let mut by_name: BTreeMap<&str, Vec<&Designator>> = BTreeMap::new();
        for of in read.iter().filter(|of| of.category == self.category) {
            by_name.entry(last_part(&of.id)).or_default().push(of);
        }
        for (name, found) in by_name {
            let is_plain = found.iter().any(|of| *of.id == *name);
            let mut own = found.iter().filter(|of| !is_plain || *of.id == *name);
            let Some(first) = own.next() else {
                continue;
            };
            let (mut is_one, mut has_one_type) = (true, true);
            for other in own {
                is_one &= other.id == first.id;
                has_one_type &= other.data_type == first.data_type;
            }
            // JSON has values of these.
            let of_json = [DataType::String, DataType::Boolean, DataType::Integer];
            let is_typed = has_one_type && !of_json.contains(&first.data_type);
            if is_one && (!is_plain || is_typed) {
                let mut attribute = MappedAttribute::new(first.id.clone());
                attribute.data_type = is_typed.then_some(first.data_type);
                self.properties.insert(name.to_owned(), attribute);
            }
        }
    }
}

#[cfg(test)]
mod of_policies {
    use super::*;

    #[test]
    fn a_property_becomes_the_attribute_that_is_read() {
        let of = |id: &str, of| Designator::new(category::ACCESS_SUBJECT, id, of);
        let read = [
            of("urn:example:role", DataType::String),
            of("urn:example:born", DataType::Date),
            of("birthday", DataType::Date),
            of("name", DataType::String),
            of("urn:example:name", DataType::String),
            of("urn:one:unit", DataType::String),
            of("urn:two:unit", DataType::String),
            of("urn:example:size", DataType::Date),
            of("urn:example:size", DataType::Integer),
        ];
        let mapping = Mapping::for_attributes(&read);
        let properties = mapping.subject.properties.iter();
        let properties: Vec<_> = properties
            .map(|(name, of)| (name.as_str(), &*of.id, of.data_type))
            .collect();
        let expected = [
            ("birthday", "birthday", Some(DataType::Date)),
            ("born", "urn:example:born", Some(DataType::Date)),
            ("role", "urn:example:role", None),
            ("size", "urn:example:size", None),
        ];
        assert_eq!(properties, expected);
        assert!(mapping.resource.properties.is_empty());
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_a_setting() {
        let mut mapping = Mapping::standard();
        mapping.obligations = Obligations::InContext;
        mapping.resource.others = UnmappedProperties::Refused;
        let now = MappedAttribute::new("urn:now").of(DataType::DateTime);
        mapping.context.properties.insert("now".into(), now);
        let text = serde_json::to_string(&mapping).expect("is written");
        assert_eq!(
            serde_json::from_str::<Mapping>(&text).expect(&text),
            mapping
        );
        let partial = r#"{"subject":
            {"category": "urn:c", "id": null, "kind": null, "others": {"Named": "urn:p:"}}}"#;
        let read = serde_json::from_str::<Mapping>(partial).expect("is valid");
        assert_eq!(read.resource, Mapping::by_name().resource);
        assert_eq!(
            (read.subject.id, read.subject.others),
            (None, UnmappedProperties::Named("urn:p:".into()))
        );
        assert!(serde_json::from_str::<Mapping>(r#"{"subjct": {}}"#).is_err());
        // What is left out by mistake takes no attribute from the request in silence.
        for left_out in ["id", "kind"] {
            let partial = partial.replace(&format!(r#""{left_out}": null, "#), "");
            let error = serde_json::from_str::<Mapping>(&partial).expect_err("is not whole");
            let expected = format!("missing field `{left_out}`");
            assert!(error.to_string().contains(&expected), "{error}");
        }
    }
}
