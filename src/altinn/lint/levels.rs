//! Obligations → warnings about the authentication levels they require.

use super::{Linter, WarningKind};
use crate::altinn::id::obligation::{LEVEL, SERVICE_OWNER_LEVEL};
use crate::altinn::level::{CATEGORIES, MinimumLevel, read_level};
use crate::report::{cut, did_you_mean, similar_identifier};
use crate::syntax::{AttributeAssignmentExpression, Effect, Expression, ObligationExpression};
use crate::value::DataType;

impl Linter<'_> {
    pub(super) fn levels(&mut self, obligations: &[ObligationExpression], path: &str) {
        for obligation in obligations {
            let path = format!("Obligation `{}` of {path}", cut(&obligation.id));
            for assignment in &obligation.assignments {
                let category = assignment.category.as_deref().unwrap_or("");
                if !CATEGORIES.contains(&category) {
                    self.category(obligation, assignment, &path);
                    continue;
                }
                if obligation.fulfill_on == Effect::Deny {
                    let message = "this level is asked for where the decision is Deny, and nobody \
                                   is let in then; write FulfillOn=`Permit`";
                    let kind = WarningKind::LevelOnDeny;
                    self.warn(kind, obligation.offset, &path, message.to_owned());
                }
                if let Expression::Value(value) = &assignment.expression {
                    let known = DataType::from_uri(&value.data_type);
                    let is_typed = matches!(known, Some(DataType::Integer | DataType::String));
                    let highest = MinimumLevel::HIGHEST;
                    let text = cut(&value.text);
                    match read_level(&value.text).filter(|_| is_typed) {
                        Some(level) if level > highest => {
                            let message = format!(
                                "nobody is authenticated at level {level}, so nobody is let in; \
                                 levels are 0 to {highest}"
                            );
                            self.warn(WarningKind::LevelTooHigh, value.offset, &path, message);
                        }
                        Some(_) => {}
                        None => {
                            let data_type = known.map_or("", DataType::short_name);
                            let message = format!(
                                "`{text}` as {data_type} is no authentication level, so nobody is \
                                 let in; write an integer from 0 to {highest}"
                            );
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
                let hint = similar.map_or_else(
                    || format!("; expected `{LEVEL}` or `{SERVICE_OWNER_LEVEL}`"),
                    |similar| did_you_mean(Some(similar)),
                );
                let category = cut(category);
                format!(
                    "`{category}` is no category of authentication levels, so this obligation is \
                     not understood{hint}"
                )
            }
            None => format!(
                "an obligation that asks for an authentication level is known by the category of \
                 its assignment, and this one has none; write Category=`{LEVEL}`"
            ),
        };
        let kind = WarningKind::MisspeltLevelCategory;
        self.warn(kind, assignment.offset, path, message);
    }
}
