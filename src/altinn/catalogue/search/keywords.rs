//! Words of every day, in Norwegian and in English, for the packages that they are about. Names say what
//! a package is called; a service owner knows what the service is called.

/// The words for a package, by its code. Those of a code that a catalogue does not have find nothing.
pub(super) fn of(code: &str) -> &'static str {
    let place = KEYWORDS.binary_search_by_key(&code, |(known, _)| known);
    place.map_or("", |place| KEYWORDS[place].1)
}

/// In the order of their codes.
#[rustfmt::skip] // A package a line.
const KEYWORDS: [(&str, &str); 97] = [
    ("a-ordning", "a-melding ameldingen payroll reporting lønnsrapportering arbeidsgiveravgift employer contributions"),
    ("aksjer-og-eierforhold", "aksjonærregister aksjonærregisteroppgave shareholder register eierskap utbytte dividend emisjon kapitalforhøyelse stock"),
    ("akvakultur", "oppdrett fiskeoppdrett lakseoppdrett laks lakselus fish farm farming salmon sjømat"),
    ("ansettelsesforhold", "ansatt ansettelse arbeidsforhold arbeidsavtale arbeidstaker arbeidstid oppsigelse permittering employment employee employer contract hiring layoff"),
    ("attester", "firmaattest skatteattest attest certificate"),
    ("avfall-behandle-gjenvinne", "avfallsdeklarasjon farlig avfall gjenvinning resirkulering hazardous waste recycling"),
    ("baerekraft", "klima klimagass utslipp miljørapport åpenhetsloven esg climate emission transparency"),
    ("barnehageeier", "barnehageregnskap barnehagetilskudd barnehage kindergarten nursery"),
    ("barnevern", "barnevernstjeneste omsorgssvikt bekymringsmelding child welfare"),
    ("beredskap", "krise kriseberedskap sivilforsvar emergency preparedness crisis"),
    ("bergverk", "mineral gruve gruvedrift grus pukk steinbrudd mineralressurs mine quarry"),
    ("biblioteker-museer-arkiver-og-annen-kultur", "bibliotek museum kulturmidler library heritage kulturminne"),
    ("byggesoknad", "byggesak byggetillatelse byggemelding rammesøknad ferdigattest dispensasjon building permit planning permission construction application"),
    ("dokumentbasert-tilsyn", "tilsyn kontroll inspeksjon inspection audit supervision"),
    ("dyrehold", "husdyr storfe gris sau kjæledyr veterinær mattilsynet livestock cattle pig sheep animal veterinary"),
    ("eiendomsmegler", "eiendomsmegling megler meglerbrev real estate broker"),
    ("elektrisitet-produsere-overfore-distrubere", "strøm strømnett kraft kraftverk nettselskap vindkraft vannkraft solkraft power grid energy"),
    ("elektronisk-kommunikasjon", "ekom telefoni bredbånd mobilnett telecom broadband frequency frekvens"),
    ("finansiering-og-forsikring", "bank finans finansforetak lån verdipapir forsikringsselskap finanstilsynet banking finance loan insurance"),
    ("fiske", "fiskefartøy fangst fartøy kvote sluttseddel landing fiskeri fishery vessel catch quota"),
    ("folkeregister", "folkeregisteret personopplysninger fødselsnummer d-nummer national population registry"),
    ("forretningsforer-eiendom", "borettslag sameie boligselskap forretningsfører housing cooperative"),
    ("forskning", "forskningsmidler skattefunn forskningsrådet research funding r&d"),
    ("forstegangsregistrering", "registrere bil nybil kjøretøyregistrering import av bil register car vehicle registration"),
    ("generelle-helfotjenester", "helfo refusjon oppgjør behandler reimbursement"),
    ("helsetjenester", "lege legemiddel legemidler sykehus pasient apotek tannlege ambulanse doctor hospital patient medicine pharmacy ambulance"),
    ("hovedadministrator", "administrator administrere administrer"),
    ("infrastruktur", "vei veg bru tunnel gravetillatelse gravemelding road bridge infrastructure"),
    ("innbygger-attester", "vandelsattest politiattest fødselsattest police certificate birth"),
    ("innbygger-bank-finans", "lån gjeld loan debt"),
    ("innbygger-barn-foreldre", "barnetrygd foreldrepenger foreldreansvar barnebidrag fødsel parental benefit child support birth"),
    ("innbygger-barnehage-sfo-skole", "barnehageplass skoleplass sfo-plass kindergarten place school place"),
    ("innbygger-bolig-eiendom", "bolig hus leilighet hytte eiendomsskatt house flat housing"),
    ("innbygger-forerkort", "førerkort førerprøve lappen driving licence driver"),
    ("innbygger-frivillighet", "frivillig forening lag volunteer"),
    ("innbygger-helsetjenester", "fastlege resept vaksine journal pasientjournal general practitioner prescription vaccine"),
    ("innbygger-kjoretoy", "bil omregistrering salgsmelding car"),
    ("innbygger-pensjon", "alderspensjon uføre uføretrygd retirement pension"),
    ("innbygger-samliv", "ekteskap vigsel skilsmisse separasjon samboer marriage wedding divorce"),
    ("innbygger-skatteforhold-privatpersoner", "skattemelding skattekort selvangivelse skatteoppgjør restskatt personal tax return tax card income"),
    ("innbygger-straffesak", "anmeldelse politi forelegg crime police"),
    ("innbygger-utdanning", "studielån lånekassen stipend vitnemål utdanningsstøtte student loan diploma"),
    ("innbygger-vapen", "våpensøknad våpentillatelse jaktvåpen våpenkort gun firearm licence"),
    ("jakt-og-viltstell", "jeger jegeravgift viltkamera fallvilt hjortevilt hunter game elgjakt elg rådyr hunting"),
    ("jernbanetransport", "tog togdrift jernbane train railway"),
    ("jordbruk", "landbruk gård gårdsdrift bonde produksjonstilskudd melk korn landbruksdirektoratet farm farmer farming subsidy agricultural production melkekvote"),
    ("kjoretoy", "bil lastebil tilhenger kjøretøykontroll eu-kontroll car truck vehicle"),
    ("konkursbo-lesetilgang", "konkurs bostyrer bobehandling bankruptcy insolvency"),
    ("krav-og-utlegg", "utleggstrekk betaling faktura inkasso gebyr innkreving namsmann invoice payment debt collection garnishment"),
    ("kreditt-og-oppgjoer", "tollkreditt dagsoppgjør kreditt credit"),
    ("lonn", "lønnsslipp lønnsopplysninger lønnskjøring skattekort inntektsmelding wage wages payroll income payslip"),
    ("lotteri-og-spill", "pengespill bingo lotteri gambling betting"),
    ("lufttransport", "luftfart fly flyplass drone droner luftfartøy aviation aircraft airport airline"),
    ("maskinporten-scopes", "api maskinporten scope integrasjon integration"),
    ("merverdiavgift", "moms mva mva-melding mvamelding momsoppgave omsetningsoppgave vat return value-added momsrefusjon refusjon"),
    ("miljorydding-miljorensing-og-lignende", "forurensning forurenset grunn pollution contaminated"),
    ("mine-sider-kommune", "kommune kommunal min side municipality municipal"),
    ("motorvognavgift", "veiavgift trafikkforsikringsavgift årsavgift engangsavgift bilavgift vehicle tax road tax"),
    ("motta-nabo-og-planvarsel", "nabovarsel nabomerknad nabomelding planvarsel varsling av nabo neighbour neighbor notice"),
    ("mva-kompensasjon-revisorattesterer", "momskompensasjon mva-kompensasjon vat refund compensation"),
    ("naeringsmidler-drikkevarer-og-tobakk", "mat matproduksjon matvarer næringsmiddel alkohol øl brus food beverage alcohol"),
    ("offentlige-anskaffelser", "anbud anskaffelse tilbud doffin tender procurement bid"),
    ("omregistrering", "eierskifte salgsmelding kjøp og salg av bil change of owner"),
    ("opplaeringskontorleder", "lærling lærlinger fagbrev fagopplæring lærebedrift apprentice vocational training"),
    ("ordinaer-post-til-virksomheten", "brev post innboks digital post meldingsboks inbox letter letters mail message"),
    ("overnatting", "hotell camping pensjonat hotel lodging"),
    ("patent-varemerke-design", "varemerkesøknad patentsøknad opphavsrett immaterielle rettigheter trademark intellectual property"),
    ("pensjon", "otp tjenestepensjon afp pensjonsordning occupational pension scheme"),
    ("permisjon", "foreldrepermisjon foreldrepenger omsorgspermisjon parental leave maternity"),
    ("plansak", "reguleringsplan arealplan detaljregulering planinitiativ zoning plan"),
    ("pleie-omsorgstjenester-i-institusjon", "sykehjem eldreomsorg aldershjem omsorgsbolig nursing home elderly care"),
    ("politi-og-domstol", "anmeldelse rettssak forliksråd domstol straffesak police court lawsuit"),
    ("politikk", "valg stortingsvalg kommunevalg parti partistøtte election political party"),
    ("post-til-virksomheten-med-taushetsbelagt-innhold", "taushetsplikt taushetsbelagt fortrolig brev sensitiv post confidential letter secrecy"),
    ("rapportering-statistikk", "ssb statistikk statistikkrapportering undersøkelse kostra statistics survey"),
    ("reelle-rettighetshavere-avvik-eu-oppslag", "reelle rettighetshavere hvitvasking beneficial owner money laundering"),
    ("regnskap-okonomi-rapport", "årsregnskap årsrapport årsmelding årsoppgjør regnskap bokføring budsjett regnskapsregisteret annual accounts financial statement statements report bookkeeping"),
    ("renovasjon", "søppel søppeltømming husholdningsavfall slam garbage trash"),
    ("saeravgifter", "alkoholavgift tobakksavgift drivstoffavgift sukkeravgift excise duty duties"),
    ("samle-behandle-avlopsvann", "avløp kloakk septik utslippstillatelse sewage wastewater"),
    ("servering", "restaurant skjenkebevilling serveringsbevilling skjenking alkoholservering café bar liquor licence alcohol license catering"),
    ("sikkerhet-og-internkontroll", "hms internkontroll brann brannvern arbeidstilsynet arbeidsmiljø eksplosiver health and safety fire working environment"),
    ("sjofart", "skip båt skipsfart skipsregister sjømann mannskap havn anløp ship boat maritime seafarer port"),
    ("skatt-naering", "skattemelding selskapsskatt næringsspesifikasjon selvangivelse næringsoppgave forskuddsskatt tax return corporate income company"),
    ("skogbruk", "skog tømmer hogst skogfond forest timber logging"),
    ("sport-og-fritid", "idrettslag idrett idrettsforening sports club"),
    ("starte-drive-endre-avvikle-virksomhet", "samordnet registermelding brønnøysundregistrene foretaksregisteret enhetsregisteret registrere selskap firma foretak stifte stiftelse oppløsning fusjon fisjon styreendring registrering business register registration company formation board merger"),
    ("sykefravaer", "sykmelding sykmeldt sykepenger sykepengesøknad oppfølgingsplan inntektsmelding egenmelding sick sickness note absence benefit"),
    ("tilskudd-stotte-erstatning", "søknad om støtte tilskudd stønad subsidie koronastøtte erstatning grant grants subsidy subsidies funding"),
    ("tinglysing-eiendom", "skjøte pantedokument pant hjemmel heftelse matrikkel grunnbok land registry deed mortgage title"),
    ("toll", "tolldeklarasjon fortolling import eksport innførsel utførsel tollager declaration export customs"),
    ("trafikant", "bompenger autopass parkering parkeringstillatelse toll road parking permit"),
    ("utleie-eiendom", "leie husleie leiekontrakt rent lease tenant"),
    ("vann-kilde-rense-distrubere", "drikkevann vannverk vannforsyning drinking water"),
    ("varehandel", "butikk nettbutikk dagligvare kiosk forretning shop store retail"),
    ("veitransport", "godstransport løyve drosje drosjeløyve taxi taxiløyve buss transportløyve yrkestransport freight haulage bus lorry lastebil truck"),
    ("yrkesskade", "arbeidsulykke skademelding yrkessykdom work accident injury occupational disease"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::altinn::catalogue::Catalogue;

    #[test]
    fn each_code_is_in_the_catalogue_and_in_order() {
        assert!(KEYWORDS.is_sorted_by(|one, other| one.0 < other.0));
        let catalogue = Catalogue::standard();
        for (code, words) in KEYWORDS {
            assert!(catalogue.package(code).is_some(), "{code}");
            assert_eq!(of(code), words);
        }
    }
}
