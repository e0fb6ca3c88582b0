//! Members of an evaluation → attributes of a request.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{Evaluation, Property};
use crate::attribute::{category, id};
use crate::error::{Diagnostic, Error, cut};
use crate::request::{AttributeBuilder, Request, RequestBuilder};
use crate::value::{DataType, Value};

/// Which attributes the members of an evaluation become, and what becomes of obligations.
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
#[non_exhaustive]
pub struct Mapping {
    /// Of the subject.
    pub subject: MemberMapping,
    /// Of the action.
    pub action: MemberMapping,
    /// Of the resource.
    pub resource: MemberMapping,
    /// Of the context, all of whose members are as properties are.
    pub context: MemberMapping,
    /// What becomes of the obligations of a Permit.
    pub obligations: Obligations,
}

/// Which attributes the members of a subject, action, resource or context become.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MemberMapping {
    /// The category of all of them.
    pub category: Arc<str>,
    /// The attribute of `type`; none: no attribute tells it.
    pub kind: Option<MappedAttribute>,
    /// The attribute of `id`, or of the `name` of an action; none: no attribute tells it.
    pub id: Option<MappedAttribute>,
    /// The attribute of `id` for entities of these types, instead of [`id`](Self::id).
    pub id_of_type: BTreeMap<String, MappedAttribute>,
    /// The attributes of these properties.
    pub properties: BTreeMap<String, MappedAttribute>,
    /// What becomes of properties that are not listed.
    pub others: Others,
}

/// An attribute that a member becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedAttribute {
    /// Its `AttributeId`.
    pub id: Arc<str>,
    /// Its data type: values are read as its lexical forms. None: the one they have in JSON.
    pub data_type: Option<DataType>,
}

impl MappedAttribute {
    /// One whose values have the data type they have in JSON.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self {
            id: id.into(),
            data_type: None,
        }
    }

    /// One of a data type.
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

/// What becomes of properties that a mapping does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Others {
    /// Each becomes the attribute of this prefix and its name. The prefix may be empty.
    Named(String),
    /// They are refused.
    Refused,
    /// They are left out. A rule that forbids something by them is then as good as none.
    Ignored,
}

/// What becomes of the obligations of a Permit, which binds whoever gets it (XACML 3.0 §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Obligations {
    /// A Permit with obligations is answered `false`, with a reason: AuthZEN 1.0 has no place for
    /// them, and who asks would not know of them.
    #[default]
    Refused,
    /// They are listed in the context of the answer, as the draft profile for obligations has
    /// them. To be chosen only if all who ask read them, and take a decision for `false` if they
    /// do not understand one.
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
        }
    }

    /// As [`by_name`](Self::by_name), but the `id` of a subject becomes `subject-id`, that of a
    /// resource `resource-id` and the `name` of an action `action-id`, the standard's attributes
    /// (appendix B).
    pub fn standard() -> Self {
        let mut mapping = Self::by_name();
        mapping.subject.id = Some(id::SUBJECT_ID.into());
        mapping.resource.id = Some(id::RESOURCE_ID.into());
        mapping.action.id = Some(id::ACTION_ID.into());
        mapping
    }

    pub(super) fn request(&self, asked: &Evaluation) -> Result<Request, Error> {
        let Evaluation {
            subject,
            action,
            resource,
            context,
        } = asked;
        let mut attributes = Attributes {
            builder: Some(Request::builder()),
            taken: HashSet::new(),
            problems: Vec::new(),
        };
        for (what, mapping, entity) in [
            ("subject", &self.subject, subject),
            ("resource", &self.resource, resource),
        ] {
            let kind = &*entity.kind;
            let id = mapping.id_of_type.get(kind).or(mapping.id.as_ref());
            attributes.add_text(what, "type", mapping, mapping.kind.as_ref(), &entity.kind);
            attributes.add_text(what, "id", mapping, id, &entity.id);
            attributes.add_properties(what, ".properties", mapping, &entity.properties);
        }
        let mapping = &self.action;
        attributes.add_text("action", "name", mapping, mapping.id.as_ref(), &action.name);
        attributes.add_properties("action", ".properties", mapping, &action.properties);
        attributes.add_properties("context", "", &self.context, context);
        match attributes.builder {
            Some(builder) if attributes.problems.is_empty() => Ok(builder.build()),
            _ => Err(Error::new(attributes.problems)),
        }
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
            others: Others::Named(String::new()),
        }
    }
}

/// The attributes of one request.
struct Attributes<'m> {
    builder: Option<RequestBuilder>,
    /// Those that a member has become, by category and id.
    taken: HashSet<(&'m str, Arc<str>)>,
    problems: Vec<Diagnostic>,
}

impl<'m> Attributes<'m> {
    fn add_text(
        &mut self,
        what: &str,
        member: &str,
        mapping: &'m MemberMapping,
        attribute: Option<&MappedAttribute>,
        text: &Arc<str>,
    ) {
        if let Some(attribute) = attribute {
            let values = [Value::String(text.clone())];
            let path = || format!("{what}.{member}");
            self.add(path, mapping, attribute, &values);
        }
    }

    fn add_properties(
        &mut self,
        what: &str,
        inside: &str,
        mapping: &'m MemberMapping,
        properties: &[Property],
    ) {
        for Property { name, values } in properties {
            let path = || format!("{what}{inside}.{}", cut(name));
            if let Some(attribute) = mapping.properties.get(&**name) {
                self.add(path, mapping, attribute, values);
                continue;
            }
            match &mapping.others {
                Others::Named(prefix) if prefix.is_empty() => {
                    self.add(path, mapping, &MappedAttribute::new(name.clone()), values);
                }
                Others::Named(prefix) => {
                    let attribute = MappedAttribute::new(format!("{prefix}{name}"));
                    self.add(path, mapping, &attribute, values);
                }
                Others::Refused => {
                    let message = "this property means nothing here, and must be left out";
                    self.problem(path(), message);
                }
                Others::Ignored => {}
            }
        }
    }

    fn add(
        &mut self,
        path: impl Fn() -> String,
        mapping: &'m MemberMapping,
        attribute: &MappedAttribute,
        values: &[Value],
    ) {
        let MappedAttribute { id, data_type } = attribute;
        if !self.taken.insert((&mapping.category, id.clone())) {
            let message = format!(
                "this becomes the attribute `{}`, and so does another member",
                cut(id)
            );
            self.problem(path(), message);
            return;
        }
        let mut converted = AttributeBuilder::new(mapping.category.clone(), id.clone());
        for value in values {
            match data_type {
                Some(data_type) if *data_type != value.data_type() => {
                    match Value::parse(*data_type, &value.lexical()) {
                        Ok(value) => converted = converted.value(value),
                        Err(error) => return self.problem(path(), error.to_string()),
                    }
                }
                _ => converted = converted.value(value.clone()),
            }
        }
        self.builder = self.builder.take().map(|builder| builder.with(converted));
    }

    fn problem(&mut self, path: String, message: impl Into<String>) {
        self.problems.push(Diagnostic::placeless(path, message));
    }
}
