//! All texts, each in English and in bokmål: those of explanations here, those of other answers, of the
//! linter and of refusals in files of their own.

macro_rules! texts {
    ($($name:ident: $english:literal, $bokmal:literal;)*) => {
        use crate::altinn::language::Text;

        $(pub(in crate::altinn) const $name: Text = Text {
            english: $english,
            bokmal: $bokmal,
        };)*

        /// The texts of this file, with their names.
        #[cfg(test)]
        pub(in crate::altinn::language) const ALL: &[(&str, Text)] =
            &[$((stringify!($name), $name)),*];
    };
}

pub(in crate::altinn) mod answers;
pub(in crate::altinn) mod lint;
pub(in crate::altinn) mod refusals;

texts! {
    // The code of BCP 47.
    LANGUAGE: "en", "nb";
    AND: " and ", " og ";
    OR: "or {0}", "eller {0}";

    // The decision.
    CANNOT_BE_ANSWERED: "{0}: the request cannot be answered",
        "{0}: forespørselen kan ikke besvares";
    MAY: "{0}: {1} may {2}", "{0}: {1} kan utføre {2}";
    MAY_NOT: "{0}: {1} may not {2}", "{0}: {1} kan ikke utføre {2}";
    ACTION: "{0}", "`{0}`";
    UNNAMED_ACTION: "perform an unnamed action on", "en uoppgitt handling";
    ON_RESOURCE: " {0}", " på {0}";
    FOR_PARTY: " for {0}", " på vegne av {0}";
    SOMEBODY: "the one who asks", "den som spør";
    // In Norwegian the order of words after `fordi` is another.
    BECAUSE: "because {0}", "begrunnelse: {0}";
    NOT_ALL: "not all of the policy could be examined: there may be more than is said here",
        "ikke hele policyen kunne undersøkes: det kan være mer enn det som står her";
    LEVEL: "at authentication level {0} or higher", "med sikkerhetsnivå {0} eller høyere";
    LEVEL_UNREADABLE: "at an authentication level that cannot be read: nobody is let in",
        "med et sikkerhetsnivå som ikke kan leses: ingen slipper inn";
    HOLDS_UNTIL: "holds at least until {0}", "gjelder i hvert fall til {0}";
    // The instant of the question is the last one that is known of.
    HOLDS_NOW: "holds at this instant", "gjelder akkurat nå";
    MAY_CHANGE_ANY_TIME: "may change at any time", "kan endre seg når som helst";
    MAY_CHANGE: "may change on {0}", "kan endre seg {0}";

    // The way in.
    THROUGH: "through {0}", "gjennom {0}";
    POLICY: "the policy of the resource", "policyen til ressursen";
    DELEGATION: "the delegation `{0}`, {1}", "delegeringen `{0}`, {1}";
    BY_RULE: "by rule {0}", "ifølge regelen {0}";
    ASKS_NOTHING: ", which asks for nothing in particular", ", som ikke krever noe bestemt";
    AS_ANYONE: "as anyone", "slik alle kan";
    RULE: "`{0}`", "`{0}`";
    RULE_NUMBERED: "`{0}` (number {1} with this id)", "`{0}` (nummer {1} med denne id-en)";

    // Failures.
    IN_RULE: "in Rule `{0}`", "i regelen `{0}`";
    IN_RULE_OF: "in Rule `{0}` of Policy `{1}`", "i regelen `{0}` i policyen `{1}`";
    IN_POLICY: "in Policy `{0}`", "i policyen `{0}`";
    MORE_PLACES: " and {0} more", " og {0} andre steder";

    // What would be enough.
    NOBODY: "no rule of the policy permits this to anyone",
        "ingen regel i policyen tillater dette";
    NOBODY_NOW: "no rule of the policy permits this now or under the conditions of this request",
        "ingen regel i policyen tillater dette nå eller på vilkårene i denne forespørselen";
    POLICY_KNOWS: "the actions in its rules are {0}", "handlingene i reglene er {0}";
    ON_PARTS: "the policy has {0}: the request names no such part",
        "policyen har {0}: forespørselen nevner ingen slik del";
    PERMITS_ANYONE: "rule {0} permits it to anyone", "regelen {0} tillater det for alle";
    PERMITS_OTHERS: "rule {0} permits it to others", "regelen {0} tillater det for andre";
    PERMITS_WHOEVER: "rule {0} permits it to whoever has",
        "regelen {0} tillater det for den som har";
    PERMITS: "rule {0} permits it to", "regelen {0} tillater det for";
    PERMITS_WHOEVER_IS: "rule {0} permits it to whoever has or is",
        "regelen {0} tillater det for den som har eller er";
    NOTHING_IN_PARTICULAR: "nothing in particular", "ikke noe bestemt";
    NAMES_NO_PARTY: "the request names no party: roles and access packages are held for one",
        "forespørselen nevner ingen aktør: roller og tilgangspakker har man på vegne av en";
    HAS_RIGHT: "{0} has {1} on {2} for {3}", "{0} kan utføre {1} på {2} på vegne av {3}";
    HAS_NO_RIGHT: "{0} has not got {1} on {2} for {3}",
        "{0} kan ikke utføre {1} på {2} på vegne av {3}";
    NEEDS_FOR: "to have {1} on {2} for {3}, {0} needs",
        "for å kunne utføre {1} på {2} på vegne av {3} trenger {0}";
    NEEDS_ONE_OF: "to have {1} on {2} for {3}, {0} needs one of these",
        "for å kunne utføre {1} på {2} på vegne av {3} trenger {0} ett av disse";
    UNNAMED_RIGHT: "an unnamed action", "en uoppgitt handling";
    GIVEN_BY_NOBODY: "{0}: nobody can give it on its own", "{0}: ingen kan gi den enkeltvis";
    GIVEN_BY_REGISTER: "{0}: only a register gives it", "{0}: bare et register gir den";
    NOT_GIVEN_NOW: "{0}: nobody can give it now", "{0}: ingen kan gi den nå";
    NOT_ALL_GIVEN: "{0}: nobody can give all of it", "{0}: ingen kan gi alt dette";
    ASKER_GONE: "the one who asks exists no longer", "den som spør, finnes ikke lenger";
    ASKERS_OWNER_GONE: "the one who asks is a user of an organisation that exists no longer",
        "den som spør, er bruker av en virksomhet som ikke finnes lenger";
    NOTHING_IS_ENOUGH: "nothing that is known would be enough",
        "ingenting vi kjenner til, er nok";
    NOT_TRIED: "{0}: whether this would be enough could not be tried",
        "{0}: om dette er nok, kunne ikke prøves";
    NOT_DECIDED: "this could not be decided: {0}", "dette kunne ikke avgjøres: {0}";
    EVERY_ACTION: "every action", "alle handlinger";
    SINGLE_RIGHT: "this single right", "denne enkeltrettigheten";
    GIVEN_BY: "{0}: can be given by {1}", "{0}: kan gis av {1}";
    GIVEN_BY_CLIENT: "{0}: can be given by {1}, by client delegation from {2}",
        "{0}: kan gis av {1}, ved klientdelegering fra {2}";
    PARTY_LACKS: "{0}, which the party has not got", "{0}, som aktøren ikke har";

    // Delegations that do not fit.
    UNKNOWN_RIGHT: "delegation `{0}` gives the right `{1}`, which the policy does not have for \
         others to be given; {2}",
        "delegeringen `{0}` gir rettigheten `{1}`, som ikke kan delegeres etter policyen; {2}";
    KNOWS: "it knows {0}", "policyen kjenner {0}";
    KNOWS_NONE: "nor has it any other", "policyen har heller ingen andre";
    OTHER_RIGHTS: "delegation `{0}` would fit, but gives only {1}",
        "delegeringen `{0}` ville passet, men gir bare {1}";
    OTHER_INSTANCE: "delegation `{0}` would fit, but is for the instance `{1}` only",
        "delegeringen `{0}` ville passet, men gjelder bare instansen `{1}`";
    OTHER_WINDOW: "delegation `{0}` would fit, but holds {1}",
        "delegeringen `{0}` ville passet, men gjelder {1}";
    OTHER_PARTY: "delegation `{0}` would fit, but was given by {1}",
        "delegeringen `{0}` ville passet, men er gitt av {1}";
    OUT_OF_PACKAGE: "delegation `{0}` would fit, but is one service out of the access package `{1}`, \
         with which the policy does not give this",
        "delegeringen `{0}` ville passet, men er én tjeneste fra tilgangspakken `{1}`, og policyen gir \
         ikke dette med den pakken";
    SOMEBODY_ELSE: "another party", "en annen aktør";

    // Requirements.
    ROLE: "the role {0} ({1})", "rollen {0} ({1})";
    PACKAGE: "the access package {0} ({1})", "tilgangspakken {0} ({1})";
    UNKNOWN_PACKAGE: "the access package {0}, which the catalogue does not know",
        "tilgangspakken {0}, som katalogen ikke kjenner";
    UNKNOWN_ROLE: "the role {0}, which the catalogue does not know",
        "rollen {0}, som katalogen ikke kjenner";
    ENDED: "{0}, a role of Altinn II, which no longer counts",
        "{0}, en rolle i Altinn II, som ikke lenger gjelder";
    DELEGATING_APP: "a delegation of the instance, made by the app {0}",
        "en delegering av instansen fra appen {0}";
    SERVICE_OWNER: "the service owner {0}", "tjenesteeieren {0}";
    USER: "the user {0}", "brukeren {0}";
    PERSON: "the person {0}", "personen {0}";
    ORGANISATION: "the organisation {0}", "virksomheten {0}";
    PARTY: "the party {0}", "aktøren {0}";
    ACCESS_GROUP: "the access group {0}", "tilgangsgruppen {0}";
    ACCESS_LIST: "a place on the access list {0}", "en plass på tilgangslisten {0}";
    RESOURCE_RIGHT: "the resource right {0}", "ressursrettigheten {0}";
    SUCH_AS: "such as {0}", "for eksempel {0}";
    ANY_VALUE: "any value of `{0}`", "en verdi av `{0}`";
    VALUE: "`{0}` = {1}", "`{0}` = {1}";
    VALUE_OF: "`{0}` of the {1} = {2}", "`{0}` i kategorien {1} = {2}";
    VALUE_ISSUED: "`{0}` = {1}, as `{2}` says", "`{0}` = {1}, slik `{2}` oppgir";
    TEST: "`{0}` for which {1} `{2}` holds", "`{0}` som oppfyller {1} `{2}`";
    TEST_OF: "`{0}` of the {1} for which {2} `{3}` holds",
        "`{0}` i kategorien {1} som oppfyller {2} `{3}`";
    CONDITION: "the condition of the rule", "vilkåret i regelen";
    CONDITION_HOLDS: "the condition of the rule holds", "vilkåret i regelen er oppfylt";

    // Paths.
    DIRECTLY: "directly", "direkte";
    KEY_ROLE: "via key role {0} in {1}", "via nøkkelrollen {0} i {1}";
    AGENT: "as agent of {0}, the {1}", "som agent for {0} ({1})";
    MAIN_UNIT: "through the main unit {0}", "gjennom hovedenheten {0}";
    SUB_UNIT: "and its sub-unit {0}", "og underenheten {0}";
    PROPRIETORSHIP: "through the sole proprietorship {0}",
        "gjennom enkeltpersonforetaket {0}";
    WITH_ROLE: "with the role {0}", "med rollen {0}";

    // Instants and windows.
    MONTHS: "January February March April May June July August September October November December",
        "januar februar mars april mai juni juli august september oktober november desember";
    INSTANT: "{0} {1} {2} at {3}", "{0}. {1} {2} kl. {3}";
    TIME: "{0}:{1}", "{0}.{1}";
    TIME_WITH_SECONDS: "{0}:{1}:{2}", "{0}.{1}.{2}";
    // The clocks are set back at three, so that the hour before comes twice.
    SUMMER_TIME: "{0}, summer time", "{0}, sommertid";
    WINTER_TIME: "{0}, winter time", "{0}, vintertid";
    ALWAYS: "always", "alltid";
    NEVER: "never", "aldri";
    FROM: "from {0}", "fra {0}";
    UNTIL: "until {0}", "til {0}";
    FROM_UNTIL: "from {0} until {1}", "fra {0} til {1}";

    // Vetoes.
    NOT_ON_LIST: "the service owner has not put {0} on an access list that opens this resource \
         for `{1}`",
        "tjenesteeieren har ikke satt {0} på en tilgangsliste som åpner denne ressursen for `{1}`";
    NOT_AN_ORGANISATION: "this resource is for organisations on an access list, and the party \
         asked for is no organisation",
        "denne ressursen er for virksomheter på en tilgangsliste, og aktøren det spørres om, er \
         ingen virksomhet";
    EXISTS_NO_LONGER: "{0} exists no longer", "{0} finnes ikke lenger";
    NO_RESOURCE_RIGHT: "this resource is for parties with a resource right, and {0} has none that \
         the asker may use now",
        "denne ressursen er for aktører med en ressursrettighet, og {0} har ingen som kan \
         brukes her nå";
    NO_PARTY: "this resource is for some parties only, and the request does not say which party it \
         is about",
        "denne ressursen er bare for bestemte aktører, og forespørselen sier ikke hvilken aktør den \
         gjelder";
}
