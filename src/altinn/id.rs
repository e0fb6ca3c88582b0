//! The identifiers of Altinn's attributes, as policies and requests spell them.

/// Attributes of the access subject: who asks.
pub mod subject {
    /// A user: a positive integer.
    pub const USER_ID: &str = "urn:altinn:userid";
    /// A person by national identity number, eleven digits.
    pub const PERSON_NUMBER: &str = "urn:altinn:person:identifier-no";
    /// A person by UUID.
    pub const PERSON_UUID: &str = "urn:altinn:person:uuid";
    /// A party by UUID.
    pub const PARTY_UUID: &str = "urn:altinn:party:uuid";
    /// A party by number.
    pub const PARTY_ID: &str = "urn:altinn:partyid";
    /// An organisation by organisation number, nine digits.
    pub const ORGANISATION_NUMBER: &str = "urn:altinn:organization:identifier-no";
    /// The older spelling of [`ORGANISATION_NUMBER`].
    pub const OLD_ORGANISATION_NUMBER: &str = "urn:altinn:organizationnumber";
    /// An organisation by UUID.
    pub const ORGANISATION_UUID: &str = "urn:altinn:organization:uuid";
    /// A service owner by its code, such as `skd`.
    pub const SERVICE_OWNER: &str = "urn:altinn:org";
    /// A system user by UUID; never together with another subject.
    pub const SYSTEM_USER_UUID: &str = "urn:altinn:systemuser:uuid";
    /// An enterprise user by UUID.
    pub const ENTERPRISE_USER_UUID: &str = "urn:altinn:enterpriseuser:uuid";
    /// A role by its short code: of the registers (`dagl`) or of Altinn II (`utinn`).
    pub const ROLE_CODE: &str = "urn:altinn:rolecode";
    /// A role of Altinn 3.
    pub const ROLE: &str = "urn:altinn:role";
    /// A role from Enhetsregisteret.
    pub const REGISTER_ROLE: &str = "urn:altinn:external-role:ccr";
    /// A guardianship role.
    pub const GUARDIAN_ROLE: &str = "urn:altinn:external-role:cra";
    /// An access package.
    pub const ACCESS_PACKAGE: &str = "urn:altinn:accesspackage";
    /// An access group.
    pub const ACCESS_GROUP: &str = "urn:altinn:accessgroup";
    /// What attributes of resource rights begin with; `urn:resourceright:action` is the usual one.
    pub const RESOURCE_RIGHT_PREFIX: &str = "urn:resourceright:";
    /// An access list the asker itself is a member of, as `owner:list`.
    pub const ACCESS_LIST: &str = "urn:altinn:access-list";
    /// `organization` or `person`.
    pub const PARTY_TYPE: &str = "urn:altinn:partytype";
    /// The app that delegates its own instances to whom it chooses (user-controlled signing): a rule
    /// for it says what the app may delegate. Never an attribute of a request.
    pub const RESOURCE_DELEGATION: &str = "urn:altinn:resource:delegation";
    /// A role in the estate of a deceased person, such as
    /// `urn:digitaltdodsbo:formuesfullmakt`.
    pub const ESTATE_ROLE: &str = "urn:digitaltdodsbo:rolecode";
}

/// Attributes that name a party: the one who asks, or the one the resource belongs to.
pub(crate) const PARTY_NAMES: [&str; 10] = [
    subject::USER_ID,
    subject::PERSON_NUMBER,
    subject::PERSON_UUID,
    subject::PARTY_UUID,
    subject::PARTY_ID,
    subject::ORGANISATION_NUMBER,
    subject::OLD_ORGANISATION_NUMBER,
    subject::ORGANISATION_UUID,
    subject::SYSTEM_USER_UUID,
    subject::ENTERPRISE_USER_UUID,
];

/// Attributes of the resource: what is asked for, and the party it belongs to.
pub mod resource {
    /// The resource's id; an app's is `app_{org}_{app}`.
    pub const RESOURCE: &str = "urn:altinn:resource";
    /// The service owner of an app; goes with [`APP`].
    pub const ORG: &str = "urn:altinn:org";
    /// An app; goes with [`ORG`].
    pub const APP: &str = "urn:altinn:app";
    /// An app's instance, as `{party id}/{uuid}`.
    pub const INSTANCE_ID: &str = "urn:altinn:instance-id";
    /// An instance of any resource: a UUID, or an URN that ends in one.
    pub const RESOURCE_INSTANCE_ID: &str = "urn:altinn:resource:instance-id";
    /// Which task an app's instance is in.
    pub const TASK: &str = "urn:altinn:task";
    /// The event an app's instance ended with.
    pub const END_EVENT: &str = "urn:altinn:end-event";
    /// A part of an app, such as `events`.
    pub const APP_RESOURCE: &str = "urn:altinn:appresource";
}

/// Categories that obligations of Altinn's policies give their assignments.
pub mod obligation {
    /// The least authentication level of a user, an integer.
    pub const LEVEL: &str = "urn:altinn:minimum-authenticationlevel";
    /// The least authentication level of a service owner, an integer.
    pub const SERVICE_OWNER_LEVEL: &str = "urn:altinn:minimum-authenticationlevel-org";
}

/// Combining algorithms that the policies of this layer are written with.
pub(crate) mod algorithm {
    pub(crate) const DENY_OVERRIDES: &str =
        "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    pub(crate) const PERMIT_OVERRIDES: &str =
        "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:permit-overrides";
}

/// Match functions that the policies of this layer are written with.
pub(crate) mod function {
    pub(crate) const STRING_EQUAL: &str = "urn:oasis:names:tc:xacml:1.0:function:string-equal";
    pub(crate) const STRING_EQUAL_IGNORE_CASE: &str =
        "urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case";
}
