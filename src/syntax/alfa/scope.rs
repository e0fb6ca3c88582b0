//! Namespaces, imports and declarations → what a name means where it stands.

use std::collections::HashMap;

use super::names::{self, ATTRIBUTES, SYSTEM, Standard, standard_attribute, standard_id};
use crate::error::{LONGEST, similar_name};

/// The sort of a declaration. Each has names of its own: a rule may have that of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    Type,
    Category,
    Attribute,
    Function,
    RuleCombinator,
    PolicyCombinator,
    Obligation,
    Advice,
    Rule,
    /// Policies and policy sets.
    Policy,
}

impl Sort {
    /// The word for it in messages.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Category => "category",
            Self::Attribute => "attribute",
            Self::Function => "function",
            Self::RuleCombinator => "rule combinator",
            Self::PolicyCombinator => "policy combinator",
            Self::Obligation => "obligation",
            Self::Advice => "advice",
            Self::Rule => "rule",
            Self::Policy => "policy or policy set",
        }
    }
}

/// A namespace, wherever parts of it are declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NamespaceNo(usize);

/// A block of a namespace, or a file, with imports of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScopeNo(usize);

struct Scope<'a> {
    around: Option<ScopeNo>,
    namespace: NamespaceNo,
    /// The name of the namespace with those around it, cut where it is too long.
    path: String,
    /// By the last part of what is imported.
    imports: HashMap<&'a str, Vec<&'a str>>,
    wildcards: Vec<&'a str>,
}

