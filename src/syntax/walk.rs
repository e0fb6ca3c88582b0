//! A policy tree → its parts of one kind, however deep they lie.

use std::collections::HashSet;

use super::{
    AdviceExpression, Document, DocumentKind, Match, ObligationExpression, Offset, Policy,
    PolicyChild, PolicySet, PolicySetChild, Reference, Rule, Target, Version, XacmlVersion,
};

/// A policy or a policy set: a whole document, or in place in a policy set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyPolicy<'d> {
    Policy(&'d Policy),
    Set(&'d PolicySet),
}

/// Functions for the parts that policies and policy sets both have.
macro_rules! parts {
    ($($name:ident: $part:ty = |$of:ident| $value:expr;)*) => {
        impl<'d> AnyPolicy<'d> {$(
            pub(crate) fn $name(self) -> $part {
                match self {
                    Self::Policy($of) => $value,
                    Self::Set($of) => $value,
                }
            }
        )*}
    };
}

parts! {
    xacml: XacmlVersion = |of| of.xacml;
    id: &'d str = |of| &of.id;
    version: &'d Version = |of| &of.version;
    offset: Offset = |of| of.offset;
    combining_algorithm: &'d str = |of| &of.combining_algorithm;
    xpath_version: Option<&'d str> = |of| of.xpath_version.as_deref();
    target: &'d Target = |of| &of.target;
    obligations: &'d [ObligationExpression] = |of| &of.obligations;
    advice: &'d [AdviceExpression] = |of| &of.advice;
}

impl<'d> AnyPolicy<'d> {
    pub(crate) fn is_set(self) -> bool {
        matches!(self, Self::Set(_))
    }

    /// The name of its element.
    pub(crate) fn element(self) -> &'static str {
        match self {
            Self::Policy(_) => "Policy",
            Self::Set(_) => "PolicySet",
        }
    }

    /// The policies and policy sets in place in this one, without those within them.
    pub(crate) fn in_place(self) -> impl Iterator<Item = Self> {
        let children = match self {
            Self::Policy(_) => &[][..],
            Self::Set(set) => &set.children[..],
        };
        children.iter().filter_map(|child| match child {
            PolicySetChild::Policy(policy) => Some(Self::Policy(policy)),
            PolicySetChild::PolicySet(set) => Some(Self::Set(set)),
            _ => None,
        })
    }
}

impl<'d> From<&'d Document> for AnyPolicy<'d> {
    fn from(document: &'d Document) -> Self {
        match document {
            Document::Policy(policy) => Self::Policy(policy),
            Document::PolicySet(set) => Self::Set(set),
        }
    }
}

