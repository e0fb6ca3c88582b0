mod damaged;
mod grants;
mod metadata;

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn standard() -> Catalogue {
    Catalogue::from_json("standard.json", STANDARD.as_bytes()).expect("the embedded table is sound")
}

fn role(catalogue: &Catalogue, name: &str) -> RoleId {
    catalogue
        .role(name)
        .unwrap_or_else(|| panic!("no role `{name}`"))
}

fn package(catalogue: &Catalogue, name: &str) -> PackageId {
    catalogue
        .package(name)
        .unwrap_or_else(|| panic!("no package `{name}`"))
}

fn codes(catalogue: &Catalogue, roles: &[RoleId]) -> Vec<String> {
    let codes = roles
        .iter()
        .map(|id| catalogue.role_by_id(*id).code.to_string());
    codes.collect()
}

fn package_codes(catalogue: &Catalogue, role_name: &str, form: Option<&str>) -> Vec<String> {
    let packages = catalogue
        .packages_of(role(catalogue, role_name), form)
        .iter();
    packages
        .map(|id| catalogue.package_by_id(*id).code.to_string())
        .collect()
}

/// Counts the items of each kind.
fn counts<K: Ord>(kinds: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_insert(0) += 1;
    }
    counts
}

#[test]
fn the_standard_catalogue_is_complete() {
    let catalogue = Catalogue::standard();
    assert_eq!(catalogue.date(), "2026-09-01");
    assert_eq!(catalogue.areas().len(), 49);
    assert_eq!(catalogue.packages().len(), 223);
    assert_eq!(catalogue.roles().len(), 148);
    assert_eq!(catalogue.legal_forms().len(), 57);
    assert_eq!(catalogue.key_roles().len(), 8);
    assert_eq!(
        format!("{catalogue:?}"),
        "Catalogue { date: \"2026-09-01\", packages: 223, roles: 148, .. }"
    );
    let rows = catalogue
        .roles()
        .map(|(id, _)| catalogue.0.rows_of(id).len());
    assert_eq!(rows.sum::<usize>(), 1285);
    let implied = catalogue
        .roles()
        .map(|(id, _)| catalogue.implied_roles(id).len());
    assert_eq!(implied.sum::<usize>(), 304 - 21);
}

#[test]
fn it_is_shared_and_cheap_to_clone() {
    fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let catalogue = Catalogue::standard();
    is_shared(&catalogue);
    assert!(Arc::ptr_eq(&catalogue.0, &Catalogue::standard().0));
}

#[test]
fn packages_by_group_kind_and_provider() {
    let catalogue = standard();
    let group = |package: &Package| {
        let area = catalogue.area(&package.area).expect("is in the table");
        assert_eq!(area.entity_type, package.entity_type);
        area.group.to_string()
    };
    let by_group = counts(catalogue.packages().map(|(_, package)| group(package)));
    let expected = [
        ("Allment", 59),
        ("Bransje", 79),
        ("Innbygger", 35),
        ("Særskilt", 9),
        ("Vergemål", 41),
    ];
    assert_eq!(
        by_group,
        expected
            .map(|(group, count)| (group.to_owned(), count))
            .into()
    );

    let kind = |(_, package): (_, &Package)| package.entity_type.to_string();
    let by_kind = counts(catalogue.packages().map(kind));
    assert_eq!(
        by_kind,
        [("Organisation".to_owned(), 147), ("Person".to_owned(), 76)].into()
    );

    let provider = |(_, package): (_, &Package)| package.provider.to_string();
    let by_provider = counts(catalogue.packages().map(provider));
    let expected = [
        ("Altinn3".to_owned(), 182),
        ("CivilRightsAuthority".to_owned(), 41),
    ];
    assert_eq!(by_provider, expected.into());
}

#[test]
fn packages_by_flags() {
    let catalogue = standard();
    let flags = |package: &Package| {
        (
            package.is_assignable,
            package.is_delegable,
            package.is_available_for_service_owners,
        )
    };
    let with = |wanted: (bool, bool, bool)| -> Vec<&str> {
        let packages = catalogue.packages().map(|(_, package)| package);
        let packages = packages.filter(|package| flags(package) == wanted);
        packages.map(|package| &*package.code).collect()
    };
    assert_eq!(with((true, true, true)).len(), 163);
    assert_eq!(with((false, false, true)).len(), 42);
    assert_eq!(
        with((true, false, false)),
        [
            "hovedadministrator",
            "klientadministrator",
            "konkursbo-tilgangsstyrer",
            "maskinporten-administrator",
            "tilgangsstyrer",
            "tilgangsstyring-enkeltinstanser",
            "virksomhetens-representant-skjemaoppgaver",
            "ffor-tilgangsstyrer-nuf",
        ]
    );
    assert_eq!(
        with((false, true, true)),
        [
            "forretningsforer-eiendom",
            "regnskapsforer-lonn",
            "regnskapsforer-med-signeringsrettighet",
            "regnskapsforer-uten-signeringsrettighet",
            "ansvarlig-revisor",
            "revisormedarbeider",
        ]
    );
    assert_eq!(
        with((true, false, true)),
        [
            "maskinlesbare-hendelser",
            "maskinporten-scopes",
            "maskinporten-scopes-nuf"
        ]
    );
    assert_eq!(
        with((true, true, false)),
        ["innbygger-tilgangsstyring-privatperson"]
    );
    // Nothing of the guardianship register is given on in any way.
    for (_, package) in catalogue.packages() {
        let is_register = package.provider == Provider::CivilRightsAuthority;
        let fixed = flags(package) == (false, false, true);
        assert_eq!(
            fixed,
            is_register || &*package.code == "eksplisitt",
            "{}",
            package.urn
        );
    }
}

