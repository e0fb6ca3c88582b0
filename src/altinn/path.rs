//! The steps from a subject to a fact, in words.

use std::fmt;
use std::sync::Arc;

use super::language::{InWords, Say, Words, spoken, texts, within_sentence};
use crate::report::Visible;

/// The steps by which a subject has a fact, from the subject on. Empty if it has it directly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

/// A step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// A step in the words of a source, which are the same in each language.
    Words(Arc<str>),
    /// A key role in an organisation, by which the subject acts for that.
    KeyRole {
        /// The role.
        role: RoleName,
        /// The name of the organisation.
        organisation: Arc<str>,
    },
    /// An agent's access to a client of its provider.
    Agent {
        /// The name of the provider.
        provider: Arc<str>,
        /// The provider's role for the client.
        role: RoleName,
    },
    /// The main unit of the party, by its name.
    MainUnit(Arc<str>),
    /// A sub-unit of the organisation of the step before, by its name.
    SubUnit(Arc<str>),
    /// A sole proprietorship of the party, by its name.
    Proprietorship(Arc<str>),
    /// A role that gives the fact.
    Role(RoleName),
}

/// The names of a role in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RoleName {
    /// The name in bokmål.
    pub name: Arc<str>,
    /// The name in English.
    pub name_en: Arc<str>,
}

impl Path {
    /// Creates a path of one step, in words such as `via key role daglig leder in FJELL AS`.
    pub fn step(step: impl Into<Step>) -> Self {
        Self {
            steps: vec![step.into()],
        }
    }

    /// Appends a step, the one farther from the subject.
    #[must_use]
    pub fn then(mut self, step: impl Into<Step>) -> Self {
        self.steps.push(step.into());
        self
    }

    /// The steps, from the subject on.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl<T: Into<Arc<str>>> From<T> for Step {
    fn from(words: T) -> Self {
        Self::Words(words.into())
    }
}

impl RoleName {
    pub(in crate::altinn) fn of(role: &super::catalogue::Role) -> Self {
        Self {
            name: role.name.clone(),
            name_en: role.name_en.clone(),
        }
    }

    fn said(&self, words: Words) -> String {
        within_sentence(words.name(&self.name, &self.name_en))
    }
}

impl Say for Step {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let said = match self {
            Self::Words(said) => return write!(f, "{}", Visible(said)),
            Self::KeyRole { role, organisation } => texts::KEY_ROLE
                .with(words, &[&role.said(words), organisation])
                .to_string(),
            Self::Agent { provider, role } => texts::AGENT
                .with(words, &[provider, &role.said(words)])
                .to_string(),
            Self::MainUnit(name) => texts::MAIN_UNIT.with(words, &[name]).to_string(),
            Self::SubUnit(name) => texts::SUB_UNIT.with(words, &[name]).to_string(),
            Self::Proprietorship(name) => texts::PROPRIETORSHIP.with(words, &[name]).to_string(),
            Self::Role(role) => texts::WITH_ROLE
                .with(words, &[&role.said(words)])
                .to_string(),
        };
        write!(f, "{}", Visible(said))
    }
}

impl Say for Path {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        if self.steps.is_empty() {
            return write!(f, "{}", texts::DIRECTLY.with(words, &[]));
        }
        for (i, step) in self.steps.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{}", InWords(step, words))?;
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(f, Words::DISPLAY)
    }
}

spoken! {
    ///
    /// Steps in the words of a source stay as they are.
    ///
    /// ```
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::altinn::facts::Path;
    /// let path = Path::default();
    /// assert_eq!(path.in_language(Language::Bokmal).to_string(), "direkte");
    /// assert_eq!(path.to_string(), "directly");
    /// ```
    Path: "the path";
}
