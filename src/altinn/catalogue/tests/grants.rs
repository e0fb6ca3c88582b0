//! Tests of the packages and roles that the roles of the standard catalogue give and imply.

use super::*;

#[test]
fn packages_of_the_general_roles() {
    let catalogue = standard();
    let count = |name: &str, form| package_codes(&catalogue, name, form).len();
    // None of these depends on the legal form.
    for form in [
        None,
        Some("AS"),
        Some("NUF"),
        Some("BRL"),
        Some("unheard of"),
    ] {
        assert_eq!(count("dagl", form), 133);
        assert_eq!(count("lede", form), 132);
        assert_eq!(count("dtso", form), 133);
        assert_eq!(count("dtpr", form), 133);
        assert_eq!(count("innh", form), 131);
        assert_eq!(count("komp", form), 131);
        assert_eq!(count("bobe", form), 126);
        assert_eq!(count("best", form), 115);
        assert_eq!(count("priv", form), 35);
        assert_eq!(count("repr", form), 10);
        assert_eq!(count("hovedadministrator", form), 0);
    }
    // Altinn 2's roles give no package at all.
    for (id, role) in catalogue.roles() {
        let is_empty = catalogue.packages_of(id, None).is_empty();
        assert!(is_empty || !role.is_altinn2(), "{}", role.urn);
    }
    let manager: BTreeSet<_> = package_codes(&catalogue, "dagl", None)
        .into_iter()
        .collect();
    let chair: BTreeSet<_> = package_codes(&catalogue, "lede", None)
        .into_iter()
        .collect();
    assert_eq!(
        manager.difference(&chair).collect::<Vec<_>>(),
        ["reelle-rettighetshavere-avvik-eu-oppslag"]
    );
    assert!(manager.is_superset(&chair));
    assert_eq!(
        package_codes(&catalogue, "regn", Some("AS")),
        [
            "regnskapsforer-lonn",
            "regnskapsforer-med-signeringsrettighet",
            "regnskapsforer-uten-signeringsrettighet"
        ]
    );
    assert_eq!(
        package_codes(&catalogue, "revi", None),
        ["ansvarlig-revisor", "revisormedarbeider"]
    );
    assert_eq!(
        package_codes(&catalogue, "priv", None).len(),
        catalogue
            .packages()
            .filter(|(_, package)| {
                let area = catalogue.area(&package.area).expect("is in the table");
                &*area.group == "Innbygger"
            })
            .count()
    );
}

#[test]
fn legal_forms_add_packages() {
    let catalogue = standard();
    assert!(package_codes(&catalogue, "ffør", None).is_empty());
    assert!(package_codes(&catalogue, "ffør", Some("AS")).is_empty());
    assert_eq!(
        package_codes(&catalogue, "ffør", Some("BRL")),
        ["forretningsforer-eiendom"]
    );
    assert_eq!(
        package_codes(&catalogue, "ffør", Some("esek")),
        ["forretningsforer-eiendom"]
    );
    assert_eq!(package_codes(&catalogue, "ffør", Some("NUF")).len(), 10);
    assert_eq!(package_codes(&catalogue, "knuf", None).len(), 12);
    let nuf = package_codes(&catalogue, "knuf", Some("nuf"));
    assert_eq!(nuf.len(), 13);
    assert!(nuf.contains(&"maskinporten-scopes-nuf".to_owned()));
}

#[test]
fn the_fast_lists_hold_what_the_grants_say() {
    let catalogue = standard();
    let forms: Vec<_> = catalogue
        .legal_forms()
        .map(|form| form.name.clone())
        .collect();
    let forms = || forms.iter().map(|form| Some(&**form)).chain([None]);
    for (id, role) in catalogue.roles() {
        for form in forms() {
            let granted = catalogue.grants(id, form).filter(|grant| grant.has_access);
            let granted: BTreeSet<_> = granted.map(|grant| grant.package).collect();
            let listed = catalogue.packages_of(id, form);
            assert_eq!(Vec::from_iter(granted), listed, "{} {form:?}", role.urn);
        }
    }
}

#[test]
fn the_main_administrator_gives_what_it_has_not() {
    let catalogue = standard();
    let id = role(&catalogue, "hovedadministrator");
    assert_eq!(catalogue.grants(id, None).count(), 134);
    assert_eq!(catalogue.grants(id, Some("NUF")).count(), 135);
    assert!(
        catalogue
            .grants(id, Some("NUF"))
            .all(|grant| { !grant.has_access && grant.can_delegate && !grant.can_assign })
    );
    // A role that may be given to others is not held, like such a package.
    assert!(catalogue.implied_roles(id).is_empty());
    let delegable = codes(&catalogue, catalogue.delegable_roles(id));
    assert_eq!(delegable.len(), 21);
    assert!(delegable.contains(&"daglig-leder".to_owned()));
    let others = catalogue.roles().filter(|(other, _)| *other != id);
    assert!(
        others
            .into_iter()
            .all(|(other, _)| catalogue.delegable_roles(other).is_empty())
    );
}

