//! The questions, as they are asked on a command line.

use clap::Subcommand;
use vedtak::altinn::catalogue::Catalogue;
use vedtak::value::DateTime;

use super::files::Given;
use super::parties::Parties;
use super::parts::Part;
use super::who::Who;
use crate::instant::instant;

/// The end of the help on a verb about parties.
macro_rules! about_parties {
    ($examples:literal) => {
        concat!(
            "A party is named by an identifier, such as\n",
            "  urn:altinn:userid:231                              a user, by the number in Altinn\n",
            "  urn:altinn:person:identifier-no:22847318547        a person\n",
            "  urn:altinn:organization:identifier-no:310000401    an organisation\n\n",
            "Without --register and --policy the question is about examples that come with the program: the\n",
            "services ttd-begge, ttd-kun-rolle and ttd-straffesak-brev.\n\n",
            "Examples:\n",
            $examples
        )
    };
}
pub(super) use about_parties;

const POLICY_UNUSED: [Given; 1] = [Given::Policy];
const REQUESTS_UNUSED: [Given; 2] = [Given::Policy, Given::At];
const CATALOGUE_UNUSED: [Given; 3] = [Given::Register, Given::LocalTest, Given::Policy];

#[derive(Debug, Subcommand)]
pub(super) enum Question {
    /// Says whether she may do this, and through what
    #[command(after_help = about_parties!(
        "  vedtak altinn decide urn:altinn:userid:231 urn:altinn:organization:identifier-no:310000401 ttd-begge read
  vedtak altinn decide urn:altinn:org:ttd - ttd-begge read            a service owner, for nobody
  vedtak altinn decide WHO FOR-WHOM my-service read --register register.json --policy my-service.xml"
    ))]
    Decide {
        /// The one who wants to do it: a user, a person, a system user, or a service owner
        who: String,
        /// The party for which it is done; `-` for nobody in particular
        #[arg(value_name = "FOR-WHOM")]
        party: String,
        /// The service, by its id in the resource registry
        resource: String,
        /// The action, as the policy of the service names it
        action: String,
        #[command(flatten)]
        part: Part,
    },
    Who(Who),
    Parties(Parties),
    /// Lists the roles, packages and rights that she has for a party, if the asker may see them
    #[command(after_help = about_parties!(
        "  vedtak altinn rights urn:altinn:userid:231 urn:altinn:organization:identifier-no:310000401 urn:altinn:userid:231 ttd-begge
  vedtak altinn rights WHO FOR-WHOM ASKER --services policies/ --register register.json     to all services of a folder"
    ))]
    Rights {
        /// The one who has them
        who: String,
        /// The party for which she has them
        #[arg(value_name = "FOR-WHOM")]
        party: String,
        /// The one who wants to know; not everybody may see what others have
        asker: String,
        /// The service, by its id in the resource registry
        #[arg(required_unless_present = "services")]
        resource: Option<String>,
        /// List the rights to each service of this folder of policies
        #[arg(long, value_name = "FOLDER", conflicts_with = "resource")]
        services: Option<String>,
    },
    /// Says what she lacks to do this, and who can give it to her
    #[command(after_help = about_parties!(
        "  vedtak altinn needed urn:altinn:userid:234 urn:altinn:organization:identifier-no:310000401 ttd-begge read"
    ))]
    Needed {
        /// The one who wants to do it
        who: String,
        /// The party for which it is to be done
        #[arg(value_name = "FOR-WHOM")]
        party: String,
        /// The service, by its id in the resource registry
        resource: String,
        /// The action, as the policy of the service names it
        action: String,
        #[command(flatten)]
        part: Part,
    },
    /// Says what she may delegate to others for a party, and why not the rest: each right to a service, packages and roles
    #[command(after_help = about_parties!(
        "  vedtak altinn delegable urn:altinn:userid:233 urn:altinn:organization:identifier-no:310000401 ttd-begge
  vedtak altinn delegable urn:altinn:userid:233 urn:altinn:organization:identifier-no:310000401 --package skatt-naering"
    ))]
    Delegable {
        /// The one who wants to delegate
        who: String,
        /// The party for which she wants to
        #[arg(value_name = "FOR-WHOM")]
        party: String,
        /// The service, by its id in the resource registry
        #[arg(required_unless_present_any = ["packages", "roles"])]
        resource: Option<String>,
        /// A package to delegate
        #[arg(id = "packages", long = "package", value_name = "PACKAGE")]
        packages: Vec<String>,
        /// A role to delegate
        #[arg(id = "roles", long = "role", value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Lists the requests for access to a party's affairs that are not answered yet
    #[command(args = REQUESTS_UNUSED.map(Given::unlisted), after_help = "Example:
  vedtak altinn requests urn:altinn:organization:identifier-no:310000401 --register register.json")]
    Requests {
        /// The party whose administrators are asked
        #[arg(value_name = "FOR-WHOM")]
        party: String,
    },
    /// Finds the access packages that words are about; with a folder of policies, the services that a package or a role opens
    #[command(args = POLICY_UNUSED.map(Given::unlisted), after_help = "Examples:
  vedtak altinn package regnskap
  vedtak altinn package annual accounts
  vedtak altinn package skatt --all
  vedtak altinn package skatt-naering --services policies/
  vedtak altinn package utinn --services policies/")]
    Package {
        /// Words in Norwegian or in English
        #[arg(required = true)]
        words: Vec<String>,
        /// List all that are found, and not only the best five
        #[arg(long, conflicts_with = "services")]
        all: bool,
        /// List the services of this folder that the package or the role of this name opens; each policy is of one
        #[arg(long, value_name = "FOLDER")]
        services: Option<String>,
    },
    /// Finds what is probably a mistake in the policies of services
    #[command(args = Given::ALL.map(Given::unlisted), after_help = "Examples:
  vedtak altinn check policies/
  vedtak altinn check ttd-begge.xml --norwegian
  vedtak altinn check app_ttd_brev.xml --task Task_1 --task Task_2
  vedtak altinn check policy.xml --of app_ttd_brev

A policy is of the service that it names, or else of the one that its file is named after.")]
    Check {
        /// Policies, or folders of them
        #[arg(value_name = "FILE", required = true)]
        files: Vec<String>,
        /// The service that a policy is of [default: the one that it names, or that its file is named after]
        #[arg(long, value_name = "SERVICE")]
        of: Option<String>,
        /// A task of the process of an app, in which its owner must read, write and complete
        #[arg(id = "tasks", long = "task", value_name = "TASK")]
        tasks: Vec<String>,
    },
    /// Compares Altinn's public metadata with what this program knows: packages and roles that are new, gone or changed
    #[command(args = CATALOGUE_UNUSED.map(Given::unlisted), after_help = "Example:
  vedtak altinn catalogue packages.json roles.json

The files are those that Altinn's interface for metadata answers with.")]
    Catalogue {
        #[arg(value_name = "FILE", required_unless_present_any = ["nynorsk", "english", "packages_of"])]
        files: Vec<String>,
        /// A file of the metadata in nynorsk, for the names
        #[arg(long, value_name = "FILE")]
        nynorsk: Vec<String>,
        /// A file of the metadata in English, for the names
        #[arg(long, value_name = "FILE")]
        english: Vec<String>,
        /// The packages of a role, for parties of a legal form or of all
        #[arg(long, value_name = "ROLE[:FORM]=FILE", value_parser = packages_of)]
        packages_of: Vec<PackagesOf>,
    },
    /// Tells what changes for the services of a folder until an instant, such as what is lost when roles end
    #[command(args = POLICY_UNUSED.map(Given::unlisted), after_help = "Examples:
  vedtak altinn report policies/ register.json > report.md
  vedtak altinn report policies/ register.json --until 2027-01-01T00:00:00+01:00 --as html > report.html
  vedtak altinn report policies/ --local-test testdata/")]
    Report {
        /// A folder of policies, each of one service, in a file that ends in `.xml`
        folder: String,
        /// A register, in JSON; `-` is standard input [default: that of --register or --local-test]
        #[arg(value_name = "REGISTER")]
        with: Option<String>,
        /// The instant [default: the end of Altinn 2's roles]
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        until: Option<DateTime>,
        /// The form of the report
        #[arg(
            long = "as",
            value_name = "FORM",
            default_value = "markdown",
            conflicts_with = "json"
        )]
        form: Form,
    },
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(super) enum Form {
    #[default]
    Markdown,
    Html,
    Json,
}

