//! The standard catalogue in the shape of Altinn's public metadata, and what differs once it is
//! changed there.

use super::*;
use crate::altinn::json::ObjectWriter;

const DAY: &str = "2026-11-01";

/// Returns the files of packages and roles.
fn metadata(catalogue: &Catalogue) -> [String; 2] {
    let mut groups: Vec<(&str, EntityType)> = Vec::new();
    for area in catalogue.areas() {
        if !groups.contains(&(&area.group, area.entity_type)) {
            groups.push((&area.group, area.entity_type));
        }
    }
    let mut packages = String::new();
    let mut writer = ObjectWriter::new(&mut packages);
    writer.array("groups", groups, |out, (name, entity_type)| {
        let mut group = ObjectWriter::new(out);
        group.text("name", name);
        group.text("type", &entity_type.to_string());
        let areas = catalogue.areas().filter(|area| &*area.group == name);
        group.array("areas", areas, |out, area| {
            let mut object = ObjectWriter::new(out);
            object.text("id", &area.uuid);
            object.text("name", &area.name);
            object.text("urn", &area.urn);
            object.json("icon", "null");
            let packages = catalogue.packages().map(|(_, package)| package);
            let packages = packages.filter(|package| package.area == area.urn);
            object.array("packages", packages, |out, package| {
                let mut object = ObjectWriter::new(out);
                object.text("id", &package.uuid);
                object.text("name", &package.name);
                object.text("urn", &package.urn);
                object.json("description", "null");
                object.flag("isDelegable", package.is_delegable);
                object.flag("isAssignable", package.is_assignable);
                let is_available = package.is_available_for_service_owners;
                object.flag("isResourcePolicyAvailable", is_available);
                object.end();
            });
            object.end();
        });
        group.end();
    });
    writer.end();
    let mut roles = String::new();
    let mut writer = ObjectWriter::new(&mut roles);
    writer.array("roles", catalogue.roles(), |out, (_, role)| {
        let mut object = ObjectWriter::new(out);
        object.text("id", &role.uuid);
        object.text("name", &role.name);
        object.text("code", &role.code.to_uppercase());
        object.text("urn", &role.urn);
        object.flag("isKeyRole", role.is_key_role);
        object.flag(
            "isResourcePolicyAvailable",
            role.is_available_for_service_owners,
        );
        let legacy = role.legacy_code.as_ref().unwrap_or(&role.code);
        object.text("legacyRoleCode", &legacy.to_uppercase());
        object.end();
    });
    writer.end();
    // The files are arrays.
    [packages, roles].map(|text| {
        let (start, end) = (text.find('[').expect("an array"), text.len() - 1);
        text[start..end].to_string()
    })
}

fn fetched(packages: &str, roles: &str) -> Catalogue {
    let files = [("roles.json", roles), ("export.json", packages)];
    let read = standard().with_metadata(DAY, files);
    read.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_standard_catalogue_as_metadata_is_no_difference() {
    let standard = standard();
    let [packages, roles] = metadata(&standard);
    let fetched = fetched(&packages, &roles);
    let difference = standard.difference(&fetched);
    assert!(difference.is_empty(), "{difference}");
    assert_eq!(difference.to_string(), "no difference\n");
    assert_eq!(fetched.date(), DAY);
    // Grants, implied roles and the order are the same, too.
    let dated = fetched.to_json().replacen(DAY, standard.date(), 1);
    assert!(dated == standard.to_json(), "the two tables differ");
}

#[test]
fn each_kind_of_difference_is_found() {
    let standard = standard();
    let [packages, roles] = metadata(&standard);
    let packages = packages
        .replace(
            "urn:altinn:accesspackage:jordbruk\"",
            "urn:altinn:accesspackage:gardsbruk\"",
        )
        .replace("\"Skogbruk\"", "\"Skog\"");
    let roles = roles
        .replace("urn:altinn:rolecode:utinn\"", "urn:altinn:rolecode:utfyl\"")
        .replace("\"UTINN\"", "\"UTFYL\"")
        .replace("\"Daglig leder\"", "\"Leder\"");
    let later = fetched(&packages, &roles);
    let difference = standard.difference(&later);
    let text = difference.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "package `urn:altinn:accesspackage:gardsbruk` is new",
            "package `urn:altinn:accesspackage:jordbruk` is gone",
            "package `urn:altinn:accesspackage:skogbruk`: `name` was `Skogbruk` and is `Skog`",
            "role `urn:altinn:rolecode:utfyl` is new",
            "role `urn:altinn:rolecode:utinn` is gone",
            "role `urn:altinn:external-role:ccr:daglig-leder`: `name` was `Daglig leder` and is \
             `Leder`",
        ],
    );
    // The other way round, what was new is gone.
    let back = later.difference(&standard);
    assert_eq!(back.packages.added, difference.packages.gone);
    assert_eq!(back.roles.gone, difference.roles.added);
    // A role that is gone gives nothing, and one that is there gives what it gave.
    let manager = |catalogue: &Catalogue| package_codes(catalogue, "dagl", Some("AS"));
    let mut before = manager(&standard);
    before.retain(|code| code != "jordbruk");
    let (mut after, mut before) = (manager(&later), before);
    after.sort();
    before.sort();
    assert_eq!(after, before);
    let implied = later.implied_roles(role(&later, "dagl"));
    assert_eq!(
        implied.len() + 1,
        standard.implied_roles(role(&standard, "dagl")).len()
    );
}

