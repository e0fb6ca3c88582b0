//! Answers in bokmål: what a policy gives, what changes, who has what, and why something is refused.

use vedtak::altinn::answers::{ChangeReport, PolicyChange};
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::explain::Language::{self, Bokmal};
use vedtak::altinn::register::{NotDelegable, PartyQuery};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::ruling::{Basis, Refused, Veto};
use vedtak::altinn::{PartyKey, Pdp, Register};
use vedtak::value::DateTime;

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/altinn/scenarios/04-roles-and-packages"
);

fn instants() -> [DateTime; 2] {
    ["2026-03-02T09:00:00+01:00", "2027-01-01T00:00:00+01:00"]
        .map(|instant| instant.parse().expect("is an instant"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{name}")).expect("is there")
}

fn firm() -> (Pdp, Register) {
    let register = Register::from_json("register.json", read("register.json").as_bytes());
    let register = register.expect("is sound");
    let both = read("policies/ttd-begge.xml");
    let role = read("policies/ttd-kun-rolle.xml");
    let pdp = Pdp::builder()
        .policy("ttd-begge", both)
        .policy("ttd-kun-rolle", role)
        .register(&register);
    (pdp.build().expect("compiles"), register)
}

#[test]
fn what_a_policy_gives_and_loses_is_told() {
    let (pdp, _) = firm();
    let [now, later] = instants();
    let resource = ResourceId::new("ttd-begge");
    let answers = pdp
        .answers(&resource, now)
        .expect("answers")
        .expect("has a policy");
    let rights = answers.rights().expect("is read");
    assert_eq!(
        rights.in_language(Bokmal).to_string(),
        "read\n  \
           tilgangspakken Skatt næring (skatt-naering)\n  \
           eller rollen utfyller/innsender (utinn), til 1. januar 2027 kl. 00.00\n\
         sign\n  \
           tilgangspakken Skatt næring (skatt-naering) og rollen utfyller/innsender (utinn), til 1. januar 2027 \
           kl. 00.00\n\
         write\n  \
           tilgangspakken Skatt næring (skatt-naering)\n  \
           eller rollen utfyller/innsender (utinn), til 1. januar 2027 kl. 00.00\n"
    );
    let nobody = answers.who_may(&"fly".into()).expect("is read");
    assert_eq!(
        nobody.in_language(Bokmal).to_string(),
        "fly\n  ingen; policyen har `read`, `sign`, `write`\n"
    );
    let after = answers.at(later).rights().expect("is read");
    let change = PolicyChange::between(&rights, &after, &Catalogue::standard());
    let told = change.in_language(Bokmal).to_string();
    for line in [
        "read: noen mister den, men den kan fortsatt gis\n",
        "  faller bort: rollen utfyller/innsender (utinn)\n",
        "  består: tilgangspakken Skatt næring (skatt-naering)\n",
        "sign: ingen er igjen, bortsett fra den som har fått enkeltrettigheten\n",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let english = change.in_language(Language::English).to_string();
    assert!(
        english.contains("kept: the access package Business tax (skatt-naering)"),
        "{english}"
    );
}

#[test]
fn a_report_is_told_and_its_json_is_not() {
    let (pdp, _) = firm();
    let [now, later] = instants();
    let services = ["ttd-begge", "ttd-kun-rolle"].map(ResourceId::new);
    let parties = [PartyKey::organisation("310000401")];
    let report = ChangeReport::between((&pdp, now), (&pdp, later), &services, &parties);
    let report = report.expect("compares");
    let told = report.in_language(Bokmal);
    let text = told.to_markdown();
    for line in [
        "# Endringer fra 2. mars 2026 kl. 09.00 til 1. januar 2027 kl. 00.00\n",
        "\n3 rettigheter blir stående uten rettighetshaver; 2 rettigheter kan fås på færre måter; \
         3 rettighetshavere mister rettigheter.\n",
        "\n1 rettighet blir stående uten rettighetshaver; 2 rettigheter kan fås på færre måter; \
         3 rettighetshavere mister rettigheter.\n",
        "\n| hvem | på vegne av | mister | beholder | får |\n",
        "\n| TORE TJENESTE | BJARKØY MASKIN AS (310000401) |  | read: delegeringen \\`5\\`, direkte |  |\n",
        "— med rollen daglig leder",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert_eq!(told.to_string(), text);
    for word in [" the ", " is ", " lost", " kept", "directly", " with "] {
        assert!(!text.contains(word), "{word}\n{text}");
    }
    let page = told.to_html();
    assert!(
        page.starts_with("<!DOCTYPE html>\n<html lang=\"nb\">"),
        "{page}"
    );
    assert!(page.contains("<th scope=\"col\">mister</th>"), "{page}");
    assert!(report.to_html().contains("<html lang=\"en\">"));
    let json = told.to_json();
    assert!(
        json.contains("— direkte") && !json.contains("directly"),
        "{json}"
    );
    let json = report.to_json();
    assert!(
        json.contains("\"before\":\"2026-03-02T09:00:00+01:00\"")
            || json.contains("2026-03-02T08:00:00Z"),
        "{json}"
    );
    assert!(
        !json.contains("januar") && !json.contains("January"),
        "{json}"
    );
}

#[test]
fn who_has_what_is_told() {
    let (pdp, register) = firm();
    let [now, _] = instants();
    let firm = PartyKey::organisation("310000401");
    let held = pdp.holders(&ResourceId::new("ttd-begge"), &"read".into(), &firm, now);
    let held = held.expect("answers");
    let told = held.in_language(Bokmal).to_string();
    let line = "BEATE BEGGE: rollen utfyller/innsender (utinn) — direkte; eller tilgangspakken Skatt \
                næring (skatt-naering) — direkte\n";
    assert!(told.contains(line), "{told}");
    assert!(
        told.starts_with(&held.holders[0].in_language(Bokmal).to_string()),
        "{told}"
    );

    let snapshot = register.snapshot();
    let parties = snapshot.authorized_parties(&PartyKey::User(231), &PartyQuery::new(), now);
    let told: Vec<String> = parties
        .parties
        .iter()
        .map(|party| party.in_language(Bokmal).to_string())
        .collect();
    let told = told.join("\n");
    for line in [
        "BJARKØY MASKIN AS (310000401), AS\n  rollen utfyller/innsender (utinn) — direkte, fra et register, til 1. januar \
         2027 kl. 00.00\n",
        "UNNI UTFYLLER, tilgangsstyrer\n  rollen privatperson (privatperson) — direkte, på egne vegne; kan ikke \
         delegeres: den kommer fra et register eller følger av hvem man er\n",
        ", gjennom rollen privatperson (privatperson)",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let role = &parties.parties[0].roles[0];
    assert!(
        role.in_language(Bokmal)
            .to_string()
            .starts_with("rollen utfyller/innsender (utinn)")
    );
}

#[test]
fn reasons_are_told() {
    let veto = Veto::NoParty;
    let told = veto.in_language(Bokmal).to_string();
    assert!(
        told.starts_with("denne ressursen er bare for bestemte aktører"),
        "{told}"
    );
    assert_eq!(Basis::Veto(veto).in_language(Bokmal).to_string(), told);
    let refused = Refused::Level {
        required: 3,
        given: 2,
    };
    assert_eq!(
        refused.in_language(Bokmal).to_string(),
        "det kreves sikkerhetsnivå 3, dette er nivå 2"
    );
    assert_eq!(
        NotDelegable::AsAgent.in_language(Bokmal).to_string(),
        "en agent kan ikke gi videre det den har for en klient"
    );
    assert_eq!(
        NotDelegable::AsAgent.to_string(),
        "an agent does not give on what it has for a client"
    );
}

/// A rule that asks the clock may decide otherwise an instant later: it does not hold until the instant
/// of the question.
#[test]
fn the_instant_of_the_question_is_no_end() {
    const CONDITION: &str = r#"</xacml:Target><xacml:Condition>
        <xacml:Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-greater-than-or-equal">
        <xacml:Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-one-and-only">
        <xacml:AttributeDesignator MustBePresent="true" DataType="http://www.w3.org/2001/XMLSchema#dateTime"
        Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
        AttributeId="urn:oasis:names:tc:xacml:1.0:environment:current-dateTime"/></xacml:Apply>
        <xacml:AttributeValue DataType="http://www.w3.org/2001/XMLSchema#dateTime">2026-01-01T00:00:00Z</xacml:AttributeValue>
        </xacml:Apply></xacml:Condition></xacml:Rule>"#;
    let (_, register) = firm();
    let policy = read("policies/ttd-begge.xml");
    let policy = policy.replace("</xacml:Target>\n  </xacml:Rule>", CONDITION);
    assert!(policy.contains("current-dateTime"), "{policy}");
    let pdp = Pdp::builder()
        .policy("ttd-begge", policy)
        .register(&register);
    let pdp = pdp.build().expect("compiles");
    let request = |action: &str| {
        vedtak::Request::builder()
            .subject("urn:altinn:userid", "231")
            .resource("urn:altinn:resource", "ttd-begge")
            .resource("urn:altinn:organization:identifier-no", "310000401")
            .action(action)
            .build()
    };
    let [now, _] = instants();
    let why = pdp.explain_at(&request("read"), now);
    let told = why.in_language(Bokmal).to_string();
    assert!(told.ends_with("\n  gjelder akkurat nå"), "{told}");
    assert!(
        why.to_string().ends_with("\n  holds at this instant"),
        "{why}"
    );
    let unnamed = pdp.explain_at(&request(""), now);
    let told = unnamed.in_language(Bokmal).to_string();
    assert!(
        told.contains("UNNI UTFYLLER kan ikke utføre en uoppgitt handling på"),
        "{told}"
    );
    assert!(
        unnamed
            .to_string()
            .contains("may not perform an unnamed action on"),
        "{unnamed}"
    );
}

/// The reason of a decision that could not be made is in the language of the explanation, and so are the
/// failures of other answers.
#[test]
fn failures_are_told() {
    let (pdp, _) = firm();
    let [now, _] = instants();
    let user = |id: &str| vedtak::Request::builder().subject("urn:altinn:userid", id);
    let of = |request: vedtak::request::RequestBuilder, resource: &str| {
        let request = request.resource("urn:altinn:resource", resource);
        request.action("read").build()
    };
    let firm = ("urn:altinn:organization:identifier-no", "310000401");
    let not_registered = Pdp::builder()
        .policy(
            "ttd-annen",
            read("policies/ttd-begge.xml").replace("ttd-begge", "ttd-annen"),
        )
        .register(
            &Register::from_json("register.json", read("register.json").as_bytes())
                .expect("is sound"),
        )
        .build()
        .expect("compiles");
    for (pdp, request, reason) in [
        (
            &pdp,
            of(user("231"), "ttd-ukjent"),
            "ressursen `ttd-ukjent` har ingen policy",
        ),
        (
            &pdp,
            of(user("9"), "ttd-begge"),
            "den som spør, er ikke kjent: ingen aktør har urn:altinn:userid:9",
        ),
        (
            &pdp,
            of(vedtak::Request::builder(), "ttd-begge"),
            "forespørselen sier ikke hvem som spør",
        ),
        (
            &pdp,
            user("231").action("read").build(),
            "forespørselen sier ikke hvilken ressurs den gjelder",
        ),
        (
            &pdp,
            of(
                user("231").subject("urn:altinn:rolecode", "dagl"),
                "ttd-begge",
            ),
            "forespørselen oppgir selv `urn:altinn:rolecode` for den som spør; det er det registrene som skal si",
        ),
        (
            &not_registered,
            of(user("231").resource(firm.0, firm.1), "ttd-annen"),
            "ressursregisteret kjenner ikke `ttd-annen`, og da kan ingen si hvem ressursen er for",
        ),
    ] {
        let why = pdp.explain_at(&request, now);
        let told = why.in_language(Bokmal).to_string();
        assert!(told.contains(&format!("begrunnelse: {reason}")), "{told}");
        assert!(!told.contains('«'), "{told}");
        let troubles = why.ruling.result.troubles.iter();
        for trouble in troubles {
            assert_eq!(Bokmal.trouble(trouble), reason);
            assert_eq!(Language::English.trouble(trouble), trouble.to_string());
        }
    }
}