impl Document {
    /// The policies of the document, in its order: itself, or those in its policy sets. Policies that it
    /// refers to are other documents'.
    ///
    /// ```
    /// use vedtak::combining::{policy, rule};
    /// use vedtak::syntax::{Document, Policy, PolicySet, PolicySetChild, Reference};
    ///
    /// let letters = || Policy::new("letters", rule::DENY_OVERRIDES);
    /// let inner = PolicySet::new("inner", policy::DENY_OVERRIDES).child(letters());
    /// let set = PolicySet::new("set", policy::DENY_OVERRIDES)
    ///     .child(inner)
    ///     .child(PolicySetChild::PolicyReference(Reference::new("other")))
    ///     .child(Policy::new("forms", rule::DENY_OVERRIDES));
    /// let mut document = Document::PolicySet(set);
    /// for policy in document.policies_mut() {
    ///     policy.id.insert_str(0, "my-");
    /// }
    /// let ids: Vec<_> = document.policies().map(|policy| &*policy.id).collect();
    /// assert_eq!(ids, ["my-letters", "my-forms"]);
    /// ```
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        let alone = match self {
            Self::Policy(policy) => Some(policy),
            Self::PolicySet(_) => None,
        };
        let within = self.children().filter_map(|child| match child {
            PolicySetChild::Policy(policy) => Some(policy),
            _ => None,
        });
        alone.into_iter().chain(within)
    }

    /// The children of its policy sets, however deep they lie, in its order.
    fn children(&self) -> impl Iterator<Item = &PolicySetChild> {
        let mut open = match self {
            Self::Policy(_) => Vec::new(),
            Self::PolicySet(set) => vec![set.children.iter()],
        };
        std::iter::from_fn(move || {
            loop {
                match open.last_mut()?.next() {
                    Some(child) => {
                        if let PolicySetChild::PolicySet(set) = child {
                            open.push(set.children.iter());
                        }
                        return Some(child);
                    }
                    None => drop(open.pop()),
                }
            }
        })
    }

    /// The references of the document to policies and policy sets, in its order, and the kind that each
    /// refers to.
    ///
    /// ```
    /// use vedtak::combining::policy;
    /// use vedtak::syntax::{Document, DocumentKind, PolicySet, PolicySetChild, Reference};
    ///
    /// let set = PolicySet::new("set", policy::DENY_OVERRIDES)
    ///     .child(PolicySetChild::PolicyReference(Reference::new("other")));
    /// let document = Document::PolicySet(set);
    /// let to: Vec<_> = document.references().map(|(kind, to)| (kind, &*to.id)).collect();
    /// assert_eq!(to, [(DocumentKind::Policy, "other")]);
    /// ```
    pub fn references(&self) -> impl Iterator<Item = (DocumentKind, &Reference)> {
        self.children().filter_map(|child| match child {
            PolicySetChild::PolicyReference(to) => Some((DocumentKind::Policy, to)),
            PolicySetChild::PolicySetReference(to) => Some((DocumentKind::PolicySet, to)),
            _ => None,
        })
    }

    /// Whether it is a policy or a policy set.
    pub fn kind(&self) -> DocumentKind {
        match self {
            Self::Policy(_) => DocumentKind::Policy,
            Self::PolicySet(_) => DocumentKind::PolicySet,
        }
    }

    /// The `PolicyId` or `PolicySetId`.
    pub fn id(&self) -> &str {
        AnyPolicy::from(self).id()
    }

    /// The [`policies`](Self::policies), to be changed.
    pub fn policies_mut(&mut self) -> impl Iterator<Item = &mut Policy> {
        let (alone, mut open) = match self {
            Self::Policy(policy) => (Some(policy), Vec::new()),
            Self::PolicySet(set) => (None, vec![set.children.iter_mut()]),
        };
        alone.into_iter().chain(std::iter::from_fn(move || {
            loop {
                match open.last_mut()?.next() {
                    Some(PolicySetChild::Policy(policy)) => return Some(policy),
                    Some(PolicySetChild::PolicySet(set)) => open.push(set.children.iter_mut()),
                    Some(_) => {}
                    None => drop(open.pop()),
                }
            }
        }))
    }
}

/// The policies and policy sets that references lead to, by kind and id: they are parts of others, and
/// are hardly meant to decide by themselves as well.
///
/// ```
/// use vedtak::combining::{policy, rule};
/// use vedtak::syntax::{Document, DocumentKind, Policy, PolicySet, PolicySetChild, Reference};
/// use vedtak::syntax::referred;
///
/// let set = PolicySet::new("all", policy::DENY_OVERRIDES)
///     .child(PolicySetChild::PolicyReference(Reference::new("letters")));
/// let documents: [Document; 2] = [set.into(), Policy::new("letters", rule::DENY_OVERRIDES).into()];
/// let parts = referred(documents.iter().flat_map(Document::references));
/// assert!(parts.contains(&(DocumentKind::Policy, "letters")));
/// assert!(!parts.contains(&(DocumentKind::PolicySet, "all")));
/// ```
pub fn referred<'d>(
    references: impl IntoIterator<Item = (DocumentKind, &'d Reference)>,
) -> HashSet<(DocumentKind, &'d str)> {
    let references = references.into_iter();
    references.map(|(kind, to)| (kind, &*to.id)).collect()
}

impl Policy {
    /// The rules of the policy, in its order.
    ///
    /// ```
    /// use vedtak::combining::rule;
    /// use vedtak::syntax::{Policy, Rule};
    ///
    /// let policy = Policy::new("p", rule::DENY_OVERRIDES).rule(Rule::permit("a")).rule(Rule::deny("b"));
    /// assert!(policy.rules().map(|rule| &*rule.id).eq(["a", "b"]));
    /// ```
    pub fn rules(&self) -> impl Iterator<Item = &Rule> + Clone {
        self.children.iter().filter_map(|child| match child {
            PolicyChild::Rule(rule) => Some(rule),
            _ => None,
        })
    }
}

impl Target {
    /// The matches of all alternatives, in the order of the target.
    ///
    /// ```
    /// use vedtak::syntax::{AttributeReference, Match, Target};
    ///
    /// let of = |value| Match::new("f", value, AttributeReference::default());
    /// let [a, b, c] = ["a", "b", "c"].map(of);
    /// let target = Target::new().any_of([a, b]).any_of([c]);
    /// assert!(target.matches().map(|matching| &*matching.value.text).eq(["a", "b", "c"]));
    /// ```
    pub fn matches(&self) -> impl Iterator<Item = &Match> {
        let all_of = self.any_of.iter().flat_map(|any_of| &any_of.all_of);
        all_of.flat_map(|all_of| &all_of.matches)
    }
}
