//! A refusal → its text in a language.

use std::fmt;
use std::sync::Arc;

use super::Refusal;
use crate::altinn::clock::told;
use crate::altinn::delegation::Right;
use crate::altinn::language::texts::refusals as texts;
use crate::altinn::language::{InWords, Language, Say, Words, spoken};
use crate::altinn::pdp::KnownActions;
use crate::altinn::register::OwnUse;
use crate::report::{Visible, cut};

/// The most parts of a resource that a message names.
const MOST_NAMED: usize = 5;

/// Names rights in parts of a resource: the first few.
fn some_parts(parts: &[Right]) -> String {
    let named = parts.iter().take(MOST_NAMED);
    let named: Vec<String> = named.map(|part| format!("`{part}`")).collect();
    let more = if parts.len() > MOST_NAMED {
        ", …"
    } else {
        ""
    };
    named.join(", ") + more
}

spoken! {
    ///
    /// ```
    /// use vedtak::altinn::PartyKey;
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::altinn::register::Refusal;
    /// let refused = Refusal::UnknownParty(PartyKey::Id(50001));
    /// assert_eq!(refused.to_string(), "urn:altinn:partyid:50001 is not in the register");
    /// let told = refused.in_language(Language::Bokmal).to_string();
    /// assert_eq!(told, "urn:altinn:partyid:50001 er ikke i registeret");
    /// ```
    Refusal: "the refusal";
}

impl std::error::Error for Refusal {}

