//! Members of evaluations → categories of requests, each made once for all evaluations that share
//! it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::mapping::{MappedAttribute, Mapping, MemberMapping, UnmappedProperties};
use super::{Evaluation, Property};
use crate::error::{Diagnostic, Error, Problems, cut};
use crate::request::{
    AttributeBuilder, Request, RequestBuilder, SharedAttributes, attribute_count,
};
use crate::value::Value;

/// Maps evaluations one after the other.
///
/// Members that evaluations share are mapped once: a batch of many evaluations about one subject
/// takes the memory and the time of one. That holds where each member has a category of its own, as
/// in [`Mapping::by_name`]; where two have one, each request has a category that is made for it.
pub(super) struct Mapper<'m> {
    mapping: &'m Mapping,
    /// Whether no two members become the same category.
    is_apart: bool,
    /// The categories of members that evaluations share, by kind and address. The members are
    /// borrowed for as long as the mapper lives, so nothing else gets their addresses.
    made: HashMap<(EntityMember, usize), Part>,
    /// The last request: categories that the next shares with it are kept, keys and all.
    request: Request,
    /// Attributes that the requests so far have together.
    attributes: usize,
    /// Limits the problems of all evaluations together: else the answers would be much longer than
    /// the questions.
    problems: Problems<Diagnostic>,
}

/// The category that a member becomes: none if it has no attributes.
type Part = Result<Option<SharedAttributes>, Problems<Diagnostic>>;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum EntityMember {
    Subject,
    Resource,
    Action,
    Context,
}

/// The members, in the order of their categories in a request.
const MEMBERS: [EntityMember; 4] = [
    EntityMember::Subject,
    EntityMember::Resource,
    EntityMember::Action,
    EntityMember::Context,
];

/// The most problems that are listed; more are only counted.
const MOST_PROBLEMS: usize = 100;

/// The most attributes that the requests of a batch have together: a decision reads each once, so
/// this many take about as long as one decision may.
const MOST_ATTRIBUTES: usize = 10_000_000;

/// The most attributes that the requests of a batch have together where each request has its own,
/// because two members have one category: making an attribute takes many times as long as reading
/// it.
const MOST_MADE: usize = 1_000_000;

impl<'m> Mapper<'m> {
    pub(super) fn new(mapping: &'m Mapping) -> Self {
        let Mapping {
            subject,
            action,
            resource,
            context,
            ..
        } = mapping;
        let categories = [subject, action, resource, context].map(|member| &*member.category);
        let distinct: HashSet<&str> = categories.into_iter().collect();
        Self {
            mapping,
            is_apart: distinct.len() == categories.len(),
            made: HashMap::new(),
            request: Request::default(),
            attributes: 0,
            problems: Problems::new(MOST_PROBLEMS),
        }
    }

    /// The request of an evaluation.
    pub(super) fn request(&mut self, asked: &'m Evaluation) -> Result<&Request, Error> {
        let made = match self.is_apart {
            true => self.parts(asked),
            false => {
                let mut attributes = EntityAttributes::new();
                for member in MEMBERS {
                    attributes.add_member(member, self.mapping, asked);
                }
                let made = attributes.finish();
                made.map(|request| request.categories().to_vec())
            }
        };
        let categories = match made {
            Ok(categories) => categories,
            Err(problems) => {
                let mut listed = self.problems.of_part();
                listed.join(problems);
                self.problems.leave_to(&listed);
                return Err(listed.into_error());
            }
        };
        self.attributes += attribute_count(&categories);
        let most = match self.is_apart {
            true => MOST_ATTRIBUTES,
            false => MOST_MADE,
        };
        if self.attributes > most {
            return Err(Error::plain(format!(
                "the evaluations have more than {most} attributes together, which is the limit"
            )));
        }
        self.request.refill(categories.iter());
        Ok(&self.request)
    }

    /// The categories of an evaluation, each of one member.
    fn parts(
        &mut self,
        asked: &'m Evaluation,
    ) -> Result<Vec<SharedAttributes>, Problems<Diagnostic>> {
        let mut categories = Vec::with_capacity(MEMBERS.len());
        let mut problems = Problems::new(MOST_PROBLEMS);
        for member in MEMBERS {
            let (address, owners) = match member {
                EntityMember::Subject => address(&asked.subject),
                EntityMember::Resource => address(&asked.resource),
                EntityMember::Action => address(&asked.action),
                EntityMember::Context => address(&asked.context),
            };
            let make = || part(member, self.mapping, asked);
            let made = match owners {
                1 => make(),
                _ => self
                    .made
                    .entry((member, address))
                    .or_insert_with(make)
                    .clone(),
            };
            match made {
                Ok(category) => categories.extend(category),
                Err(more) => problems.join(more),
            }
        }
        match problems.is_empty() {
            true => Ok(categories),
            false => Err(problems),
        }
    }
}

