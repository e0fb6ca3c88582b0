//! The codes of the reasons for which something may or may not be delegated.

/// The reason codes of Altinn's delegation check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckReason {
    /// Another reason; the refusal says which.
    Unknown,
    /// A role gives it, or makes its holder a main administrator, who need not have it; or she is
    /// the person concerned.
    RoleAccess,
    /// A delegation gives it.
    DelegationAccess,
    /// No role gives it.
    MissingRoleAccess,
    /// No delegation gives it.
    MissingDelegationAccess,
    /// The party is on no access list that opens the resource.
    AccessListValidationFail,
    /// An access package gives it, or makes its holder a main administrator, who need not have it.
    PackageAccess,
    /// No access package gives it.
    MissingPackageAccess,
    /// The resource cannot be delegated.
    ResourceNotDelegable,
    /// The resource is an API behind scopes of Maskinporten.
    ResourceIsMaskinPortenSchema,
}

impl CheckReason {
    /// The name of the code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::RoleAccess => "RoleAccess",
            Self::DelegationAccess => "DelegationAccess",
            Self::MissingRoleAccess => "MissingRoleAccess",
            Self::MissingDelegationAccess => "MissingDelegationAccess",
            Self::AccessListValidationFail => "AccessListValidationFail",
            Self::PackageAccess => "PackageAccess",
            Self::MissingPackageAccess => "MissingPackageAccess",
            Self::ResourceNotDelegable => "ResourceNotDelegable",
            Self::ResourceIsMaskinPortenSchema => "ResourceIsMaskinPortenSchema",
        }
    }

    /// The number of the code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::RoleAccess => 1,
            Self::DelegationAccess => 2,
            Self::MissingRoleAccess => 4,
            Self::MissingDelegationAccess => 5,
            Self::AccessListValidationFail => 10,
            Self::PackageAccess => 11,
            Self::MissingPackageAccess => 12,
            Self::ResourceNotDelegable => 13,
            Self::ResourceIsMaskinPortenSchema => 14,
        }
    }
}
