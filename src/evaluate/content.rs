//! XPath over the Content of a request (§7.3.7, A.3.15): each Content is read at most once a
//! call, each path followed at most once a decision.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Pass;
use super::cause::{Cause, Indeterminate, Stop};
use super::expression::{COPY, xpath_of};
use crate::error::cut;
use crate::function::{FunctionError, OfNodes, Operand};
use crate::program::{AttributeBag, FunctionId, Program, Selector, SelectorId};
use crate::request::Request;
use crate::request::budget::ReadContent;
use crate::value::{DataType, Entity, Integer, Value, XPathExpression};
use crate::xpath::{self, Budget, Exhausted, Node, Path, Tree};

/// The Contents that a decision has read, and the nodes selected in them. They hold for all passes:
/// no attribute fetched between passes changes a Content, and a result that waits for one is not
/// kept.
#[derive(Default)]
pub(super) struct ContentTrees {
    /// The trees read, by the place of the category in the request.
    trees: Vec<OnceCell<ReadContent>>,
    /// The bags selected, by selector; as many as the largest program so far had. INVARIANT: all
    /// but those that were followed are empty, so that selectors of other policies cost a decision
    /// nothing.
    bags: Vec<OnceCell<Result<Vec<Value>, Indeterminate>>>,
    followed: RefCell<Vec<SelectorId>>,
    /// The nodes that expressions select, by the address of the expression, which is kept here.
    selected: RefCell<HashMap<usize, Selected>>,
    /// The contents of entities, by the address of the entity, which is kept here.
    entities: RefCell<HashMap<usize, OfEntity>>,
}

/// An expression and the nodes that it selects.
type Selected = (Arc<XPathExpression>, Arc<[Node]>);

/// An entity and its content, or why that cannot be read.
type OfEntity = (Arc<Entity>, Result<Arc<Tree>, String>);

impl ContentTrees {
    pub(super) fn clear(&mut self) {
        self.trees.clear();
        // Most decisions follow no path, and testing for that is cheaper than clearing.
        if !self.followed.get_mut().is_empty() {
            for selector in self.followed.get_mut().drain(..) {
                self.bags[selector.index()].take();
            }
        }
        if !self.selected.get_mut().is_empty() {
            self.selected.get_mut().clear();
        }
        if !self.entities.get_mut().is_empty() {
            self.entities.get_mut().clear();
        }
    }

    /// Makes room, if the policies use XPath.
    pub(super) fn prepare(&mut self, program: &Program, request: &Request) {
        if program.uses_xpath {
            let categories = request.categories().len();
            self.trees.resize_with(categories, OnceCell::new);
            if self.bags.len() < program.selectors.len() {
                self.bags
                    .resize_with(program.selectors.len(), OnceCell::new);
            }
        }
    }

    /// The categories whose Content was read, by their place in the request.
    pub(super) fn read(&self) -> impl Iterator<Item = usize> + '_ {
        let trees = self.trees.iter().enumerate();
        trees
            .filter(|(_, tree)| tree.get().is_some())
            .map(|(category, _)| category)
    }
}

impl ContentTrees {
    /// A text for each Content that was read, equal only if the Content and the version of XPath
    /// are.
    pub(super) fn keys(&self, request: &Request) -> impl Iterator<Item = String> {
        // Whether the request's own expressions can be understood makes a difference, too.
        let version = match request.known_xpath_version() {
            Ok(xpath::Version::One) => "",
            _ => request.xpath_version().unwrap_or(""),
        };
        self.read().map(move |place| {
            let attributes = &request.categories()[place];
            let content = attributes.content.as_deref().unwrap_or("");
            let (category, length) = (&attributes.category, content.len());
            format!(
                "{}:{category}/{length}:{content}{}:{version};",
                category.len(),
                version.len()
            )
        })
    }
}

/// Bytes of XML read in the time of one unit of work.
const BYTES_READ: usize = 16;

/// Bytes of text that a value keeps for one unit of work, as the functions of strings count them.
const BYTES_COPIED: usize = 8;

