//! The `entity` data type: a value that has attributes of its own (Related and Nested Entities
//! Profile 1.0).

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use super::Value;

/// A value that has attributes, and perhaps a content, as a category of a request has them.
///
/// An attribute of an entity may be an entity in turn. Entities have no equality in policies; `==`
/// asks for equal contents in the same order.
///
/// ```
/// use vedtak::value::{Entity, Value};
///
/// let acme = Entity::builder()
///     .attribute("urn:example:name", "Acme")
///     .attribute("urn:example:kind", "commercial")
///     .build()?;
/// let employment = Entity::builder()
///     .attribute("urn:example:since", 2013)
///     .attribute("urn:example:organization", acme)
///     .build()?;
/// assert_eq!(employment.attributes().len(), 2);
/// let request = vedtak::Request::builder().subject("urn:example:employment", employment).build();
/// # let _ = request;
/// # Ok::<(), vedtak::value::EntityError>(())
/// ```
///
/// INVARIANT: entities nest no deeper than [`MOST_DEPTH`](Self::MOST_DEPTH) and hold no more than
/// [`MOST_VALUES`](Self::MOST_VALUES) values, counted at every occurrence. So code that walks
/// through one (comparing, printing, dropping) ends soon and needs little stack, even if the host
/// shared one entity between many.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    content: Option<Arc<str>>,
    attributes: Vec<Attribute>,
    depth: usize,
    size: usize,
}

/// `Attribute` (§5.46), of a category or of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// `AttributeId`.
    pub id: Arc<str>,
    /// `Issuer`.
    pub issuer: Option<Arc<str>>,
    /// `IncludeInResult`: the response repeats it. It has no meaning within an entity, which is
    /// repeated as a whole.
    pub include_in_result: bool,
    /// `AttributeValue`: one or more, not necessarily of one data type.
    pub values: Vec<Value>,
}

/// The error of an [`Entity`] that would hold too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EntityError {
    message: String,
}

impl Entity {
    /// The deepest nesting of entities in one another.
    pub const MOST_DEPTH: usize = 100;
    /// Values an entity may hold, those of entities in it and these themselves included.
    pub const MOST_VALUES: usize = 1_000_000;

    /// An entity with these attributes, in this order, and perhaps a content: one XML element that
    /// declares its own namespaces.
    ///
    /// # Errors
    ///
    /// It would hold more than [`MOST_VALUES`](Self::MOST_VALUES), or nest deeper than
    /// [`MOST_DEPTH`](Self::MOST_DEPTH).
    pub fn new(attributes: Vec<Attribute>, content: Option<Arc<str>>) -> Result<Self, EntityError> {
        let (mut depth, mut size) = (1, 0_usize);
        for value in attributes.iter().flat_map(|attribute| &attribute.values) {
            size = size.saturating_add(value.size());
            if let Value::Entity(inner) = value {
                depth = depth.max(inner.depth + 1);
            }
        }
        let (most_depth, most_values) = (Self::MOST_DEPTH, Self::MOST_VALUES);
        if depth > most_depth {
            return Err(EntityError {
                message: format!("entities are nested too deep; the limit is {most_depth}"),
            });
        }
        if size > most_values {
            return Err(EntityError {
                message: format!("an entity holds too many values; the limit is {most_values}"),
            });
        }
        Ok(Self {
            content,
            attributes,
            depth,
            size,
        })
    }

    /// An empty entity to fill in.
    pub fn builder() -> EntityBuilder {
        EntityBuilder::default()
    }

    /// The attributes, in order.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The child of `Content`, as XML that declares its own namespaces.
    pub fn content(&self) -> Option<&str> {
        self.content.as_deref()
    }

    /// The values of an attribute, of any data type and issuer, in order.
    pub fn values<'v>(&'v self, id: &'v str) -> impl Iterator<Item = &'v Value> {
        let named = self.attributes.iter().filter(move |a| *a.id == *id);
        named.flat_map(|attribute| &attribute.values)
    }
}

impl Value {
    /// The number of values: itself, and all in it if it is an entity.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Entity(entity) => entity.size.saturating_add(1),
            _ => 1,
        }
    }
}

/// Makes an [`Entity`] attribute by attribute.
#[derive(Clone, Debug, Default)]
pub struct EntityBuilder {
    attributes: Vec<Attribute>,
    /// The place of the first attribute of each id that has no issuer.
    places: HashMap<Arc<str>, usize>,
    content: Option<Arc<str>>,
}