#[test]
fn guardianship_is_one_to_one() {
    let catalogue = standard();
    let mut given = BTreeSet::new();
    for (id, role) in catalogue.roles() {
        if role.provider != Provider::CivilRightsAuthority {
            continue;
        }
        let grants: Vec<_> = catalogue.grants(id, None).collect();
        if &*role.code == "ovrige-disponere-inntekter-dekke-utgifter" {
            assert!(grants.is_empty());
            continue;
        }
        let [grant] = grants[..] else {
            panic!("{} gives {grants:?}", role.code)
        };
        let package = catalogue.package_by_id(grant.package);
        assert_eq!(*package.code, *format!("vergemal-{}", role.code));
        assert_eq!(package.provider, Provider::CivilRightsAuthority);
        assert!(grant.has_access && !grant.can_delegate && !grant.can_assign);
        assert_eq!(catalogue.roles_giving(grant.package).count(), 1);
        given.insert(grant.package);
    }
    assert_eq!(given.len(), 41);
    // The one package whose URN does not end in its code.
    let odd = catalogue.packages().filter(|(_, package)| {
        *package.urn != *format!("urn:altinn:accesspackage:{}", package.code)
    });
    let odd: Vec<_> = odd.map(|(_, package)| &*package.urn).collect();
    assert_eq!(
        odd,
        ["urn:altinn:accesspackage:namsmannen-tvangsfullbyrdelse-forliksradet"]
    );
}

#[test]
fn register_roles_imply_roles_of_altinn_2() {
    let catalogue = standard();
    let expected = [
        ("dagl", 23),
        ("dtpr", 23),
        ("dtso", 23),
        ("innh", 23),
        ("repr", 22),
        ("best", 21),
        ("lede", 21),
        ("bobe", 20),
        ("komp", 19),
        ("priv", 15),
        ("sam", 13),
        ("komk", 12),
        ("ffør", 10),
        ("kemn", 8),
        ("kont", 6),
        ("nest", 6),
        ("mvag", 4),
        ("regn", 3),
        ("medl", 3),
        ("knuf", 3),
        ("revi", 2),
        ("sreva", 2),
        ("mvau", 1),
    ];
    let counted = catalogue.roles().filter_map(|(id, role)| {
        let implied = catalogue.implied_roles(id);
        assert!(
            implied
                .iter()
                .all(|id| catalogue.role_by_id(*id).is_altinn2())
        );
        assert!(implied.is_sorted());
        (!implied.is_empty()).then(|| (role.legacy_code.as_deref().unwrap_or(""), implied.len()))
    });
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), expected.into());
    let implied = |name| codes(&catalogue, catalogue.implied_roles(role(&catalogue, name)));
    assert_eq!(implied("regn"), ["a0239", "a0240", "a0241"]);
    assert_eq!(implied("revi"), ["a0237", "a0238"]);
    assert!(implied("utinn").is_empty());
}

#[test]
fn a_package_knows_who_gives_it() {
    let catalogue = standard();
    let giving = |name| {
        let rows = catalogue.roles_giving(package(&catalogue, name));
        let mut rows: Vec<_> = rows
            .map(|(id, form, grant)| {
                let role = catalogue.role_by_id(id);
                let code = role.legacy_code.as_deref().unwrap_or(&role.code);
                assert!(catalogue.grants(id, form).any(|other| other == grant));
                (
                    code.to_owned(),
                    form.unwrap_or("all").to_owned(),
                    grant.has_access,
                )
            })
            .collect();
        rows.sort();
        rows
    };
    let row = |code: &str, form: &str, access| (code.to_owned(), form.to_owned(), access);
    assert_eq!(
        giving("maskinporten-scopes-nuf"),
        [
            row("hovedadministrator", "NUF", false),
            row("knuf", "NUF", true)
        ]
    );
    assert_eq!(
        giving("urn:altinn:accesspackage:forretningsforer-eiendom"),
        [row("ffør", "BRL", true), row("ffør", "ESEK", true)]
    );
    assert_eq!(giving("jordbruk").len(), 9);
    // Only ever given by hand.
    assert!(giving("konkursbo-tilgangsstyrer").is_empty());
}