impl<'e> Pass<'e> {
    /// The bag of a selector (§7.3.7).
    pub(super) fn selected_bag(
        &self,
        id: SelectorId,
        must_be_present: bool,
    ) -> Result<&'e [Value], Stop> {
        let kept = &self.contents.bags[id.index()];
        let known = match kept.get() {
            Some(known) => known,
            None => {
                let found = match self.select(&self.program.selectors[id.index()]) {
                    Err(Stop::Open) => return Err(Stop::Open),
                    Err(Stop::Indeterminate(reason)) => Err(reason),
                    Ok(values) => Ok(values),
                };
                self.contents.followed.borrow_mut().push(id);
                kept.get_or_init(|| found)
            }
        };
        match known {
            Err(reason) => Err(Stop::Indeterminate(*reason)),
            // §7.3.5: no node is a missing attribute.
            Ok(values) if values.is_empty() && must_be_present => {
                Err(Cause::NothingSelected(id).into())
            }
            Ok(values) => Ok(values),
        }
    }

    fn select(&self, selector: &Selector) -> Result<Vec<Value>, Stop> {
        let Some(tree) = self.tree(&selector.category)? else {
            return Ok(Vec::new());
        };
        let context = match selector.context {
            None => Node::DOCUMENT,
            Some(slot) => {
                let bag = AttributeBag {
                    slot,
                    must_be_present: true,
                };
                self.context_node(selector, self.bag(bag)?)?
            }
        };
        let nodes = self.follow(&selector.path, tree, context)?;
        self.values_of(tree, nodes, selector.data_type, &selector.text)
    }

    /// The values of nodes (§7.3.7).
    pub(super) fn values_of(
        &self,
        tree: &Tree,
        nodes: Vec<Node>,
        data_type: DataType,
        path: &str,
    ) -> Result<Vec<Value>, Stop> {
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            let text = tree.text(node);
            self.spend_on(COPY + text.len() / BYTES_COPIED)?;
            let value = Value::parse(data_type, text).map_err(|error| {
                let message = format!("what `{path}` selects {error}");
                self.failed(None, FunctionError::processing(message))
            })?;
            values.push(value);
        }
        Ok(values)
    }

    /// The only node that the attribute named by `ContextSelectorId` selects.
    fn context_node(&self, selector: &Selector, bag: &[Value]) -> Result<Node, Stop> {
        let wrong = |message: String| -> Stop {
            let message = format!("the context of `{}`: {message}", selector.text);
            self.failed(None, FunctionError::syntax(message))
        };
        let [Value::XPathExpression(expression)] = bag else {
            let count = bag.len();
            return Err(wrong(format!(
                "the attribute that says it has {count} values, not one"
            )));
        };
        if expression.category != selector.category {
            return Err(wrong(format!(
                "`{}` is about the category `{}`, not `{}`",
                expression.text, expression.category, selector.category
            )));
        }
        match &*self.nodes_of(expression)?.unwrap_or_else(|| Arc::new([])) {
            [only] => Ok(*only),
            nodes => Err(wrong(format!(
                "`{}` selects {} nodes, not one",
                expression.text,
                nodes.len()
            ))),
        }
    }

    /// A function of A.3.15.
    pub(super) fn of_nodes(
        &self,
        of: OfNodes,
        function: FunctionId,
        arguments: &[Operand<'_>],
    ) -> Result<Operand<'static>, Stop> {
        let mut sets = SmallVec::<[_; 2]>::new();
        for expression in arguments.iter().flat_map(Operand::values) {
            let expression = xpath_of(expression)?;
            let nodes = self.nodes_of(expression);
            let nodes = nodes.map_err(|stop| self.in_function(function, stop))?;
            sets.push((&expression.category, nodes));
        }
        match (of, &sets[..]) {
            (OfNodes::Count, sets) => {
                let nodes = sets.iter().flat_map(|(_, nodes)| nodes);
                let count: usize = nodes.map(|nodes| nodes.len()).sum();
                Ok(Operand::value(Integer::from(count)))
            }
            // Nodes of two documents are never the same.
            (of, [(category, Some(firsts)), (other, Some(seconds))]) if category == other => {
                Ok(Operand::value(self.meet(of, category, firsts, seconds)?))
            }
            _ => Ok(Operand::value(false)),
        }
    }

    /// Whether a node of the second set is one of the first, or, for a match, within one.
    fn meet(
        &self,
        of: OfNodes,
        category: &str,
        firsts: &[Node],
        seconds: &[Node],
    ) -> Result<bool, Stop> {
        self.spend_on((firsts.len() + seconds.len()) / 4)?;
        let Some(tree) = self.tree(category)? else {
            return Ok(false);
        };
        let mut firsts = firsts.iter().copied().peekable();
        // Where the furthest of the first nodes met so far ends.
        let mut end = Node::DOCUMENT;
        for second in seconds {
            while let Some(first) = firsts.next_if(|first| first <= second) {
                let below = of == OfNodes::Match;
                let this = if below {
                    tree.end(first)
                } else {
                    Node(first.0 + 1)
                };
                end = end.max(this);
            }
            if *second < end {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The nodes that an expression selects in its Content; `None` if the request has no such
    /// Content.
    fn nodes_of(&self, expression: &Arc<XPathExpression>) -> Result<Option<Arc<[Node]>>, Stop> {
        // First: that there is a Content makes a difference, whatever is wrong with the expression.
        let Some(tree) = self.tree(&expression.category)? else {
            return Ok(None);
        };
        let address = Arc::as_ptr(expression) as usize;
        let known = self
            .contents
            .selected
            .borrow()
            .get(&address)
            .map(|(_, nodes)| nodes.clone());
        if known.is_some() {
            self.spend_on(1)?;
            return Ok(known);
        }
        let nodes: Arc<[Node]> = self.followed(expression, tree, Node::DOCUMENT)?.into();
        let kept = (expression.clone(), nodes.clone());
        self.contents.selected.borrow_mut().insert(address, kept);
        Ok(Some(nodes))
    }

    /// The nodes that an expression selects, relative to `context`.
    pub(super) fn followed(
        &self,
        expression: &Arc<XPathExpression>,
        tree: &Tree,
        context: Node,
    ) -> Result<Vec<Node>, Stop> {
        let address = Arc::as_ptr(expression) as usize;
        let path = match self.program.paths.get(&address) {
            Some((_, path)) => Cow::Borrowed(&**path),
            None => Cow::Owned(self.path_of(expression)?),
        };
        self.follow(&path, tree, context)
    }

    /// Compiles an expression that no policy wrote.
    fn path_of(&self, expression: &XPathExpression) -> Result<Path, Stop> {
        let (text, prefixes) = (&expression.text, &expression.namespaces);
        self.spend_on(text.len().saturating_mul(1 + prefixes.len() / 8))?;
        let wrong = |message: String| -> Stop { self.failed(None, FunctionError::syntax(message)) };
        let version = self.bindings.request.known_xpath_version().map_err(|version| {
            wrong(format!(
                "the request is written for the XPath version `{}`, and only XPath 1.0 is supported",
                cut(version)
            ))
        })?;
        let longest = self.settings.limits().xpath;
        let path = Path::compile(text, prefixes, longest).map_err(|error| {
            wrong(format!(
                "the XPath expression `{}` is not valid: {}",
                cut(text),
                error.message
            ))
        })?;
        match version.refuses(&path) {
            None => Ok(path),
            Some(reason) => Err(wrong(format!(
                "the XPath expression `{}` is not taken: {reason}",
                cut(text)
            ))),
        }
    }

    /// The Content of a category, if it has one. A request may have very many categories.
    pub(super) fn tree(&self, category: &str) -> Result<Option<&'e Tree>, Stop> {
        let categories = self.bindings.request.categories();
        self.spend_on(categories.len() / 16)?;
        let found = categories
            .iter()
            .zip(&self.contents.trees)
            .find_map(|(attributes, tree)| {
                let content = attributes.content.as_ref()?;
                (*attributes.category == *category).then_some((content, tree))
            });
        let Some((content, kept)) = found else {
            return Ok(None);
        };
        let known = match kept.get() {
            Some(known) => known,
            None => {
                let mut read = self.contents_read.borrow_mut();
                let read = read.tree(content, |units| self.spend_on(units))?;
                kept.get_or_init(|| read)
            }
        };
        let known = known.as_ref().map(|tree| Some(&**tree));
        known.map_err(|error| {
            let message = format!("the Content of `{category}` cannot be read: {error}");
            self.failed(None, FunctionError::syntax(message))
        })
    }

    /// The content of an entity, if it has one.
    pub(super) fn tree_of_entity(&self, entity: &Arc<Entity>) -> Result<Option<Arc<Tree>>, Stop> {
        let Some(xml) = entity.content() else {
            return Ok(None);
        };
        let address = Arc::as_ptr(entity) as usize;
        let known = self
            .contents
            .entities
            .borrow()
            .get(&address)
            .map(|(_, tree)| tree.clone());
        let tree = match known {
            Some(known) => known,
            None => {
                self.spend_on(COPY + xml.len() / BYTES_READ)?;
                let tree = Tree::read(xml).map(Arc::new);
                let kept = (entity.clone(), tree.clone());
                self.contents.entities.borrow_mut().insert(address, kept);
                tree
            }
        };
        tree.map(Some).map_err(|error| {
            let message = format!("the Content of an entity cannot be read: {error}");
            self.failed(None, FunctionError::syntax(message))
        })
    }

    fn follow(&self, path: &Path, tree: &Tree, context: Node) -> Result<Vec<Node>, Stop> {
        let before = self.environment.work_left();
        let budget = Budget::new(before);
        let selected = path.select(tree, context, &budget);
        let spent = match &selected {
            Ok(_) => before - budget.left(),
            // More than there is, so that the whole decision knows.
            Err(Exhausted) => u64::MAX,
        };
        let spend = self.environment.spend(spent);
        spend.map_err(|_| Stop::from(Cause::Exhausted))?;
        selected.map_err(|Exhausted| Cause::Exhausted.into())
    }
}