#[test]
fn one_file_changes_only_its_items() {
    let standard = standard();
    let [packages, roles] = metadata(&standard);
    for file in [packages, roles] {
        let fetched = standard
            .with_metadata(DAY, [("file.json", file)])
            .expect("is sound");
        let difference = standard.difference(&fetched);
        assert!(difference.is_empty(), "{difference}");
    }
    // Metadata without items is no metadata, but a role may have no package.
    let empty = MetadataFile::new("a.json", "[]");
    for file in [
        empty.clone(),
        empty.clone().in_nynorsk(),
        empty.clone().in_english(),
    ] {
        let error = with(vec![file]).unwrap_err().to_string();
        assert!(
            error.starts_with("a.json:1:1: the metadata has no item"),
            "{error}"
        );
    }
    assert!(with(vec![empty.of_role("dagl")]).is_ok());
    let none: [(&str, &str); 0] = [];
    let same = standard.with_metadata(DAY, none).expect("is sound");
    assert!(standard.difference(&same).is_empty());
}

#[test]
fn problems_of_metadata_have_their_places() {
    let roles = r#"[
{"id": "1", "name": "A", "code": "a", "urn": "urn:altinn:role:a", "isKeyRole": false, "isResourcePolicyAvailable": true},
{"id": "1", "name": "B", "code": "b", "urn": "urn:altinn:role:b", "isKeyRole": 1, "isResourcePolicyAvailable": true},
{"id": "3", "name": "C", "code": "c", "urn": "urn:altinn:rolle:c", "isKeyRole": false, "isResourcePolicyAvailable": true},
{"id": "4", "code": "d", "urn": "urn:altinn:role:a", "isKeyRole": false},
{"id": "5", "name": "E", "code": "A", "urn": "urn:altinn:role:A", "isKeyRole": false, "isResourcePolicyAvailable": true}
]"#;
    let export = r#"[{"name": "G", "type": "Firma", "areas": []}, {"name": "H", "type": {"name": "Person"},
"areas": [{"id": "1", "name": "I", "urn": "i", "packages": [{"id": "1", "urn": "u:new", "name": "N"}]}]}]"#;
    let files = [("r", roles), ("e", export), ("x", "{}")];
    let error = standard().with_metadata("november", files).unwrap_err();
    let problems: Vec<String> = error
        .diagnostics()
        .iter()
        .map(|problem| {
            let at = problem.position();
            let at = at.map_or_else(String::new, |at| format!("{}:{} ", at.line, at.column));
            format!(
                "{}{at}{}",
                problem.source().unwrap_or_default(),
                problem.message()
            )
        })
        .collect();
    assert_eq!(
        problems,
        [
            "`date` is a day such as `2026-09-01`, but found `november`",
            "r3:8 `1` already stands for another role",
            "r3:80 expected a boolean, but found a number",
            "r4:46 `urn:altinn:rolle:c` is no URN of a role",
            "r5:1 member `name` is missing",
            "r5:1 member `isResourcePolicyAvailable` is missing",
            "r6:34 `A` already stands for another role",
            "r6:46 `urn:altinn:role:A` already stands for another role",
            "e1:24 `type` is `Organisation` or `Person`, but found `Firma`",
            "e2:61 member `isAssignable` is missing",
            "e2:61 member `isDelegable` is missing",
            "e2:61 member `isResourcePolicyAvailable` is missing",
            "x1:1 the metadata is an array, of groups of areas or of roles",
        ],
    );
}

/// Fetches files of names and grants beside nothing else.
fn with(files: Vec<MetadataFile>) -> Result<Catalogue, Error> {
    standard().with_metadata(DAY, files)
}

