//! `attribute-designator` and `attribute-selector` → bags (Related and Nested Entities Profile 1.0
//! §3): the values in an entity, or in a category whose name a policy computes.
//!
//! Attributes of computed categories have no slots; `asked` keeps them.

use std::borrow::Cow;
use std::sync::Arc;

use super::cause::{Cause, Stop};
use super::dynamic_attribute::{DynamicAttribute, HeldValues};
use super::expression::{COPY, Values, both, text_of, xpath_of};
use super::{Flag, Pass};
use crate::attribute::Designator;
use crate::error::cut;
use crate::function::{EntityFunction, FunctionError};
use crate::limits::short;
use crate::program::{AttributeBag, EntityExpression, SlotId};
use crate::request::Attribute;
use crate::value::key;
use crate::value::{DataType, Entity, Value, XPathExpression};
use crate::xpath::{Node, Tree};

/// The work of resolving an attribute, without the search through the request: it covers memory
/// more than time, and the look-up of its provider.
const MET: usize = 64;

impl<'e> Pass<'e> {
    /// One of the two functions, applied.
    pub(super) fn entity(&self, entity: &'e EntityExpression) -> Values<'e> {
        let must = || match &entity.must_be_present {
            Some(must) => self.condition(must),
            None => Ok(false),
        };
        let qualifier = || match &entity.qualifier {
            Some(qualifier) => self.term(qualifier).map(Some),
            None => Ok(None),
        };
        let two = both(self.term(&entity.owner), || self.term(&entity.attribute));
        let three = both(two, must);
        let (((owner, attribute), must_be_present), qualifier) = both(three, qualifier)?;
        let qualifier = qualifier.as_deref().map(text_of).transpose()?;
        let data_type = entity.data_type;
        let bag = match (entity.of, &owner) {
            (EntityFunction::Designator, Cow::Borrowed(Value::Entity(entity))) => {
                self.of_entity(entity, text_of(&attribute)?, data_type, qualifier)?
            }
            (EntityFunction::Designator, Cow::Owned(Value::Entity(entity))) => {
                let bag = self.of_entity(entity, text_of(&attribute)?, data_type, qualifier)?;
                Cow::Owned(bag.into_owned())
            }
            (EntityFunction::Designator, category) => {
                let wanted = Designator {
                    category: text_of(category)?.clone(),
                    id: text_of(&attribute)?.clone(),
                    data_type,
                    issuer: qualifier.cloned(),
                };
                return self.of_category(wanted, must_be_present);
            }
            (EntityFunction::Selector, owner) => {
                let path = xpath_of(&attribute)?;
                let selected = match &**owner {
                    Value::Entity(entity) => self.selected_of_entity(entity, path, qualifier)?,
                    category => self.selected_of_category(text_of(category)?, path, qualifier)?,
                };
                Cow::Owned(match selected {
                    Some((tree, nodes)) => {
                        self.values_of(tree.get(), nodes, data_type, &path.text)?
                    }
                    None => Vec::new(),
                })
            }
        };
        if bag.is_empty() && must_be_present {
            return Err(self.absent(absent(&owner, &attribute, data_type)));
        }
        Ok(bag)
    }

    /// The values of an attribute in an entity, found as in a category of a request (§7.3.4).
    fn of_entity<'v>(
        &self,
        entity: &'v Entity,
        id: &str,
        data_type: DataType,
        issuer: Option<&Arc<str>>,
    ) -> Result<Cow<'v, [Value]>, Stop> {
        self.spend_on(1 + entity.attributes().len())?;
        let attributes = entity.attributes().iter();
        let mut named = attributes.filter(|attribute| {
            *attribute.id == *id && (issuer.is_none() || issuer == attribute.issuer.as_ref())
        });
        let Some(first) = named.next() else {
            return Ok(Cow::Borrowed(&[]));
        };
        self.fitting(first, named, data_type)
    }

    /// The values of a data type among those of attributes of one name: those of the only one as
    /// they are, if all fit.
    fn fitting<'v>(
        &self,
        first: &'v Attribute,
        more: impl Iterator<Item = &'v Attribute>,
        data_type: DataType,
    ) -> Result<Cow<'v, [Value]>, Stop> {
        let fits = |value: &&Value| value.data_type() == data_type;
        self.spend_on(first.values.len() / 4)?;
        let mut more = more.peekable();
        if more.peek().is_none() && first.values.iter().all(|value| fits(&value)) {
            return Ok(Cow::Borrowed(&first.values));
        }
        let mut all = Vec::new();
        for attribute in std::iter::once(first).chain(more) {
            self.spend_on(attribute.values.len().saturating_mul(COPY))?;
            all.extend(attribute.values.iter().filter(fits).cloned());
        }
        Ok(Cow::Owned(all))
    }

    /// The bag of an attribute whose name is computed.
    fn of_category(
        &self,
        wanted: Designator,
        must_be_present: bool,
    ) -> Result<Cow<'e, [Value]>, Stop> {
        self.spend_on(1)?;
        if let Some(slot) = self.program.slots.of(&wanted) {
            let bag = self.bag(AttributeBag {
                slot,
                must_be_present,
            })?;
            return Ok(Cow::Borrowed(bag));
        }
        let name = key::name_key(key::text_key(&wanted.category), &wanted.id);
        let known = self.dynamic_attributes.borrow().all.get_index_of(&wanted);
        let place = match known {
            Some(known) => known,
            None => {
                let held = self.in_request(&wanted, name)?;
                // The host is asked before anything is noted: it may panic.
                let provider = match held {
                    None => self.settings.finder.provider_of(&wanted),
                    Some(_) => None,
                };
                let found = DynamicAttribute {
                    held: match (held, provider) {
                        (Some(held), _) => held,
                        (None, Some(_)) => HeldValues::Pending,
                        (None, None) => HeldValues::Values(Arc::new([])),
                    },
                    provider,
                    met: Flag::default(),
                    valid_until: None,
                };
                self.dynamic_attributes
                    .borrow_mut()
                    .all
                    .insert_full(wanted.clone(), found)
                    .0
            }
        };
        let dynamic_attributes = self.dynamic_attributes.borrow();
        let found = &dynamic_attributes.all[place];
        let bag = match &found.held {
            HeldValues::InRequest(category, attribute) => {
                let category = &self.bindings.request.categories()[*category];
                Cow::Borrowed(&*category.attributes[*attribute].values)
            }
            HeldValues::Values(values) => {
                self.spend_on(values.len().saturating_mul(COPY))?;
                Cow::Owned(values.to_vec())
            }
            HeldValues::Pending => {
                if !self.questions.doubting.get() && !found.met.replace(true) {
                    let slot = SlotId::next(self.program.slots.len() + place);
                    self.notes.borrow_mut().needs.push(slot);
                }
                return Err(Stop::Open);
            }
            HeldValues::Failed(failure) => return Err(Cause::Provider(short(*failure)).into()),
            HeldValues::Unusable(category, place) => return Err(self.unusable(*category, *place)),
        };
        if bag.is_empty() && must_be_present {
            // Behind the program's slots, as its need would be.
            let slot = SlotId::next(self.program.slots.len() + place);
            return Err(Cause::Missing(slot).into());
        }
        Ok(bag)
    }

    /// The values of an attribute in the request (§7.3.4); `None` if there is none.
    fn in_request(&self, wanted: &Designator, name: u64) -> Result<Option<HeldValues>, Stop> {
        let keys = &self.bindings.request.keys().attributes;
        let unusable = &self.bindings.request.keys().unusable;
        self.spend_on(MET + (keys.len() + unusable.len()) / 8)?;
        for key in unusable.iter().filter(|key| key.name == name) {
            let category = &self.bindings.request.categories()[key.category as usize];
            let unusable = &category.unusable()[key.place as usize];
            let issued = wanted.issuer.is_none() || wanted.issuer == unusable.issuer;
            if category.category == wanted.category && unusable.id == wanted.id && issued {
                return Ok(Some(HeldValues::Unusable(key.category, key.place)));
            }
        }
        let mut places = Vec::new();
        for keys in keys.iter().filter(|keys| keys.name == name) {
            let (c, a) = (keys.category as usize, keys.attribute as usize);
            let category = &self.bindings.request.categories()[c];
            let attribute = &category.attributes[a];
            let issued = wanted.issuer.is_none() || wanted.issuer == attribute.issuer;
            if category.category == wanted.category && attribute.id == wanted.id && issued {
                places.push((c, a));
            }
        }
        let attribute =
            |(c, a): (usize, usize)| &self.bindings.request.categories()[c].attributes[a];
        let Some((first, more)) = places.split_first() else {
            return Ok(None);
        };
        let more = more.iter().map(|place| attribute(*place));
        Ok(
            match self.fitting(attribute(*first), more, wanted.data_type)? {
                // An attribute without values says nothing.
                values if values.is_empty() => None,
                Cow::Borrowed(_) => Some(HeldValues::InRequest(first.0, first.1)),
                Cow::Owned(values) => Some(HeldValues::Values(values.into())),
            },
        )
    }

    /// The nodes that a path selects in the Content of a category; `None` without a Content.
    fn selected_of_category(
        &self,
        category: &Arc<str>,
        path: &Arc<XPathExpression>,
        context: Option<&Arc<str>>,
    ) -> Result<Option<(In<'e>, Vec<Node>)>, Stop> {
        let Some(tree) = self.tree(category)? else {
            return Ok(None);
        };
        let node = match context {
            None => Node::DOCUMENT,
            Some(id) => {
                let wanted = Designator {
                    category: category.clone(),
                    id: id.clone(),
                    data_type: DataType::XPathExpression,
                    issuer: None,
                };
                let bag = self.of_category(wanted, true)?;
                let expression = only_expression(&bag, path);
                let expression = expression.map_err(|error| self.failed(None, error))?;
                if expression.category != *category {
                    let message = format!(
                        "`{}` is about the category `{}`, not `{}`",
                        cut(&expression.text),
                        cut(&expression.category),
                        cut(category)
                    );
                    return Err(self.failed(None, wrong_context(path, &message)));
                }
                self.only_node(tree, expression, path)?
            }
        };
        let nodes = self.followed(path, tree, node)?;
        Ok(Some((In::Category(tree), nodes)))
    }

    /// The nodes that a path selects in the Content of an entity; `None` without a Content.
    fn selected_of_entity(
        &self,
        entity: &Arc<Entity>,
        path: &Arc<XPathExpression>,
        context: Option<&Arc<str>>,
    ) -> Result<Option<(In<'e>, Vec<Node>)>, Stop> {
        let Some(tree) = self.tree_of_entity(entity)? else {
            return Ok(None);
        };
        let node = match context {
            None => Node::DOCUMENT,
            Some(id) => {
                let bag = self.of_entity(entity, id, DataType::XPathExpression, None)?;
                if bag.is_empty() {
                    let (entity, id) = (Value::Entity(entity.clone()), Value::AnyUri(id.clone()));
                    return Err(self.absent(absent(&entity, &id, DataType::XPathExpression)));
                }
                let expression = only_expression(&bag, path);
                let expression = expression.map_err(|error| self.failed(None, error))?;
                self.only_node(&tree, expression, path)?
            }
        };
        let nodes = self.followed(path, &tree, node)?;
        Ok(Some((In::Entity(tree), nodes)))
    }

    /// The only node selected by the attribute from which a path begins; otherwise an error.
    fn only_node(
        &self,
        tree: &Tree,
        expression: &Arc<XPathExpression>,
        path: &XPathExpression,
    ) -> Result<Node, Stop> {
        match self.followed(expression, tree, Node::DOCUMENT)?[..] {
            [only] => Ok(only),
            ref nodes => {
                let message = format!(
                    "`{}` selects {} nodes, not one",
                    cut(&expression.text),
                    nodes.len()
                );
                Err(self.failed(None, wrong_context(path, &message)))
            }
        }
    }
}