impl EntityBuilder {
    /// Adds a value to the attribute `id` that has no issuer.
    #[must_use]
    pub fn attribute(mut self, id: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        let (id, value) = (id.into(), value.into());
        match self.places.get(&id) {
            Some(known) => {
                self.attributes[*known].values.push(value);
                self
            }
            None => self.with(Attribute {
                id,
                issuer: None,
                include_in_result: false,
                values: vec![value],
            }),
        }
    }

    /// Adds an attribute, also beside one of the same name.
    #[must_use]
    pub fn with(mut self, attribute: Attribute) -> Self {
        if attribute.issuer.is_none() {
            let place = self.places.entry(attribute.id.clone());
            place.or_insert(self.attributes.len());
        }
        self.attributes.push(attribute);
        self
    }

    /// Sets the content: one XML element that declares its own namespaces.
    #[must_use]
    pub fn content(mut self, xml: impl Into<Arc<str>>) -> Self {
        self.content = Some(xml.into());
        self
    }

    /// The entity.
    ///
    /// # Errors
    ///
    /// It would hold too much: see [`Entity::new`].
    pub fn build(self) -> Result<Entity, EntityError> {
        Entity::new(self.attributes, self.content)
    }
}

/// Writes a text that is equal only for equal entities: every part of it is quoted. It is for
/// people and for keys; it is no lexical form.
impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        if let Some(content) = &self.content {
            write!(f, "{content:?}")?;
        }
        for attribute in &self.attributes {
            write!(f, " {:?}", &*attribute.id)?;
            if let Some(issuer) = &attribute.issuer {
                write!(f, "@{:?}", &**issuer)?;
            }
            f.write_char('=')?;
            for value in &attribute.values {
                let name = value.data_type().unique_name();
                match value {
                    Value::Entity(inner) => write!(f, "{inner}")?,
                    Value::XPathExpression(expression) => write!(f, "{name}{expression:?}")?,
                    value => write!(f, "{name}{:?}", value.lexical())?,
                }
            }
        }
        f.write_char('}')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DataType;

    #[test]
    fn nesting_and_sharing_are_bounded() {
        let mut entity = Entity::builder().attribute("a", 1).build().unwrap();
        for _ in 1..Entity::MOST_DEPTH {
            entity = Entity::builder().attribute("a", entity).build().unwrap();
        }
        let deeper = Entity::builder().attribute("a", entity.clone()).build();
        let message = deeper.unwrap_err().to_string();
        assert_eq!(message, "entities are nested too deep; the limit is 100");
        assert_eq!(entity, entity.clone());
        assert!(entity.to_string().len() > Entity::MOST_DEPTH);
        // One shared by two, and these by two: few in memory, and many to walk through.
        let mut shared = Value::from(Entity::builder().attribute("a", 1).build().unwrap());
        let error = loop {
            let two = Entity::builder().attribute("a", shared.clone());
            match two.attribute("a", shared).build() {
                Ok(two) => shared = two.into(),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("too many values"), "{error}");
    }

    #[test]
    fn texts_tell_entities_apart() {
        let entity = |id: &str, text: &str| Entity::builder().attribute(id, text);
        let with = |issuer: Option<&str>| {
            Entity::builder().with(Attribute {
                id: "a".into(),
                issuer: issuer.map(Arc::from),
                include_in_result: false,
                values: vec!["b".into()],
            })
        };
        let all = [
            Entity::builder(),
            entity("a", "b"),
            entity("a", "b\" \"c\"=string\"d"),
            entity("a", "b").attribute("c", "d"),
            entity("a", "b").attribute("a", "b"),
            entity("a", "b").content("<x/>"),
            entity("a", "{}"),
            Entity::builder().attribute("a", Entity::builder().build().unwrap()),
            with(Some("i")),
            Entity::builder().attribute("a", Value::AnyUri("b".into())),
        ];
        let all: Vec<Entity> = all.into_iter().map(|b| b.build().unwrap()).collect();
        for (i, one) in all.iter().enumerate() {
            for other in &all[..i] {
                assert_ne!(one.to_string(), other.to_string());
                assert_ne!(one, other);
            }
        }
        assert_eq!(all[1], with(None).build().unwrap());
    }

    #[test]
    fn values_have_not_grown_and_entities_are_no_text() {
        assert_eq!(size_of::<Value>(), 32, "times are the largest");
        let error = Value::parse(DataType::Entity, "{}").unwrap_err();
        assert!(error.to_string().contains("not as text"), "{error}");
        let entity = Value::from(Entity::builder().build().unwrap());
        assert_eq!(entity.equal(&entity, crate::value::Zone::UTC), None);
    }
}
