//! The content model of an element: its children, their order and how often each occurs.

/// One kind of child an element may have. Children are in the order of their ranks; a kind that may
/// be at two places is listed once for each.
#[derive(Clone, Copy)]
pub(crate) struct Particle {
    pub(super) name: &'static str,
    pub(super) rank: u8,
    pub(super) required: bool,
    pub(super) repeats: bool,
    /// None for that of the schema being read.
    pub(super) namespace: Option<&'static str>,
}

impl Particle {
    /// Returns the particle with at least one occurrence.
    pub(crate) const fn at_least_one(mut self) -> Self {
        self.required = true;
        self
    }

    /// Returns the particle in another namespace than the schema's.
    pub(crate) const fn of(mut self, namespace: &'static str) -> Self {
        self.namespace = Some(namespace);
        self
    }
}

/// Exactly one, at this place.
pub(crate) const fn one(rank: u8, name: &'static str) -> Particle {
    Particle {
        name,
        rank,
        required: true,
        repeats: false,
        namespace: None,
    }
}

/// At most one, at this place.
pub(crate) const fn optional(rank: u8, name: &'static str) -> Particle {
    Particle {
        name,
        rank,
        required: false,
        repeats: false,
        namespace: None,
    }
}

/// Any number, at this place; those of one rank may be mixed.
pub(crate) const fn many(rank: u8, name: &'static str) -> Particle {
    Particle {
        name,
        rank,
        required: false,
        repeats: true,
        namespace: None,
    }
}
