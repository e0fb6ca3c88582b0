//! The texts of the linter, each in English and in bokmål. Names of the standard's elements are the same
//! in both.

texts! {
    OF: "{0} of {1}", "{0} i {1}";

    // Rules that hardly do what is meant.
    DUPLICATE_RULE_ID: "the RuleId `{0}` stands in this policy already, at line {1}; both rules decide, \
         but whoever reads a log takes one for the other: give this rule an id of its own",
        "en annen regel i policyen har også RuleId `{0}`, se linje {1}; begge reglene gjelder, men i en \
         logg kan de ikke skilles fra hverandre: gi denne regelen en egen id";
    UNREACHABLE: "no request can reach this rule: {0}",
        "denne regelen slår aldri til: {0}";
    NOBODY_HAS: "nobody has `{0}`, as far as the catalogue knows",
        "ingen har `{0}`, så vidt katalogen vet";
    OF_ANOTHER_APP: "only the app `{0}` delegates so, and the policy is of `{1}`",
        "det er bare appen `{0}` som delegerer slik, og policyen gjelder `{1}`";
    OF_ANOTHER: "its `{0}` is `{1}`, and the policy is of `{2}`",
        "den krever at `{0}` er `{1}`, og policyen gjelder `{2}`";
    // What the engine says is in English.
    CONTRADICTION: "{0}", "den krever noe som utelukker hverandre ({0})";
    SEVERAL_TASKS: "{0}, and an instance has one: only a request that states both reaches this rule; \
         for either of them, give each an `AllOf` of its own",
        "regelen krever flere verdier samtidig ({0}), og en instans har bare én: den slår bare til for en \
         forespørsel som oppgir begge; er det nok med én av dem, skal hver av dem stå i sin egen `AllOf`";
    ONLY_ENDING_ROLES: "nobody gets in by this rule without a role of Altinn II, and these count until {0}; \
         after that nobody does: let an access package open it by itself",
        "ingen får tilgang etter denne regelen uten en rolle i Altinn II, og de gjelder til {0}; deretter får \
         ingen det: la en tilgangspakke gi tilgang alene";
    LOSES_ROLE: "the role {0} of Altinn II counts until {1}; after that, whoever came through it is \
         shut out: add the access package that replaces it",
        "rollen {0} i Altinn II gjelder til {1}; deretter mister de som hadde tilgang gjennom den, \
         tilgangen: legg til tilgangspakken som erstatter den";
    LOSES_ROLES: "the roles {0} of Altinn II count until {1}; after that, whoever came through them is \
         shut out: add the access package that replaces them",
        "rollene {0} i Altinn II gjelder til {1}; deretter mister de som hadde tilgang gjennom dem, \
         tilgangen: legg til tilgangspakken som erstatter dem";
    ONLY_ENDING_ROLES_DENY: "only roles of Altinn II bring this rule to deny, and they count until {0}; after \
         that it denies nobody, and whom it keeps out may be let in: name what replaces the roles",
        "bare roller i Altinn II gir avslag etter denne regelen, og de gjelder til {0}; deretter gir den \
         ingen avslag, og de som er holdt ute, kan slippe inn: oppgi det som erstatter rollene";
    DENIES_NO_LONGER: "this rule denies whoever has {0} of Altinn II until {1}; after that it no longer does, \
         and they may be let in: name what replaces this",
        "denne regelen gir avslag til den som har {0} i Altinn II, til {1}; deretter gjør den ikke det, og de \
         kan slippe inn: oppgi det som erstatter dette";
    AND_OTHERS: " and others", " med flere";
    ANY_SUBJECT: "any subject", "for alle subjekter";
    ANY_RESOURCE: "any resource", "for alle ressurser";
    ANY_ACTION: "any action", "for alle handlinger";
    UNLIMITED: "this rule permits {0}: limit it in its Target{1}",
        "denne regelen gir tilgang {0}: avgrens den i Target{1}";
    LIMITED_BY_CONDITION: "; if its Condition is what limits it, Altinn's own readers do not see that",
        "; en avgrensning i Condition blir ikke sett av Altinns egne verktøy";

    READ_OTHERWISE: "{0}; say it so that both agree: what may stand for one another in one `AnyOf`, \
         what must hold together in one `AllOf`",
        "Altinn leser denne regelen annerledes enn standarden ({0}): samle det som kan erstatte \
         hverandre, i én `AnyOf`, og det som må gjelde samtidig, i én `AllOf`";

    ASKED_TWICE: "{0} `AnyOf` ask for the {1}: Altinn takes either, the standard demands both",
        "{0} `AnyOf` gjelder {1}: Altinn godtar én av dem, standarden krever begge";
    ASKED_OFTEN: "{0} `AnyOf` ask for the {1}: Altinn takes any of them, the standard demands all of them",
        "{0} `AnyOf` gjelder {1}: Altinn godtar hvilken som helst av dem, standarden krever alle";
    MIXED: "the alternatives of one `AnyOf` mix {0} and {1}: the standard takes one alternative as a whole, \
         Altinn the {0} of one with the {1} of another",
        "alternativene i én `AnyOf` blander {0} og {1}: standarden tar ett alternativ som en helhet, Altinn \
         {0} fra ett med {1} fra et annet";
    TOO_LARGE: "{0} (too large to prove)", "{0} (for stor til å bevises)";
    NO_CASE: "{0}; no case was found, but the readings may differ",
        "{0}; ingen slik forespørsel er funnet, men lesningene kan være ulike";
    CASE: "{0}; with {1} the rule is {2} for Altinn, {3} by the standard",
        "{0}; med {1} gir regelen {2} hos Altinn og {3} etter standarden";
    NO_ATTRIBUTES: "none of the attributes", "ingen av attributtene";
    HELD: "the {0}'s `{1}` = `{2}`", "`{1}` i kategorien {0} = `{2}`";

    // Placeholders.
    PLACEHOLDER: "`{0}` is filled in for an app, such as `{1}`, and nothing says that this is the policy of one: \
         name the app, or write what it stands for{2}",
        "`{0}` blir fylt ut for en app, for eksempel `{1}`, og ingenting sier at dette er policyen til en: \
         oppgi appen, eller skriv det den står for{2}";
    IN_PLACES: "; it stands in {0} places, and this is the first",
        "; den forekommer {0} steder, og dette er det første";

    // Names.
    RESOURCE_SPELT: "`{0}` is compared letter by letter, and is spelt `{1}` in requests; write it so, or \
         compare with string-equal-ignore-case",
        "`{0}` sammenlignes bokstav for bokstav, og skrives `{1}` i forespørsler; skriv det slik, eller \
         sammenlign med string-equal-ignore-case";
    UNKNOWN_ROLE: "no role has the value `{0}` under `{1}`{2}",
        "ingen rolle har verdien `{0}` i `{1}`{2}";
    ROLE_ELSEWHERE: "no role has the value `{0}` under `{1}`; it is one under `{2}`",
        "ingen rolle har verdien `{0}` i `{1}`; den hører hjemme i `{2}`";
    WHOLE_URN: "`{0}` has the end of a URN as its value, not the whole of it; write `{1}`",
        "verdien av `{0}` er bare slutten av en URN, ikke hele; skriv `{1}`";
    DISPLAY_NAME: "`{0}` is the name that people read, and no value of `{1}`; write `{2}`",
        "`{0}` er visningsnavnet og ikke en verdi av `{1}`; skriv `{2}`";
    SPELLING: "`{0}` is compared letter by letter, and `{1}` has no such value; write `{2}`",
        "`{0}` sammenlignes bokstav for bokstav, og `{1}` har ingen slik verdi; skriv `{2}`";
    PACKAGE_NOT_FOR_POLICIES: "the access package `{0}` is not one that service owners may use in policies",
        "tilgangspakken `{0}` kan ikke brukes av tjenesteeiere i policyer";
    PACKAGE_TO_DELEGATE: "no role brings the access package `{0}`; it must be delegated to somebody before \
         it opens anything",
        "ingen rolle gir tilgangspakken `{0}`; den må delegeres til noen før den gir tilgang til noe";
    PACKAGE_OF_AGENTS: "no role brings the access package `{0}`; and it is not delegated by itself: only \
         agents for clients have it",
        "ingen rolle gir tilgangspakken `{0}`, og den kan ikke delegeres alene: bare agenter for klienter \
         har den";
    OWNER: "owner", "eier";
    LIST: "list", "liste";
    NO_ACCESS_LIST: "the value `{0}` names no {1}, so no access list is meant; an access list is named \
         `{2}`, with the code of the service owner",
        "verdien `{0}` nevner ingen {1} og peker derfor ikke på en tilgangsliste; en tilgangsliste skrives \
         `{2}`, med koden til tjenesteeieren";
    ATTRIBUTE_ELSEWHERE: "`{0}` is an attribute of the {1}, not of the {2}",
        "`{0}` er et attributt i kategorien {1}, ikke i {2}";
    NO_ATTRIBUTE: "`{0}` is no attribute of Altinn's; did you mean `{1}`?",
        "`{0}` er ikke et attributt i Altinn; mente du `{1}`?";
    NO_ATTRIBUTE_WITH_VALUE: "`{0}` is no attribute of Altinn's; did you mean `{1}`, with the value `{2}`?",
        "`{0}` er ikke et attributt i Altinn; mente du `{1}` med verdien `{2}`?";

    // Authentication levels.
    NO_LEVEL: "this policy asks for no authentication level, so whoever is in at level 0 is let in: add an \
         obligation with an assignment of Category=`{0}`",
        "denne policyen krever ikke noe sikkerhetsnivå, og slipper derfor inn brukere helt ned til nivå 0: legg til en \
         forpliktelse der tilordningen har Category=`{0}`";
    VOIDS_DELEGATIONS: "where no rule permits, this policy denies, and delegations count only where the policy \
         does not apply: none of this service has an effect; combine the rules by deny-overrides",
        "der ingen regel gir tilgang, gir denne policyen avslag, og delegeringer gjelder bare der policyen ikke \
         kommer til anvendelse: ingen delegering av tjenesten får virkning; bruk deny-overrides";
    DENIES_THE_REST: "this rule denies whomever no other permits, and delegations count only where the policy \
         does not apply: none of what it denies has an effect; leave it out",
        "denne regelen gir avslag til alle som ingen annen regel gir tilgang, og delegeringer gjelder bare der \
         policyen ikke kommer til anvendelse: ingen delegering av det den avslår, får virkning; fjern den";
    LEVEL_ON_DENY: "this level is asked for where the decision is Deny, and nobody is let in then; write \
         FulfillOn=`Permit`",
        "dette nivået kreves når avgjørelsen er Deny, og da slipper ingen inn uansett; skriv \
         FulfillOn=`Permit`";
    LEVEL_TOO_HIGH: "nobody is authenticated at level {0}, so nobody is let in; levels are 0 to {1}",
        "ingen kan logge inn på nivå {0}, så ingen slipper inn; nivåene går fra 0 til {1}";
    LEVEL_UNREADABLE: "`{0}` as {1} is no authentication level, so nobody is let in; write an integer from \
         0 to {2}",
        "`{0}` av typen {1} er ikke et sikkerhetsnivå, så ingen slipper inn; skriv et heltall (integer) \
         fra 0 til {2}";
    NO_LEVEL_CATEGORY: "`{0}` is no category of authentication levels, so this obligation is not \
         understood{1}",
        "`{0}` er ikke en kategori for sikkerhetsnivåer, så denne forpliktelsen blir ikke forstått{1}";
    EXPECTED: "; expected `{0}` or `{1}`", "; forventet `{0}` eller `{1}`";
    LEVEL_WITHOUT_CATEGORY: "an obligation that asks for an authentication level is known by the category \
         of its assignment, and this one has none; write Category=`{0}`",
        "en forpliktelse som krever et sikkerhetsnivå, kjennes på kategorien til tilordningen, og den \
         mangler her; skriv Category=`{0}`";

    // Service owners.
    OWNER_SHUT_OUT: "the service owner `{0}` may not {1} in {2}{3}: an app's owner must read, write and \
         complete in each of its tasks",
        "tjenesteeieren `{0}` kan ikke utføre `{1}` i {2}{3}: eieren av en app må kunne utføre `read`, \
         `write` og `complete` i hver av oppgavene";
    ANY_TASK: "any task", "noen oppgave";
}