/// The meaning of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameMeaning {
    /// The declaration of this number.
    Declared(usize),
    /// One of the standard, by its identifier.
    Standard(&'static str),
    /// An attribute of the standard.
    Attribute(&'static Standard),
}

/// Why a name means nothing.
#[derive(Debug)]
pub(super) enum NotFound {
    Unknown,
    /// It is imported from several namespaces.
    Ambiguous,
}

/// The most namespaces that are imported whole where a name stands: each is looked into for it.
pub(super) const MOST_WILDCARDS: usize = 50;

/// The most imports of one name that are looked into: a name found twice is refused anyway.
const MOST_OF_ONE_NAME: usize = 8;

pub(super) struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
    /// A namespace and a name in it → the namespace of that name.
    namespaces: HashMap<(NamespaceNo, &'a str), NamespaceNo>,
    declared: HashMap<(Sort, NamespaceNo, &'a str), NameMeaning>,
    /// The names declared of each sort and where, for suggestions.
    all: HashMap<Sort, Vec<(&'a str, ScopeNo)>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new() -> Self {
        Self {
            scopes: Vec::new(),
            namespaces: HashMap::new(),
            declared: HashMap::new(),
            all: HashMap::new(),
        }
    }

    /// The scope of a file.
    pub(super) fn open_file(&mut self) -> ScopeNo {
        self.add(None, FILE, String::new())
    }

    fn add(&mut self, around: Option<ScopeNo>, namespace: NamespaceNo, path: String) -> ScopeNo {
        self.scopes.push(Scope {
            around,
            namespace,
            path,
            imports: HashMap::new(),
            wildcards: Vec::new(),
        });
        ScopeNo(self.scopes.len() - 1)
    }

    pub(super) fn namespace(&self, scope: ScopeNo) -> NamespaceNo {
        self.scopes[scope.0].namespace
    }

    /// The name of the namespace of a scope.
    pub(super) fn path(&self, scope: ScopeNo) -> &str {
        &self.scopes[scope.0].path
    }

    /// A block of the namespace `name` of that of `around`.
    pub(super) fn open(&mut self, around: ScopeNo, name: &'a str) -> ScopeNo {
        let mut namespace = self.scopes[around.0].namespace;
        for part in name.split('.') {
            let next = NamespaceNo(self.namespaces.len() + 1);
            namespace = *self.namespaces.entry((namespace, part)).or_insert(next);
        }
        let path = match self.path(around) {
            "" => name.to_owned(),
            // It stays too long for those inside.
            outer if outer.len() > LONGEST => outer.to_owned(),
            outer => format!("{outer}.{name}"),
        };
        self.add(Some(around), namespace, path)
    }

    pub(super) fn import(&mut self, scope: ScopeNo, name: &'a str) {
        let last = name.rsplit('.').next().unwrap_or(name);
        let imports = self.scopes[scope.0].imports.entry(last).or_default();
        if !imports.contains(&name) && imports.len() < MOST_OF_ONE_NAME {
            imports.push(name);
        }
    }

    /// Imports all of a namespace; false if too many are.
    pub(super) fn import_all(&mut self, scope: ScopeNo, namespace: &'a str) -> bool {
        let mut count = 0;
        let mut at = Some(scope);
        while let Some(ScopeNo(number)) = at {
            count += self.scopes[number].wildcards.len();
            at = self.scopes[number].around;
        }
        let wildcards = &mut self.scopes[scope.0].wildcards;
        if count < MOST_WILDCARDS {
            wildcards.push(namespace);
        }
        count < MOST_WILDCARDS
    }

    /// Declares a name; false if another declaration of the sort has it already.
    pub(super) fn declare(
        &mut self,
        sort: Sort,
        scope: ScopeNo,
        name: &'a str,
        meaning: NameMeaning,
    ) -> bool {
        let (before, last) = match name.rsplit_once('.') {
            Some((before, last)) => (self.open(scope, before), last),
            None => (scope, name),
        };
        self.all.entry(sort).or_default().push((name, scope));
        let key = (sort, self.scopes[before.0].namespace, last);
        self.declared.insert(key, meaning).is_none()
    }

    /// Finds what a name means in a scope: a declaration of the namespace or an import there, or in the
    /// scope around it; else one of the standard.
    pub(super) fn find(
        &self,
        sort: Sort,
        scope: ScopeNo,
        name: &str,
    ) -> Result<NameMeaning, NotFound> {
        let mut at = Some(scope);
        while let Some(ScopeNo(number)) = at {
            let scope = &self.scopes[number];
            if let Some(found) = self.within(sort, scope.namespace, name.split('.')) {
                return Ok(found);
            }
            let (first, rest) = name.split_once('.').unwrap_or((name, ""));
            let imported = |import, rest| self.imported(sort, scope.namespace, import, rest);
            let named = scope.imports.get(first).into_iter().flatten();
            if let Some(found) = only(named.filter_map(|import| imported(import, rest)))? {
                return Ok(found);
            }
            let wildcards = scope.wildcards.iter();
            if let Some(found) = only(wildcards.filter_map(|all| imported(all, name)))? {
                return Ok(found);
            }
            at = scope.around;
        }
        let namespace = standard_namespace(sort);
        let bare = name
            .strip_prefix(namespace)
            .and_then(|rest| rest.strip_prefix('.'));
        of_standard(sort, bare.unwrap_or(name)).ok_or(NotFound::Unknown)
    }

    /// Finds what is `declared` in the namespace of a scope or in one that is imported whole there, or in
    /// the scope around it: operators have no names, and are found so.
    pub(super) fn find_by_namespace<T: PartialEq>(
        &self,
        scope: ScopeNo,
        declared: impl Fn(NamespaceNo) -> Option<T>,
    ) -> Result<Option<T>, NotFound> {
        let mut at = Some(scope);
        while let Some(ScopeNo(number)) = at {
            let scope = &self.scopes[number];
            if let Some(found) = declared(scope.namespace) {
                return Ok(Some(found));
            }
            let from = |namespace, import: &str| {
                let mut parts = import.split('.');
                declared(parts.try_fold(namespace, |at, part| self.inner(at, part))?)
            };
            let imported =
                |import: &&str| from(scope.namespace, import).or_else(|| from(FILE, import));
            if let Some(found) = only(scope.wildcards.iter().filter_map(imported))? {
                return Ok(Some(found));
            }
            at = scope.around;
        }
        Ok(None)
    }

    fn inner(&self, namespace: NamespaceNo, name: &str) -> Option<NamespaceNo> {
        self.namespaces.get(&(namespace, name)).copied()
    }

    /// Finds what `import.rest` means, seen from a namespace or from the file.
    fn imported(
        &self,
        sort: Sort,
        namespace: NamespaceNo,
        import: &str,
        rest: &str,
    ) -> Option<NameMeaning> {
        let parts = || {
            import
                .split('.')
                .chain(rest.split('.').filter(|part| !part.is_empty()))
        };
        let standard = || {
            let mut parts = parts();
            let is_standard = parts.next() == Some(standard_namespace(sort));
            of_standard(
                sort,
                parts
                    .next()
                    .filter(|_| is_standard && parts.next().is_none())?,
            )
        };
        self.within(sort, namespace, parts())
            .or_else(|| self.within(sort, FILE, parts()))
            .or_else(standard)
    }

    fn within<'n>(
        &self,
        sort: Sort,
        mut namespace: NamespaceNo,
        parts: impl Iterator<Item = &'n str>,
    ) -> Option<NameMeaning> {
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return self.declared.get(&(sort, namespace, part)).copied();
            }
            namespace = self.inner(namespace, part)?;
        }
        None
    }

    /// The known name that one that is not known most likely misspells, as it is written in a scope.
    pub(super) fn similar(&self, sort: Sort, scope: ScopeNo, name: &str) -> Option<String> {
        let declared = self.all.get(&sort).into_iter().flatten();
        // One of this name is elsewhere.
        let last = last_of(name);
        let mut same = declared.clone().filter(|(known, _)| last_of(known) == last);
        let nearest = same.next().or_else(|| {
            let nearest = similar_name(name, declared.clone().map(|(known, _)| *known))?;
            declared.clone().find(|(known, _)| *known == nearest)
        });
        // Either list may have the nearest.
        let Some((known, at)) = nearest else {
            let usual = names::of_other_languages(sort, last);
            let similar = || similar_name(last, names::standard_names(sort));
            return usual.or_else(similar).map(str::to_owned);
        };
        let is_known_here = |written: &str| self.find(sort, scope, written).is_ok();
        let path = self.path(*at);
        Some(match path.is_empty() || is_known_here(known) {
            true => (*known).to_owned(),
            false => format!("{path}.{known}"),
        })
    }
}

const FILE: NamespaceNo = NamespaceNo(0);

/// The last part of a name.
pub(super) fn last_of(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The one thing that is found; an error if there are several.
fn only<T: PartialEq>(mut found: impl Iterator<Item = T>) -> Result<Option<T>, NotFound> {
    let first = found.next();
    match found.any(|other| first.as_ref() != Some(&other)) {
        true => Err(NotFound::Ambiguous),
        false => Ok(first),
    }
}

fn standard_namespace(sort: Sort) -> &'static str {
    match sort {
        Sort::Attribute => ATTRIBUTES,
        _ => SYSTEM,
    }
}

fn of_standard(sort: Sort, name: &str) -> Option<NameMeaning> {
    Some(match sort {
        Sort::Attribute => NameMeaning::Attribute(standard_attribute(name)?),
        _ => NameMeaning::Standard(standard_id(sort, name)?),
    })
}