#[test]
fn roles_by_provider() {
    let catalogue = standard();
    let provider = |(_, role): (_, &Role)| role.provider.to_string();
    let expected = [
        ("Altinn2", 38),
        ("Altinn3", 7),
        ("CentralCoordinatingRegister", 61),
        ("CivilRightsAuthority", 42),
    ];
    assert_eq!(
        counts(catalogue.roles().map(provider)),
        expected
            .map(|(provider, count)| (provider.to_owned(), count))
            .into()
    );
    let roles = || catalogue.roles().map(|(_, role)| role);
    assert_eq!(roles().filter(|role| role.is_altinn2()).count(), 38);
    assert_eq!(
        roles().filter(|role| role.is_from_register()).count(),
        61 + 42
    );
    for role in roles() {
        let prefix = match role.provider {
            Provider::CentralCoordinatingRegister => "urn:altinn:external-role:ccr:",
            Provider::CivilRightsAuthority => "urn:altinn:external-role:cra:",
            Provider::Altinn2 => "urn:altinn:rolecode:",
            Provider::Altinn3 => "urn:altinn:role:",
        };
        assert_eq!(*role.urn, *format!("{prefix}{}", role.code));
        let has_legacy = role.provider == Provider::CentralCoordinatingRegister
            || ["privatperson", "selvregistrert"].contains(&&*role.code);
        assert_eq!(role.legacy_code.is_some(), has_legacy, "{}", role.urn);
        assert_eq!(role.legacy_urn.is_some(), has_legacy, "{}", role.urn);
    }
    let mut keys: Vec<_> = catalogue
        .key_roles()
        .iter()
        .filter_map(|id| catalogue.role_by_id(*id).legacy_code.as_deref())
        .collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "best", "bobe", "dagl", "dtpr", "dtso", "innh", "komp", "lede"
        ]
    );
}

#[test]
fn every_name_finds_its_own() {
    let catalogue = standard();
    for (id, role) in catalogue.roles() {
        let names = [
            Some(&role.urn),
            Some(&role.code),
            role.legacy_code.as_ref(),
            role.legacy_urn.as_ref(),
        ];
        for name in names.into_iter().flatten() {
            assert_eq!(catalogue.role(name), Some(id), "{name}");
            assert_eq!(catalogue.role(&name.to_uppercase()), Some(id), "{name}");
        }
    }
    for (id, package) in catalogue.packages() {
        for name in [&package.urn, &package.code] {
            assert_eq!(catalogue.package(name), Some(id), "{name}");
            assert_eq!(catalogue.package(&name.to_uppercase()), Some(id), "{name}");
        }
    }
    // All names of the standard catalogue are different, so that none depends on an order.
    let names: BTreeSet<String> = catalogue
        .roles()
        .flat_map(|(_, role)| {
            let legacy = [&role.legacy_code, &role.legacy_urn].into_iter().flatten();
            [&role.urn, &role.code].into_iter().chain(legacy).cloned()
        })
        .map(|name| name.to_lowercase())
        .collect();
    assert_eq!(names.len(), 2 * 148 + 2 * 63);
}

#[test]
fn the_general_manager_by_every_name() {
    let catalogue = standard();
    let id = role(&catalogue, "urn:altinn:external-role:ccr:daglig-leder");
    for name in [
        "urn:altinn:rolecode:dagl",
        "urn:altinn:rolecode:DAGL",
        "URN:ALTINN:EXTERNAL-ROLE:CCR:DAGLIG-LEDER",
        "DAGL",
        "dagl",
        "Daglig-Leder",
    ] {
        assert_eq!(catalogue.role(name), Some(id), "{name}");
    }
    for name in ["", "dag", "dagl ", "daglig leder", "urn:altinn:role:dagl"] {
        assert_eq!(catalogue.role(name), None, "{name}");
    }
    assert_eq!(catalogue.role("FFØR"), catalogue.role("forretningsforer"));
    assert!(catalogue.role("ffor").is_none());
    assert!(catalogue.legal_forms().any(|form| &*form.name == "SÆR"));
}

#[test]
fn the_embedded_table_is_what_is_written() {
    assert!(
        standard().to_json() == STANDARD,
        "the table is not as `to_json` writes it"
    );
}
