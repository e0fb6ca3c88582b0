//! The texts of refused changes, each in English and in bokmål.

texts! {
    DID_YOU_MEAN: "; did you mean `{0}`?", "; mente du `{0}`?";

    // Parties.
    PARTY_WITHOUT_KEY: "the party {0} has no key: it needs a party id, a UUID, a number or a user id",
        "aktøren {0} har ingen nøkkel: den må ha en aktør-id, en UUID, et nummer eller en bruker-id";
    NO_KEY: "{0} is no key: a person's number has eleven digits, an organisation's nine, other \
         numbers begin at 1, an address has an `@`, and a user name is one word",
        "{0} er ingen nøkkel: et fødselsnummer har elleve sifre, et organisasjonsnummer ni, andre \
         numre begynner på 1, en adresse har en `@`, og et brukernavn er ett ord";
    TWO_PARTIES: "{0} and {1} are the keys of two different parties of the register",
        "{0} og {1} er nøkler til to forskjellige aktører i registeret";
    UNKNOWN_PARENT: "the parent {0} is not in the register; add it first",
        "den overordnede enheten {0} er ikke i registeret; legg den til først";
    PART_OF_ITSELF: "{0} cannot be part of itself", "{0} kan ikke være del av seg selv";
    UNKNOWN_PARTY: "{0} is not in the register", "{0} er ikke i registeret";
    DELETED_PARTY: "{0} is deleted: it neither gives nor receives access",
        "{0} er slettet og kan verken gi eller få tilgang";
    USER_OF_DELETED_PARTY: "{0} belongs to {1}, which is deleted: it neither gives nor receives access",
        "{0} tilhører {1}, som er slettet, og kan verken gi eller få tilgang";
    TO_ITSELF: "{0} cannot give access to itself", "{0} kan ikke gi tilgang til seg selv";
    NO_SUCH_RECEIVER: "nobody has both the number and the name that were given for the receiver",
        "ingen har både nummeret og navnet som er oppgitt for mottakeren";

    // Whoever may not learn a person's name.
    THIS_PERSON: "this person", "denne personen";
    THIS_USER: "this self-identified user", "denne selvidentifiserte brukeren";

    // Words and names.
    BLANK_GROUP: "the access group is blank", "tilgangsgruppen mangler navn";
    BLANK_LIST: "the access list is blank", "tilgangslisten mangler navn";
    BLANK_ACTION: "the action is blank", "handlingen er ikke oppgitt";
    BLANK_ATTRIBUTE: "the attribute of a part of the resource is blank",
        "attributtet for en del av ressursen er tomt";
    BLANK_TYPE: "the type of the right is blank", "typen rettighet er tom";
    BLANK_VALUE: "the value of the right is blank", "verdien av rettigheten er tom";
    BLANK: "the {0} is blank", "`{0}` er tom";
    NO_MORE_NUMBERS: "the register has no more numbers for records",
        "registeret har ikke flere numre til oppføringer";
    UNKNOWN_LEGAL_FORM: "the catalogue has no legal form `{0}`{1}",
        "katalogen har ingen organisasjonsform `{0}`{1}";
    UNKNOWN_ROLE: "the catalogue has no role `{0}`{1}", "katalogen har ingen rolle `{0}`{1}";
    UNKNOWN_PACKAGE: "the catalogue has no access package `{0}`{1}",
        "katalogen har ingen tilgangspakke `{0}`{1}";
    UNKNOWN_RESOURCE: "the resource `{0}` is not in the register",
        "ressursen `{0}` er ikke i registeret";
    UNKNOWN_OWNER: "no resource in the register has the service owner `{0}`{1}",
        "ingen ressurs i registeret har tjenesteeieren `{0}`{1}";
    FOREIGN_INSTANCE: "the instance `{0}` is not one of `{1}` for {2}",
        "instansen `{0}` hører ikke til `{1}` for {2}";
    UNKNOWN_LIST: "there is no access list `{0}`; create it first",
        "tilgangslisten `{0}` finnes ikke; opprett den først";

    // Windows.
    EMPTY_WINDOW: "{0} contains no instant: the end must come after the beginning",
        "perioden er tom ({0}): slutten må komme etter begynnelsen";
    PAST_WINDOW: "the window is over: it ended on {0}, and this happens on {1}",
        "perioden er over: den sluttet {0}, og dette skjer {1}";

    // Administrators.
    NOT_ADMINISTRATOR: "{0} administers nothing for {1}: that takes main administrator \
         (hovedadministrator) or access administrator (tilgangsstyrer)",
        "{0} styrer ingen tilganger for {1}: det må en hovedadministrator eller en tilgangsstyrer gjøre";
    NOT_CLIENT_ADMINISTRATOR: "{0} does not administer the clients of {1}: that takes client \
         administrator (klientadministrator) or main administrator",
        "{0} administrerer ikke klientene til {1}: det må en klientadministrator eller en \
         hovedadministrator gjøre";
    NOT_HELD: "{0} has not got {1} for {2} to give on; an access administrator gives only what she \
         herself has and may give on",
        "{0} har ikke {1} å gi videre på vegne av {2}; en tilgangsstyrer kan bare gi det \
         vedkommende selv har og kan gi videre";
    NOT_DECIDED: "whether {0} has {1} for {2} to give on cannot be said now: {3}",
        "om {0} har {1} å gi videre på vegne av {2}, kan ikke avgjøres nå: {3}";
    NOT_ALONE: "a delegation alone does not open {0} for {1}: its receiver must have something else \
         there, such as a role, an access group or a resource right",
        "en delegering alene åpner ikke {0} for {1}: mottakeren må ha noe mer der, som en rolle, en \
         tilgangsgruppe eller en ressursrettighet";
    NOT_GIVEN_BY_MAIN: "{0} cannot give {1} for {2}: it is nothing that a main administrator gives \
         without having it to give on",
        "{0} kan ikke gi {1} på vegne av {2}: det er ikke noe en hovedadministrator kan gi uten selv \
         å ha det til å gi videre";
    NOT_TO_GIVE_ON: "{0} has {1} for {2} for her own use, and may not give it on",
        "{0} har {1} for {2} bare til eget bruk, og kan ikke gi det videre";
    RIGHT_OF_AGENT: "{0} has {1} for {2} only as the agent of an organisation, and may not give it on",
        "{0} har {1} for {2} bare som agent for en organisasjon, og kan ikke gi det videre";
    RIGHT_NOT_IN_PARTS: "{0} has {1} for {2}, but may not give it on: a delegation would give {3} as \
         well, which she has not got",
        "{0} har {1} for {2}, men kan ikke gi det videre: en delegering ville også gi {3}, som \
         vedkommende ikke har";
    MAIN_BY_DELEGATION: "{0} cannot make somebody main administrator of {1}: only who is so by a \
         role from the register of legal entities can",
        "{0} kan ikke gjøre noen til hovedadministrator for {1}: det kan bare den som er det \
         gjennom en rolle i Enhetsregisteret";

    // Roles and packages.
    ROLE_FROM_REGISTER: "the role `{0}` comes from a register or from being who one is: it is \
         neither delegated nor deleted here",
        "rollen `{0}` kommer fra et register eller følger av hvem man er: den kan verken delegeres \
         eller slettes her";
    ROLE_FROM_NO_REGISTER: "the role `{0}` comes from no register; delegate it or import it",
        "rollen `{0}` kommer ikke fra et register; deleger eller importer den";
    ROLE_NOT_DELEGABLE: "the role `{0}` is not delegated; delegate access packages instead",
        "rollen `{0}` kan ikke delegeres; deleger tilgangspakker i stedet";
    NO_NEW_ROLES: "roles of Altinn II such as `{0}` are no longer delegated since {1}; delegate \
         access packages",
        "roller i Altinn II, som `{0}`, har ikke kunnet delegeres siden {1}; deleger tilgangspakker";
    PACKAGE_NOT_ASSIGNABLE: "the access package `{0}` cannot be given to somebody on its own",
        "tilgangspakken `{0}` kan ikke gis alene";
    PACKAGE_NOT_DELEGABLE: "the access package `{0}` cannot be delegated on",
        "tilgangspakken `{0}` kan ikke delegeres videre";
    PACKAGE_DOES_NOT_FIT: "the access package `{0}` is not for a party like {1}",
        "tilgangspakken `{0}` er ikke for en aktør som {1}";
    ROLE_DOES_NOT_FIT: "the role `{0}` is not one for a party like {1}",
        "rollen `{0}` er ikke for en aktør som {1}";
    ROLE_OF_SYSTEM_USER: "{0} is a system user, which has no role: it cannot get the role `{1}`",
        "{0} er en systembruker og har ingen roller: den kan ikke få rollen `{1}`";

    // Rights.
    NO_RIGHT: "no right to `{0}` is named", "ingen rettighet til `{0}` er oppgitt";
    NOTHING_NAMED: "nothing is named that is to be delegated: no right, no package",
        "ingenting er oppgitt som skal delegeres, verken rettigheter eller tilgangspakker";
    RESOURCE_NOT_DELEGABLE: "the rights to `{0}` are not delegated singly",
        "rettighetene til `{0}` kan ikke delegeres enkeltvis";
    MASKINPORTEN_SCHEMA: "`{0}` is an API behind scopes of Maskinporten: its scopes are delegated \
         to organisations, no single right to it is",
        "`{0}` er et API med tilgang gjennom Maskinporten: det er tilgangen i Maskinporten som \
         delegeres til virksomheter, ikke enkeltrettigheter";
    RIGHT_NOT_IN_POLICY: "the policy of `{0}` has no right `{1}` that can be delegated; {2}",
        "policyen til `{0}` har ingen rettighet `{1}` som kan delegeres; {2}";
    RIGHT_FOR_ANOTHER: "{0} is a right for another party than {1}",
        "{0} er en rettighet for en annen aktør enn {1}";
    NOT_ON_LIST: "`{0}` is only for parties on its access lists, and no such list opens {1} for {2}",
        "`{0}` er bare for aktører på tilgangslistene til ressursen, og ingen av dem åpner for {1} \
         for {2}";
    NO_RESOURCE_RIGHT: "`{0}` is only for parties with a resource right, and {1} has none now",
        "`{0}` er bare for aktører med en ressursrettighet, og {1} har ingen nå";
    DELEGATION_WITH_LEVEL: "the delegation `{0}` requires an authentication level of its own, which \
         the register does not keep",
        "delegeringen `{0}` krever et eget sikkerhetsnivå, og det kan registeret ikke ta vare på";
    DELEGATION_OUT_OF_PACKAGE: "the delegation `{0}` is one service out of an access package, which \
         the register knows of its own delegations only",
        "delegeringen `{0}` gjelder én tjeneste fra en tilgangspakke, og det kan registeret bare \
         ta vare på for sine egne delegeringer";

    // Records.
    ALREADY_DELEGATED: "record {0} has already given {1}", "oppføring {0} har allerede gitt {1}";
    NAMED_TWICE: "{0} is named twice in one order", "{0} er nevnt to ganger i samme ordre";
    NOT_DELEGABLE_ON: "record {0} cannot be delegated on: only what an organisation has received \
         can, and not what it received for a client",
        "oppføring {0} kan ikke delegeres videre: det kan bare det en virksomhet har fått, og ikke \
         det den har fått for en klient";
    RECORD_GIVES_LESS: "record {0} does not give {1}, so that it cannot be delegated on from it",
        "oppføring {0} gir ikke {1}, som derfor ikke kan delegeres videre fra den";
    RECORD_FROM_ANOTHER: "record {0} was not given by {1}", "oppføring {0} er ikke gitt av {1}";
    RECORD_HOLDS_OTHERWISE: "record {0} holds {1}, and never in the window that was asked for",
        "oppføring {0} gjelder {1}, men ikke i perioden det er bedt om";
    RECORD_RESTS_ON_NOTHING: "record {0} holds no longer, so that it cannot be delegated on: what \
         it was delegated on from is over, or whoever gave it on is deleted",
        "oppføring {0} gjelder ikke lenger og kan ikke delegeres videre: det den er delegert videre \
         fra, er over, eller den som ga den videre, er slettet";
    NOT_FOUND: "there is no record {0}; it may have been deleted",
        "oppføring {0} finnes ikke; den kan være slettet";
    NOT_INVOLVED: "{0} has no part in a record {1}, as giver, receiver or administrator; it may have \
         been deleted",
        "{0} har ingen del i en oppføring {1}, verken som avgiver, mottaker eller administrator; den \
         kan være slettet";
    THROUGH_ROLE: "{0} has {1} through the role `{2}`: remove the role instead",
        "{0} har {1} gjennom rollen `{2}`: fjern rollen i stedet";
    NOT_IN_RECORD: "record {0} does not give {1}", "oppføring {0} gir ikke {1}";
    NOT_GIVEN: "{0} has given {1} nothing that is {2}", "{0} har ikke gitt {2} til {1}";
    NOT_OWNER: "the resource rights of `{0}` are administered by `{1}`, not by `{2}`",
        "ressursrettighetene til `{0}` administreres av `{1}`, ikke av `{2}`";

    // Agents.
    NO_AGENT: "{0} is no agent of {1} now: that takes a role there, such as `agent`, which an access \
         package does not replace, or being a system or enterprise user of {1}",
        "{0} er ikke agent for {1} nå: det krever en rolle der, for eksempel `agent`, eller å være \
         system- eller virksomhetsbruker for {1}; en tilgangspakke er ikke nok";
    AGENT_OTHERWISE: "{0} is an agent of {1} {2}, and never in the window that was asked for",
        "{0} er agent for {1} {2}, men ikke i perioden det er bedt om";
    NOT_SERVED: "{0} has not got {1} for {2} by one and the same relation",
        "{0} har ikke {1} for {2} gjennom én og samme rolle";

    // Enforcement.
    DECISION_IS: "the decision is {0}", "avgjørelsen er {0}";
    LEVEL_TOO_LOW: "authentication level {0} is required, this is level {1}",
        "det kreves sikkerhetsnivå {0}, dette er nivå {1}";
    OBLIGATION_NOT_UNDERSTOOD: "the obligation `{0}` is not understood",
        "forpliktelsen `{0}` er ukjent";

    // Requests for access.
    ALREADY_ASKED: "request {0} asks for that already and is not answered yet",
        "forespørsel {0} gjelder det samme og er ikke besvart";
    TOO_MANY_REQUESTS: "{0} has {1} requests there that are not answered yet, and may have no more",
        "{0} har {1} forespørsler der som ikke er besvart, og kan ikke ha flere";
    CLOSED: "request {0} is closed", "forespørsel {0} er avsluttet";
    NOT_THE_ASKER: "request {0} was made by somebody else", "forespørsel {0} er sendt av en annen";

    // What a package no longer gives.
    PACKAGE_GIVES_NO_LONGER: "{0} has {1} for {2} out of the access package `{3}`, with which the policy \
         does not give it",
        "{0} har {1} for {2} fra tilgangspakken `{3}`, men policyen gir ikke dette med den pakken";
}
