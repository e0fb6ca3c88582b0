//! The links of long chains of a state that no longer changes → the windows in which they hold, found once
//! for all questions to it.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::state::RecordId;
use crate::altinn::fact::Window;

/// The windows of links, each with all that it rests on; none of a state that may still change.
#[derive(Default)]
pub(super) struct ChainWindows(Option<RwLock<HashMap<RecordId, Window>>>);

impl Clone for ChainWindows {
    /// A copy is made to change.
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl ChainWindows {
    /// The windows of a state that no longer changes, of which none is known yet.
    pub(super) fn of_unchanging() -> Self {
        Self(Some(RwLock::default()))
    }

    pub(super) fn get(&self, link: RecordId) -> Option<Window> {
        // A panic while it is locked leaves whole windows.
        let known = self.0.as_ref()?.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.get(&link).copied()
    }

    pub(super) fn keep(&self, links: &[(RecordId, Window)]) {
        if let Some(known) = &self.0 {
            let known = known.write();
            let mut known = known.unwrap_or_else(PoisonError::into_inner);
            known.extend(links.iter().copied());
        }
    }
}