impl Say for Refusal {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        // Parties by key are shown as they are debugged: without the numbers of persons.
        macro_rules! say {
            ($text:ident) => {
                f.write_str(words.say(texts::$text))
            };
            ($text:ident, $($argument:expr),+) => {
                write!(f, "{}", texts::$text.with(words, &[$(&$argument),+]))
            };
        }
        let similar = |name: &Option<Arc<str>>| match name {
            Some(name) => texts::DID_YOU_MEAN.with(words, &[name]).to_string(),
            None => String::new(),
        };
        match self {
            Self::PartyWithoutKey { name } => say!(PARTY_WITHOUT_KEY, cut(name)),
            Self::NoKey(key) => say!(NO_KEY, format!("{key:?}")),
            Self::Blank { what } => match *what {
                "access group" => say!(BLANK_GROUP),
                "access list" => say!(BLANK_LIST),
                "action" => say!(BLANK_ACTION),
                "attribute of a part of the resource" => say!(BLANK_ATTRIBUTE),
                "type of the right" => say!(BLANK_TYPE),
                "value of the right" => say!(BLANK_VALUE),
                what => say!(BLANK, what),
            },
            Self::NoMoreNumbers => say!(NO_MORE_NUMBERS),
            Self::TwoParties(one, other) => {
                say!(TWO_PARTIES, format!("{one:?}"), format!("{other:?}"))
            }
            Self::UnknownParent(key) => say!(UNKNOWN_PARENT, format!("{key:?}")),
            Self::PartOfItself { name } => say!(PART_OF_ITSELF, cut(name)),
            Self::UnknownParty(key) => say!(UNKNOWN_PARTY, format!("{key:?}")),
            Self::DeletedParty { name } => say!(DELETED_PARTY, name),
            Self::UserOfDeletedParty { name, owner } => say!(USER_OF_DELETED_PARTY, name, owner),
            Self::UnknownLegalForm { name, similar: of } => {
                say!(UNKNOWN_LEGAL_FORM, cut(name), similar(of))
            }
            Self::UnknownRole { name, similar: of } => say!(UNKNOWN_ROLE, cut(name), similar(of)),
            Self::UnknownPackage { name, similar: of } => {
                say!(UNKNOWN_PACKAGE, cut(name), similar(of))
            }
            Self::UnknownResource(resource) => say!(UNKNOWN_RESOURCE, resource),
            Self::UnknownOwner { name, similar: of } => say!(UNKNOWN_OWNER, cut(name), similar(of)),
            Self::ForeignInstance {
                instance,
                resource,
                party,
            } => say!(FOREIGN_INSTANCE, instance, resource, party),
            Self::UnknownList(list) => say!(UNKNOWN_LIST, cut(list)),
            Self::ToItself { name } => say!(TO_ITSELF, name),
            Self::EmptyWindow(window) => say!(EMPTY_WINDOW, InWords(window, words)),
            Self::PastWindow { ended, at } => {
                say!(PAST_WINDOW, told(*ended, words), told(*at, words))
            }
            Self::NotAdministrator { by, of } => {
                let english = Words::from(Language::English);
                let mut unnamed = [texts::THIS_PERSON, texts::THIS_USER].into_iter();
                let of = match unnamed.find(|text| english.say(*text) == &**of) {
                    Some(text) => words.say(text),
                    None => of,
                };
                say!(NOT_ADMINISTRATOR, by, of)
            }
            Self::NotClientAdministrator { by, of } => say!(NOT_CLIENT_ADMINISTRATOR, by, of),
            Self::NotHeld { by, what, of } => say!(NOT_HELD, by, InWords(what, words), of),
            Self::NotDecided { by, what, of, why } => {
                say!(NOT_DECIDED, by, InWords(what, words), of, Visible(why))
            }
            Self::RightForAnother { what, of } => {
                say!(RIGHT_FOR_ANOTHER, InWords(what, words), of)
            }
            Self::NotAlone { what, of } => say!(NOT_ALONE, InWords(what, words), of),
            Self::NotGivenByMain { by, what, of } => {
                say!(NOT_GIVEN_BY_MAIN, by, InWords(what, words), of)
            }
            Self::NotToGiveOn { by, what, of } => {
                say!(NOT_TO_GIVE_ON, by, InWords(what, words), of)
            }
            Self::RightNotToGiveOn { by, what, of, why } => {
                let what = InWords(what, words);
                match why {
                    OwnUse::AsAgent => say!(RIGHT_OF_AGENT, by, what, of),
                    OwnUse::NotInParts(parts) => {
                        say!(RIGHT_NOT_IN_PARTS, by, what, of, some_parts(parts))
                    }
                }
            }
            Self::MainAdministratorByDelegation { by, of } => say!(MAIN_BY_DELEGATION, by, of),
            Self::RoleFromRegister { role } => say!(ROLE_FROM_REGISTER, role),
            Self::RoleFromNoRegister { role } => say!(ROLE_FROM_NO_REGISTER, role),
            Self::RoleNotDelegable { role } => say!(ROLE_NOT_DELEGABLE, role),
            Self::NoNewAltinn2Roles { role, since } => {
                say!(NO_NEW_ROLES, role, told(*since, words))
            }
            Self::PackageNotAssignable { package } => say!(PACKAGE_NOT_ASSIGNABLE, package),
            Self::PackageNotDelegable { package } => say!(PACKAGE_NOT_DELEGABLE, package),
            Self::PackageDoesNotFit { package, party } => {
                say!(PACKAGE_DOES_NOT_FIT, package, party)
            }
            Self::RoleDoesNotFit { role, party } => say!(ROLE_DOES_NOT_FIT, role, party),
            Self::RoleOfSystemUser { role, user } => say!(ROLE_OF_SYSTEM_USER, user, role),
            Self::NoRight(resource) => say!(NO_RIGHT, resource),
            Self::Nothing => say!(NOTHING_NAMED),
            Self::ResourceNotDelegable(resource) => say!(RESOURCE_NOT_DELEGABLE, resource),
            Self::MaskinportenSchema(resource) => say!(MASKINPORTEN_SCHEMA, resource),
            Self::RightNotInPolicy {
                resource,
                right,
                known,
            } => {
                let known = KnownActions(known);
                say!(RIGHT_NOT_IN_POLICY, resource, right, InWords(&known, words))
            }
            Self::NotOnAccessList {
                resource,
                action,
                party,
            } => say!(NOT_ON_LIST, resource, cut(action), party),
            Self::NoResourceRight { resource, party } => say!(NO_RESOURCE_RIGHT, resource, party),
            Self::DelegationWithLevel(id) => say!(DELEGATION_WITH_LEVEL, cut(id)),
            Self::DelegationOutOfPackage(id) => say!(DELEGATION_OUT_OF_PACKAGE, cut(id)),
            Self::NoSuchReceiver => say!(NO_SUCH_RECEIVER),
            Self::AlreadyDelegated { record, what } => {
                say!(ALREADY_DELEGATED, record, InWords(what, words))
            }
            Self::NamedTwice { what } => say!(NAMED_TWICE, InWords(what, words)),
            Self::NotDelegableOn(record) => say!(NOT_DELEGABLE_ON, record),
            Self::RecordGivesLess { record, what } => {
                say!(RECORD_GIVES_LESS, record, InWords(what, words))
            }
            Self::RecordFromAnother { record, party } => say!(RECORD_FROM_ANOTHER, record, party),
            Self::RecordHoldsOtherwise { record, holds } => {
                say!(RECORD_HOLDS_OTHERWISE, record, InWords(holds, words))
            }
            Self::RecordRestsOnNothing(record) => say!(RECORD_RESTS_ON_NOTHING, record),
            Self::NoAgent { agent, provider } => say!(NO_AGENT, agent, provider),
            Self::AgentOtherwise {
                agent,
                provider,
                holds,
            } => say!(AGENT_OTHERWISE, agent, provider, InWords(holds, words)),
            Self::NotServed {
                provider,
                what,
                client,
            } => say!(NOT_SERVED, provider, InWords(what, words), client),
            Self::PackageGivesNoLonger {
                package,
                what,
                provider,
                client,
            } => say!(
                PACKAGE_GIVES_NO_LONGER,
                provider,
                InWords(what, words),
                client,
                package
            ),
            Self::NotFound(record) => say!(NOT_FOUND, record),
            Self::NotInvolved { by, record } => say!(NOT_INVOLVED, by, record),
            Self::NotInRecord { record, what } => {
                say!(NOT_IN_RECORD, record, InWords(what, words))
            }
            Self::ThroughRole { to, what, role } => {
                say!(THROUGH_ROLE, to, InWords(what, words), role)
            }
            Self::NotGiven { from, to, what } => {
                say!(NOT_GIVEN, from, to, InWords(what, words))
            }
            Self::NotOwner {
                resource,
                owner,
                by,
            } => say!(NOT_OWNER, resource, cut(owner), cut(by)),
            Self::AlreadyAsked(request) => say!(ALREADY_ASKED, request),
            Self::TooManyRequests { name, of } => say!(TOO_MANY_REQUESTS, name, of),
            Self::Closed(request) => say!(CLOSED, request),
            Self::NotTheAsker(request) => say!(NOT_THE_ASKER, request),
        }
    }
}
