//! The catalogue: access packages, roles, and which role gives which package.
