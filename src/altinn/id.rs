//! The identifiers of Altinn's attributes, as in policies and requests.

/// Attributes of the access subject.
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
    /// The prefix of attributes of resource rights; `urn:resourceright:action` is the usual one.
    pub const RESOURCE_RIGHT_PREFIX: &str = "urn:resourceright:";
    /// An access list that the subject itself is a member of, as `owner:list`.
    pub const ACCESS_LIST: &str = "urn:altinn:access-list";
    /// The kind of party: `organization` or `person`.
    pub const PARTY_TYPE: &str = "urn:altinn:partytype";
    /// An app that delegates its own instances to recipients of its choice (user-controlled
    /// signing): a rule for it limits what the app may delegate. Never an attribute of a request.
    pub const RESOURCE_DELEGATION: &str = "urn:altinn:resource:delegation";
    /// A role in the estate of a deceased person, such as
    /// `urn:digitaltdodsbo:formuesfullmakt`.
    pub const ESTATE_ROLE: &str = "urn:digitaltdodsbo:rolecode";
}

/// Attributes that are keys of a party: of the subject, or of the party that the resource belongs
/// to.
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

/// Attributes of the resource, and of the party it belongs to.
pub mod resource {
    /// The resource's id; an app's is `app_{org}_{app}`.
    pub const RESOURCE: &str = "urn:altinn:resource";
    /// The service owner of an app; used with [`APP`].
    pub const ORG: &str = "urn:altinn:org";
    /// An app; used with [`ORG`].
    pub const APP: &str = "urn:altinn:app";
    /// An app's instance, as `{party id}/{uuid}`.
    pub const INSTANCE_ID: &str = "urn:altinn:instance-id";
    /// An instance of any resource: a UUID, or an URN that ends in one.
    pub const RESOURCE_INSTANCE_ID: &str = "urn:altinn:resource:instance-id";
    /// The current task of an app's instance.
    pub const TASK: &str = "urn:altinn:task";
    /// The end event of an app's instance.
    pub const END_EVENT: &str = "urn:altinn:end-event";
    /// A part of an app, such as `events`.
    pub const APP_RESOURCE: &str = "urn:altinn:appresource";
}

/// Categories of the assignments of obligations in Altinn's policies.
pub mod obligation {
    /// The minimum authentication level of a user, an integer.
    pub const LEVEL: &str = "urn:altinn:minimum-authenticationlevel";
    /// The minimum authentication level of a service owner, an integer.
    pub const SERVICE_OWNER_LEVEL: &str = "urn:altinn:minimum-authenticationlevel-org";
}

/// Combining algorithms of the policies that this layer writes.
pub(crate) mod algorithm {
    pub(crate) const DENY_OVERRIDES: &str =
        "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    pub(crate) const PERMIT_OVERRIDES: &str =
        "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:permit-overrides";
}

/// Match functions of the policies that this layer writes.
pub(crate) mod function {
    pub(crate) const STRING_EQUAL: &str = "urn:oasis:names:tc:xacml:1.0:function:string-equal";
    pub(crate) const STRING_EQUAL_IGNORE_CASE: &str =
        "urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case";
}