/// The address of a shared member, and the number of evaluations that share it.
fn address<T: ?Sized>(shared: &Arc<T>) -> (usize, usize) {
    let address = Arc::as_ptr(shared).cast::<u8>().addr();
    (address, Arc::strong_count(shared))
}

fn part(member: EntityMember, mapping: &Mapping, asked: &Evaluation) -> Part {
    let mut attributes = EntityAttributes::new();
    attributes.add_member(member, mapping, asked);
    let made = attributes.finish()?;
    Ok(made.categories().first().cloned())
}

/// The attributes of one request, or of one of its categories.
struct EntityAttributes<'m> {
    builder: RequestBuilder,
    /// The attributes that members have become, by category and id.
    taken: HashSet<(&'m str, Arc<str>)>,
    problems: Problems<Diagnostic>,
}

impl<'m> EntityAttributes<'m> {
    fn new() -> Self {
        Self {
            builder: Request::builder(),
            taken: HashSet::new(),
            problems: Problems::new(MOST_PROBLEMS),
        }
    }

    fn finish(self) -> Result<Request, Problems<Diagnostic>> {
        match self.problems.is_empty() {
            true => Ok(self.builder.build()),
            false => Err(self.problems),
        }
    }

    fn add_member(&mut self, member: EntityMember, mapping: &'m Mapping, asked: &Evaluation) {
        let (what, mapping, entity) = match member {
            EntityMember::Subject => ("subject", &mapping.subject, &asked.subject),
            EntityMember::Resource => ("resource", &mapping.resource, &asked.resource),
            EntityMember::Action => {
                let (mapping, action) = (&mapping.action, &asked.action);
                self.add_text("action", "name", mapping, mapping.id.as_ref(), &action.name);
                return self.add_properties("action", ".properties", mapping, &action.properties);
            }
            EntityMember::Context => {
                return self.add_properties("context", "", &mapping.context, &asked.context);
            }
        };
        let id = mapping.id_of_type.get(&*entity.kind);
        let id = id.or(mapping.id.as_ref());
        self.add_text(what, "type", mapping, mapping.kind.as_ref(), &entity.kind);
        self.add_text(what, "id", mapping, id, &entity.id);
        self.add_properties(what, ".properties", mapping, &entity.properties);
    }

    fn add_text(
        &mut self,
        what: &str,
        member: &str,
        mapping: &'m MemberMapping,
        attribute: Option<&MappedAttribute>,
        text: &Arc<str>,
    ) {
        if let Some(attribute) = attribute {
            let property = Property::new("", [Value::String(text.clone())]);
            let path = || format!("{what}.{member}");
            self.add(path, mapping, attribute, &property);
        }
    }

    fn add_properties(
        &mut self,
        what: &str,
        inside: &str,
        mapping: &'m MemberMapping,
        properties: &[Property],
    ) {
        for property in properties {
            let name = &property.name;
            let path = || format!("{what}{inside}.{}", cut(name));
            if let Some(attribute) = mapping.properties.get(&**name) {
                self.add(path, mapping, attribute, property);
                continue;
            }
            match &mapping.others {
                UnmappedProperties::Named(prefix) if prefix.is_empty() => {
                    let attribute = MappedAttribute::new(name.clone());
                    self.add(path, mapping, &attribute, property);
                }
                UnmappedProperties::Named(prefix) => {
                    let attribute = MappedAttribute::new(format!("{prefix}{name}"));
                    self.add(path, mapping, &attribute, property);
                }
                // Its members are properties of their own, which may be listed.
                UnmappedProperties::Refused if property.is_object() => {}
                UnmappedProperties::Refused => {
                    let message = "this property means nothing here, and must be left out";
                    self.problem(path, message);
                }
                UnmappedProperties::Ignored => {}
            }
        }
    }

    fn add(
        &mut self,
        path: impl Fn() -> String,
        mapping: &'m MemberMapping,
        attribute: &MappedAttribute,
        property: &Property,
    ) {
        let MappedAttribute { id, data_type } = attribute;
        if !self.taken.insert((&mapping.category, id.clone())) {
            let id = cut(id);
            let message = format!("this becomes the attribute `{id}`, and so does another member");
            return self.problem(path, message);
        }
        let mut converted = AttributeBuilder::new(mapping.category.clone(), id.clone());
        if let Some(reason) = &property.unusable {
            converted = converted.unusable(reason.clone());
        }
        for value in &property.values {
            match data_type {
                Some(data_type) if *data_type != value.data_type() => {
                    match Value::parse(*data_type, &value.lexical()) {
                        Ok(value) => converted = converted.value(value),
                        Err(error) => return self.problem(path, error.to_string()),
                    }
                }
                _ => converted = converted.value(value.clone()),
            }
        }
        self.builder = std::mem::take(&mut self.builder).with(converted);
    }
    fn problem(&mut self, path: impl Fn() -> String, message: impl Into<String>) {
        self.problems.add(|| Diagnostic::placeless(path(), message));
    }
}