/// A document that nodes are of.
enum In<'e> {
    Category(&'e Tree),
    Entity(Arc<Tree>),
}

impl In<'_> {
    fn get(&self) -> &Tree {
        match self {
            Self::Category(tree) => tree,
            Self::Entity(tree) => tree,
        }
    }
}

fn only_expression<'b>(
    bag: &'b [Value],
    path: &XPathExpression,
) -> Result<&'b Arc<XPathExpression>, FunctionError> {
    match bag {
        [Value::XPathExpression(only)] => Ok(only),
        values => {
            let count = values.len();
            let message = format!("the attribute that says it has {count} values, not one");
            Err(wrong_context(path, &message))
        }
    }
}

#[cold]
fn wrong_context(path: &XPathExpression, why: &str) -> FunctionError {
    FunctionError::syntax(format!("the context of `{}`: {why}", cut(&path.text)))
}

/// The message about an attribute or node that must be present and is not (§7.3.5).
#[cold]
fn absent(whose: &Value, what: &Value, data_type: DataType) -> String {
    let of_type = data_type.short_name();
    let owner = match whose {
        Value::AnyUri(category) => format!("category `{}`", cut(category)),
        _ => "the entity".to_owned(),
    };
    let message = match what {
        Value::XPathExpression(path) => {
            let path = cut(&path.text);
            format!("`{path}` selects nothing in the Content of {owner}")
        }
        id => {
            let id = cut(id.as_str().unwrap_or(""));
            format!("{owner} has no value of type {of_type} for `{id}`")
        }
    };
    format!("{message}, and the policy says it must be present")
}
