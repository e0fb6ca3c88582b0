//! Obligations → warnings about the authentication levels they require.

use std::fmt::Display;

use super::{Linter, WarningKind};
use crate::altinn::id::obligation::{LEVEL, SERVICE_OWNER_LEVEL};
use crate::altinn::language::texts::lint as texts;
use crate::altinn::level::{CATEGORIES, MinimumLevel, read_level};
use crate::report::{cut, similar_identifier};
use crate::syntax::{AttributeAssignmentExpression, Effect, Expression, ObligationExpression};
use crate::value::DataType;

impl Linter<'_> {
    pub(super) fn levels(&mut self, obligations: &[ObligationExpression], path: &str) {
        for obligation in obligations {
            let path = self.place("Obligation", &obligation.id, path);
            for assignment in &obligation.assignments {
                let category = assignment.category.as_deref().unwrap_or("");
                if !CATEGORIES.contains(&category) {
                    self.category(obligation, assignment, &path);
                    continue;
                }
                if obligation.fulfill_on == Effect::Deny {
                    let message = self.say(texts::LEVEL_ON_DENY, &[]);
                    let kind = WarningKind::LevelOnDeny;
                    self.warn(kind, obligation.offset, &path, message);
                }
                if let Expression::Value(value) = &assignment.expression {
                    let known = DataType::from_uri(&value.data_type);
                    let is_typed = matches!(known, Some(DataType::Integer | DataType::String));
                    let highest = MinimumLevel::HIGHEST;
                    let text = cut(&value.text);
                    match read_level(&value.text).filter(|_| is_typed) {
                        Some(level) if level > highest => {
                            let message = self.say(texts::LEVEL_TOO_HIGH, &[&level, &highest]);
                            self.warn(WarningKind::LevelTooHigh, value.offset, &path, message);
                        }
                        Some(_) => {}
                        None => {
                            let data_type = known.map_or("", DataType::short_name);
                            let arguments: [&dyn Display; 3] = [&text, &data_type, &highest];
                            let message = self.say(texts::LEVEL_UNREADABLE, &arguments);
                            self.warn(WarningKind::UnreadableLevel, value.offset, &path, message);
                        }
                    }
                }
            }
        }
    }

    /// Warns about an assignment whose category resembles one of levels.
    fn category(
        &mut self,
        obligation: &ObligationExpression,
        assignment: &AttributeAssignmentExpression,
        path: &str,
    ) {
        let is_named = |name: &str| {
            let name = name.to_lowercase();
            name.contains("authenticationlevel") || name.contains("authentication-level")
        };
        let similar = assignment.category.as_deref().and_then(|category| {
            is_named(category)
                .then(|| similar_identifier(category, CATEGORIES))
                .flatten()
                .or_else(|| similar_identifier(category, CATEGORIES))
        });
        if similar.is_none() && !is_named(&obligation.id) && !is_named(&assignment.id) {
            return;
        }
        let message = match &assignment.category {
            Some(category) => {
                let hint = match similar {
                    Some(similar) => self.did_you_mean(Some(similar)),
                    None => self.say(texts::EXPECTED, &[&LEVEL, &SERVICE_OWNER_LEVEL]),
                };
                self.say(texts::NO_LEVEL_CATEGORY, &[&cut(category), &hint])
            }
            None => self.say(texts::LEVEL_WITHOUT_CATEGORY, &[&LEVEL]),
        };
        let kind = WarningKind::MisspeltLevelCategory;
        self.warn(kind, assignment.offset, path, message);
    }
}