/// Returns a role's packages as the metadata lists them.
fn listed(catalogue: &Catalogue, role: &str, legal_form: Option<&str>, but: &str) -> String {
    let id = catalogue.role(role).expect("is in the table");
    let grants = catalogue.grants(id, legal_form);
    let urns = grants.map(|grant| catalogue.package_by_id(grant.package).urn.clone());
    let mut urns: Vec<String> = urns
        .filter(|urn| !urn.ends_with(but))
        .map(|urn| format!(r#"{{"name": "-", "urn": "{urn}", "description": null}}"#))
        .collect();
    urns.sort();
    urns.dedup();
    format!("[{}]", urns.join(","))
}

fn of_role(text: &str, role: &str, legal_form: Option<&str>) -> MetadataFile {
    let file = MetadataFile::new("role.json", text).of_role(role);
    match legal_form {
        Some(form) => file.of_legal_form(form),
        None => file,
    }
}

#[test]
fn names_in_other_languages_are_those_of_the_files() {
    let standard = standard();
    let [packages, roles] = metadata(&standard);
    let nynorsk = packages
        .replace("\"Skogbruk\"", "\"Skogbruket\"")
        .replace("\"Personale\"", "\"Personalet\"");
    let english = roles.replace("\"Daglig leder\"", "\"Manager\"");
    let files = [
        MetadataFile::new("en.json", &*english).in_english(),
        MetadataFile::new("nn.json", &*nynorsk).in_nynorsk(),
        MetadataFile::new("nn-roles.json", &*roles).in_nynorsk(),
        MetadataFile::from(("export.json", &packages)),
    ];
    let fetched = standard.with_metadata(DAY, files).expect("is sound");
    let package = |name| fetched.package_by_id(fetched.package(name).expect("is there"));
    assert_eq!(&*package("skogbruk").name_nn, "Skogbruket");
    assert_eq!(&*package("skogbruk").name, "Skogbruk");
    let manager = fetched.role_by_id(role(&fetched, "dagl"));
    assert_eq!(
        (&*manager.name, &*manager.name_en),
        ("Daglig leder", "Manager")
    );
    assert_eq!(manager.name_nn.as_deref(), Some("Daglig leder"));
    let area = fetched
        .area("accesspackage:area:personale")
        .expect("is there");
    assert_eq!(area.name_nn.as_deref(), Some("Personalet"));
    let described = roles.replacen(
        "\"isKeyRole\"",
        "\"description\": \"Om rollen\", \"isKeyRole\"",
        1,
    );
    let described = standard.with_metadata(DAY, [("roles.json", &described)]);
    let described = described.expect("is sound");
    let mut told = described
        .roles()
        .filter_map(|(_, role)| role.description.as_deref());
    assert_eq!(told.next(), Some("Om rollen"));
    assert!(
        described
            .to_json()
            .contains("\"description\":\"Om rollen\"")
    );
    // They are written, read and compared.
    let again = Catalogue::from_json("again.json", fetched.to_json().as_bytes()).expect("is read");
    assert_eq!(again.to_json(), fetched.to_json());
    let told = standard.difference(&fetched).to_string();
    let line = "`urn:altinn:accesspackage:skogbruk`: `name_nn` was `Skogbruk` and is `Skogbruket`";
    assert!(told.contains(line), "{told}");

    let unknown = r#"[{"urn": "urn:altinn:role:nobody", "name": "Ingen"}]"#;
    let error = with(vec![MetadataFile::new("nn.json", unknown).in_nynorsk()]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("nn.json:1:10: there is no area, package or role `urn:altinn:role:nobody`"),
        "{text}"
    );
}

#[test]
fn the_packages_of_every_role_as_metadata_are_no_difference() {
    let standard = standard();
    let mut files = Vec::new();
    for (_, role) in standard.roles() {
        for form in [None, Some("AS"), Some("ENK"), Some("NUF")] {
            let text = listed(&standard, &role.urn, form, "nothing");
            if text != "[]" {
                files.push(of_role(&text, &role.urn, form));
            }
        }
    }
    assert!(files.len() > 200, "{}", files.len());
    let difference = standard.difference(&with(files).expect("is sound"));
    assert!(difference.is_empty(), "{difference}");
}

#[test]
fn grants_are_those_of_the_files() {
    let standard = standard();
    // The accountant has three packages, and gets a fourth; the manager of a company loses one.
    let more = r#"[{"urn": "urn:altinn:accesspackage:regnskapsforer-lonn"},
        {"urn": "urn:altinn:accesspackage:jordbruk"}]"#;
    let less = listed(&standard, "dagl", None, "ordinaer-post-til-virksomheten");
    let fetched = with(vec![
        of_role(more, "REGN", None),
        of_role(&less, "daglig-leder", None),
    ]);
    let difference = standard.difference(&fetched.expect("is sound"));
    let text = difference.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let accountant = "role `urn:altinn:external-role:ccr:regnskapsforer` and package \
                      `urn:altinn:accesspackage:";
    for line in [
        "jordbruk`: now `has_access`",
        "regnskapsforer-med-signeringsrettighet`: no longer `has_access`",
        "regnskapsforer-uten-signeringsrettighet`: no longer `has_access`",
    ] {
        let line = format!("{accountant}{line}");
        assert!(lines.contains(&&*line), "{line}\n{text}");
    }
    assert_eq!(difference.grants.len(), 4, "{text}");
    assert!(difference.packages.is_empty() && difference.roles.is_empty());
    // Not even two lists that are equal: who fetches the same twice may have meant another.
    let twice = [("AS", "as"), ("AS", "ENK")].map(|(one, other)| {
        let of = |form| {
            of_role(
                &listed(&standard, "dagl", Some(form), "nothing"),
                "dagl",
                Some(form),
            )
        };
        with(vec![of(one), of(other)]).map_err(|error| error.to_string())
    });
    let refused = twice[0].as_ref().expect_err("is refused");
    assert!(
        refused.contains("another file lists the packages of this role for `AS`, too"),
        "{refused}"
    );
    assert!(twice[1].is_ok(), "{:?}", twice[1].as_ref().err());
    let all = || of_role(&listed(&standard, "dagl", None, "nothing"), "DAGL", None);
    let refused = with(vec![all(), all()])
        .expect_err("is refused")
        .to_string();
    assert!(
        refused.contains("another file lists the packages of this role, too"),
        "{refused}"
    );
    // For one legal form beside those for all.
    let managers = listed(&standard, "dagl", Some("AS"), "nothing").replace(
        "[",
        r#"[{"urn": "urn:altinn:accesspackage:regnskapsforer-lonn"},"#,
    );
    let fetched = with(vec![of_role(&managers, "dagl", Some("as"))]).expect("is sound");
    let text = standard.difference(&fetched).to_string();
    let line = "role `urn:altinn:external-role:ccr:daglig-leder` and package \
                `urn:altinn:accesspackage:regnskapsforer-lonn` for `AS`: now `has_access, can_delegate`\n";
    assert_eq!(text, line);
}

#[test]
fn what_the_packages_of_a_role_do_not_tell_is_a_problem() {
    let standard = standard();
    let one = r#"[{"urn": "urn:altinn:accesspackage:jordbruk"}]"#;
    let less = listed(
        &standard,
        "dagl",
        Some("AS"),
        "ordinaer-post-til-virksomheten",
    );
    for (file, message) in [
        (
            of_role(one, "nobody", None),
            "1:1: there is no role `nobody`",
        ),
        (
            of_role(one, "dagl", Some("XX")),
            "1:1: there is no legal form `XX`",
        ),
        (
            of_role("{}", "dagl", None),
            "1:1: the packages of a role are an array",
        ),
        (
            of_role(
                r#"[{"urn": "urn:altinn:accesspackage:nothing"}]"#,
                "dagl",
                None,
            ),
            "1:10: there is no package `urn:altinn:accesspackage:nothing`",
        ),
        (
            MetadataFile::new("role.json", one).of_legal_form("AS"),
            "1:1: the file is not said to be of a role",
        ),
        // A role that gives nothing so far.
        (
            of_role(one, "utinn", None),
            "1:10: the metadata does not tell whether a holder of the role has \
             `urn:altinn:accesspackage:jordbruk` or may only give it on",
        ),
        (
            of_role(&less, "dagl", Some("AS")),
            "1:1: `urn:altinn:accesspackage:ordinaer-post-til-virksomheten` is a package of this role for \
             every legal form, but is not in the file",
        ),
    ] {
        let text = with(vec![file]).map(|_| ()).unwrap_err().to_string();
        assert!(
            text.contains(&format!("role.json:{message}")),
            "{message}\n{text}"
        );
    }
}

/// Whatever is at the place of a value, reading ends, with a catalogue or with problems.
#[test]
fn damaged_metadata_is_a_problem() {
    let standard = standard();
    let [_, roles] = metadata(&standard);
    let one = roles.split_inclusive('}').next().expect("has a role");
    let one = format!("{one}]");
    let sound = standard.with_metadata(DAY, [("one.json", &one)]);
    assert_eq!(sound.expect("is sound").roles().len(), 1);
    for end in (0..one.len()).filter(|end| one.is_char_boundary(*end)) {
        let cut = &one[..end];
        assert!(
            standard.with_metadata(DAY, [("one.json", cut)]).is_err(),
            "{cut}"
        );
    }
}
