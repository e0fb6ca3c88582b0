//! What a schema says of the children of an element.

/// One kind of child an element may have. Children come in the order of their ranks.
#[derive(Clone, Copy)]
pub(crate) struct Particle {
    pub(super) name: &'static str,
    pub(super) rank: u8,
    pub(super) required: bool,
    pub(super) repeats: bool,
}

impl Particle {
    /// The same, but there must be at least one.
    pub(crate) const fn at_least_one(mut self) -> Self {
        self.required = true;
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
    }
}

/// At most one, at this place.
pub(crate) const fn optional(rank: u8, name: &'static str) -> Particle {
    Particle {
        name,
        rank,
        required: false,
        repeats: false,
    }
}

/// Any number, at this place; those of one rank may be mixed.
pub(crate) const fn many(rank: u8, name: &'static str) -> Particle {
    Particle {
        name,
        rank,
        required: false,
        repeats: true,
    }
}