impl Question {
    /// The options for all verbs that this question makes no use of: none is passed over in silence.
    pub(super) fn unused(&self) -> &'static [Given] {
        match self {
            Self::Decide { .. } | Self::Rights { services: None, .. } | Self::Needed { .. } => &[],
            Self::Parties(parties) if parties.names_service() => &[],
            Self::Who(who) if who.asks_policy() => &[],
            Self::Delegable {
                resource: Some(_), ..
            } => &[],
            Self::Who(_) | Self::Parties(_) | Self::Rights { .. } | Self::Delegable { .. } => {
                &[Given::Policy]
            }
            Self::Requests { .. } => &REQUESTS_UNUSED,
            Self::Package { services: None, .. } | Self::Check { .. } => &Given::ALL,
            Self::Package { .. } | Self::Report { with: None, .. } => &POLICY_UNUSED,
            Self::Catalogue { .. } | Self::Report { .. } => &CATALOGUE_UNUSED,
        }
    }
}

/// The packages of a role in a file: `regnskapsforer:AS=regn.json`.
#[derive(Clone, Debug)]
pub(super) struct PackagesOf {
    pub(super) role: String,
    pub(super) form: Option<String>,
    pub(super) file: String,
}

fn packages_of(text: &str) -> Result<PackagesOf, String> {
    let wanted = "expected such as `regnskapsforer=regn.json` or `regnskapsforer:AS=regn.json`";
    let (what, file) = text.split_once('=').ok_or(wanted)?;
    // A URN has colons of its own; a legal form begins with a capital letter.
    let is_role = Catalogue::standard().role(what).is_some();
    let (role, form) = match what.rsplit_once(':') {
        Some((role, form)) if !is_role && form.starts_with(char::is_uppercase) => {
            (role, Some(form.to_owned()))
        }
        _ => (what, None),
    };
    match role.is_empty() || file.is_empty() {
        true => Err(wanted.to_owned()),
        false => Ok(PackagesOf {
            role: role.to_owned(),
            form,
            file: file.to_owned(),
        }),
    }
}
