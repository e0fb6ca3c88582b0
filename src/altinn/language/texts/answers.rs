//! The texts of answers, lists and reports, each in English and in bokmål.

texts! {
    // The rights of a policy.
    NOBODY: "nobody", "ingen";
    NOBODY_BUT: "nobody; the policy has {0}", "ingen; policyen har {0}";
    SINGLE_RIGHTS_ONLY: "whoever is given the single right", "den som får enkeltrettigheten";
    ANYONE: "anyone", "alle";
    ALTERNATIVE_IF: "{0}, if {1}", "{0}, dersom {1}";
    UNLESS_DENIED: "{0}, unless something else that she has is denied",
        "{0}, med mindre en annen regel gir avslag";
    NO_PACKAGE_OPENS: "no role or access package opens it", "ingen rolle eller tilgangspakke åpner for den";
    ONLY_ON_LIST: "and only for parties on an access list of its owner",
        "og bare for aktører på en tilgangsliste fra tjenesteeieren";
    ONLY_WITH_RIGHT: "and only for parties with a resource right",
        "og bare for aktører med en ressursrettighet";
    MAY_BE_MORE: "not all of the policy could be seen through: there may be more",
        "ikke hele policyen kunne undersøkes: det kan være mer";
    MAY_BE_MORE_RIGHTS: "not all of the policy could be seen through: there may be more rights",
        "ikke hele policyen kunne undersøkes: det kan være flere rettigheter";

    // Holders.
    ALSO: "also {0}", "også {0}";
    IF_SAID: "depending on the request, {0}", "avhengig av forespørselen, {0}";
    OR_BY: "; or ", "; eller ";
    NOT_ALL_DECIDED: "not all could be decided: {0}", "ikke alt kunne avgjøres: {0}";

    TOO_MANY_PARTS: "delegations name more than {0} other parts of the service: not all were asked about",
        "delegeringer gjelder mer enn {0} andre deler av tjenesten: det ble ikke spurt om alle";

    // What somebody has.
    NAMED_ROLE: "the role `{0}`", "rollen `{0}`";
    NAMED_PACKAGE: "the package `{0}`", "tilgangspakken `{0}`";
    ALL_RIGHTS: "all rights", "alle rettigheter";
    RIGHTS_ON: "{0} on {1}", "{0} på {1}";
    TITLED: "{0} (`{1}`)", "{0} (`{1}`)";
    OF_INSTANCE: "{0}, instance `{1}`", "{0}, instansen `{1}`";
    ONESELF: ", as herself", ", på egne vegne";
    FROM_REGISTER: ", from a register", ", fra et register";
    BY: ", by {0}", ", gjennom {0}";
    BY_RECORD: ", delegated (record {0})", ", delegert (oppføring {0})";
    OUT_OF: ", out of {0}", ", fra {0}";
    WITHOUT_EFFECT: ", without effect: the decision is {0}", ", uten virkning: avgjørelsen er {0}";
    EFFECT_DEPENDS: ", with an effect that depends on {0}, which a request may say",
        ", med en virkning som avhenger av {0}, som en forespørsel kan oppgi";
    UNKNOWN_EFFECT: ", with unknown effect: the decision is {0}", ", med ukjent virkning: avgjørelsen er {0}";
    ONLY_AS: ", with effect only as {0}", ", med virkning bare som {0}";
    NOT_TO_BE_DELEGATED: "; not to be delegated: {0}", "; kan ikke delegeres: {0}";

    // Why it is not delegated.
    COMES_FROM_REGISTER: "it comes from a register or from being who one is",
        "den kommer fra et register eller følger av hvem man er";
    NO_DELEGATED_ROLE: "it is no role that is delegated; packages are",
        "rollen kan ikke delegeres; det kan tilgangspakker";
    OLD_ROLES_STOPPED: "roles of Altinn II are no longer delegated",
        "roller i Altinn II kan ikke lenger delegeres";
    PACKAGE_NOT_ALONE: "the package is not given to somebody on its own",
        "tilgangspakken kan ikke gis alene";
    PACKAGE_NOT_ON: "the package is not delegated on by its receiver",
        "mottakeren kan ikke delegere tilgangspakken videre";
    OWN_USE_ONLY: "the role gives the package for its holder's own use only",
        "rollen gir tilgangspakken bare til eget bruk";
    AS_AGENT: "an agent does not give on what it has for a client",
        "en agent kan ikke gi videre det den har for en klient";
    NOT_IN_EACH_PART: "a delegation would give it in parts in which the holder has not got it",
        "en delegering ville gi den i deler der innehaveren ikke har den";
    NOT_SINGLY: "rights to the resource are not delegated singly",
        "rettigheter til ressursen kan ikke delegeres enkeltvis";
    MAIN_BY_DELEGATION: "only who is main administrator by a role from a register makes another",
        "bare den som er hovedadministrator gjennom en rolle fra et register, kan utpeke en til";
    ON_NO_LIST: "the party is on no access list that opens the resource for it",
        "aktøren står ikke på noen tilgangsliste som åpner ressursen for den";
    WITHOUT_RIGHT: "the party has no resource right that the resource requires, or only such as one \
         person may use",
        "aktøren har ikke den ressursrettigheten som ressursen krever, eller bare en som én person kan \
         bruke";
    NOT_IN_POLICY: "the policy has no such right that a delegation alone can give",
        "policyen har ingen slik rettighet som en delegering alene kan gi";

    // Parties for which somebody may act.
    PART_OF: ", part of {0}", ", underenhet av {0}";
    DELETED: ", deleted", ", slettet";
    SUB_UNITS_ONLY: ", access to sub-units only", ", bare tilgang til underenheter";
    HAS_KEY_ROLE: ", key role", ", nøkkelrolle";
    MAIN_ADMINISTRATOR: ", main administrator", ", hovedadministrator";
    ACCESS_MANAGER: ", access manager", ", tilgangsstyrer";

    // What changes for a right.
    NOTHING_LOST: "nothing is lost", "ingenting faller bort";
    SOME_LOST: "some lose it, and something that can be given stays",
        "noen mister den, men den kan fortsatt gis";
    ONLY_REGISTER_ROLES: "only roles of registers are left", "bare roller fra registre er igjen";
    ONLY_NAMED_PARTIES: "only parties that the policy names are left, and no package opens it",
        "bare aktører som policyen nevner selv, er igjen, og ingen tilgangspakke åpner for den";
    ONLY_SERVICE_OWNERS: "only the service owner is left", "bare tjenesteeieren er igjen";
    NOBODY_LEFT: "nobody is left", "ingen er igjen";
    ONLY_SINGLE_RIGHTS: "nobody is left, but for whoever was given this single right",
        "ingen er igjen, bortsett fra den som har fått enkeltrettigheten";
    NOTHING_CHANGES: "nothing changes", "ingenting endres";
    LOST: "lost: {0}", "faller bort: {0}";
    LOST_BY_POLICY: "lost: {0}, by the policy itself",
        "faller bort: {0}, ifølge policyen selv";
    KEPT: "kept: {0}", "består: {0}";
    GAINED: "gained: {0}", "kommer til: {0}";
    WIDENED: "wider: {0}, which no other rule denies any longer",
        "utvides: {0}, der ingen annen regel lenger gir avslag";
    PERHAPS: "perhaps: {0}", "kanskje: {0}";
    SUGGESTION: "{0} ({1}): {2} of the {3} roles that lose it have this package",
        "{0} ({1}): {2} av de {3} rollene som mister den, har denne tilgangspakken";
    SUGGESTION_OF_ONE: "{0} ({1}): the one role that loses it has this package",
        "{0} ({1}): den ene rollen som mister den, har denne tilgangspakken";
    NO_SUGGESTION: "no package stands out by its roles: search one by what the service is about",
        "rollene peker ikke ut noen tilgangspakke: søk etter en ut fra hva tjenesten handler om";

    // Questions without an answer.
    NO_REGISTER: "a PDP without a register does not know who has what",
        "uten et register kan det ikke sies hvem som har hva";
    NO_POLICY: "the resource `{0}` has no policy", "ressursen `{0}` har ingen policy";
    TOO_LARGE: "the policy is too large for such an answer: ask about one action, about one part of the \
         service, or whether one person may do it",
        "policyen er for stor til å undersøkes slik: spør om én handling, om én del av tjenesten, eller om én \
         person kan gjøre det";
    NOT_LATER: "the instant after, {0}, is earlier than the one before, {1}",
        "tidspunktet etter, {0}, er tidligere enn tidspunktet før, {1}";

    // Packages that are found.
    FOR_PERSONS: ", for persons", ", for privatpersoner";
    NOT_FOR_POLICIES: ", not for policies", ", kan ikke brukes i policyer";
    OF_NO_ROLE: "no role has it: it must be delegated", "ingen rolle gir den: den må delegeres";
    OF_FORM: "{0} of {1}", "{0} i {1}";

    // Two catalogues.
    NO_DIFFERENCE: "no difference", "ingen forskjell";
    A_PACKAGE: "package", "tilgangspakken";
    A_ROLE: "role", "rollen";
    IS_NEW: "{0} `{1}` is new", "{0} `{1}` er ny";
    IS_GONE: "{0} `{1}` is gone", "{0} `{1}` finnes ikke lenger";
    HAS_CHANGED: "{0} `{1}`: `{2}` was `{3}` and is `{4}`", "{0} `{1}`: `{2}` var `{3}` og er nå `{4}`";
    GRANT: "role `{0}` and package `{1}`", "rollen `{0}` og tilgangspakken `{1}`";
    FOR_FORM: " for `{0}`", " for `{0}`";
    GRANTED: ": now `{0}`", ": nå `{0}`";
    NOT_GRANTED: ": no longer `{0}`", ": ikke lenger `{0}`";
    GRANTED_OTHERWISE: ": was `{0}` and is `{1}`", ": var `{0}` og er nå `{1}`";

    // The report.
    TITLE: "What changes from {0} to {1}", "Endringer fra {0} til {1}";
    NOT_SEEN_THROUGH: "Not all of the policy could be seen through: there may be more.",
        "Ikke hele policyen kunne undersøkes: det kan være mer.";
    ENVIRONMENT_READ: "The policy also reads {0}. What it gives with any value of that is compared here; people are \
         compared by requests that do not say it.",
        "Policyen leser også {0}. Det den gir med enhver verdi av dette, er sammenlignet her; personer er \
         sammenlignet med forespørsler som ikke oppgir det.";
    SOMEBODY_MISSING: "Not all could be decided, and somebody may be missing: {0}.",
        "Ikke alt kunne avgjøres, og noen kan mangle: {0}.";
    POLICY_OF_OTHERS: "Its policy is of {0}, and permits nothing here: nothing could be told of this service.",
        "Policyen gjelder {0}, og tillater ingenting her: det kan ikke sies noe om denne tjenesten.";
    SERVICE_NOT_SEEN: "1 service was not looked at, as its policy is of another",
        "1 tjeneste er ikke undersøkt, siden policyen gjelder en annen";
    SERVICES_NOT_SEEN: "{0} services were not looked at, as their policies are of others",
        "{0} tjenester er ikke undersøkt, siden policyene gjelder andre";
    NOTHING: "Nothing is lost.", "Ingenting faller bort.";
    RIGHT_OF_NOBODY: "1 right is left to nobody", "1 rettighet blir stående uten rettighetshaver";
    RIGHTS_OF_NOBODY: "{0} rights are left to nobody",
        "{0} rettigheter blir stående uten rettighetshaver";
    RIGHT_OF_REGISTERS: "1 right is left to roles of registers only",
        "1 rettighet følger bare av roller fra registre";
    RIGHTS_OF_REGISTERS: "{0} rights are left to roles of registers only",
        "{0} rettigheter følger bare av roller fra registre";
    RIGHT_OF_NAMED: "1 right is left to parties that the policy names only",
        "1 rettighet har bare aktører som policyen nevner selv, igjen";
    RIGHTS_OF_NAMED: "{0} rights are left to parties that the policy names only",
        "{0} rettigheter har bare aktører som policyen nevner selv, igjen";
    RIGHT_OF_OWNERS: "1 right is left to the service owner only",
        "1 rettighet har bare tjenesteeieren igjen";
    RIGHTS_OF_OWNERS: "{0} rights are left to the service owner only",
        "{0} rettigheter har bare tjenesteeieren igjen";
    RIGHT_LOSES: "1 right loses some of the ways to it", "1 rettighet kan fås på færre måter";
    RIGHTS_LOSE: "{0} rights lose some of the ways to it", "{0} rettigheter kan fås på færre måter";
    HOLDER_LOSES: "1 holder loses rights", "1 rettighetshaver mister rettigheter";
    HOLDERS_LOSE: "{0} holders lose rights", "{0} rettighetshavere mister rettigheter";
    HOLDER_EXPIRES: "1 holder has rights that end by themselves",
        "1 rettighetshaver har rettigheter som utløper av seg selv";
    HOLDERS_EXPIRE: "{0} holders have rights that end by themselves",
        "{0} rettighetshavere har rettigheter som utløper av seg selv";
    RIGHT_OPENS: "1 right is open to more", "1 rettighet er åpen for flere";
    RIGHTS_OPEN: "{0} rights are open to more", "{0} rettigheter er åpne for flere";
    HOLDER_GAINS: "1 holder gains rights", "1 rettighetshaver får rettigheter";
    HOLDERS_GAIN: "{0} holders gain rights", "{0} rettighetshavere får rettigheter";
    WHO: "who", "hvem";
    FOR: "for", "på vegne av";
    LOSES: "loses", "mister";
    KEEPS: "keeps", "beholder";
    GAINS: "gains", "får";
    EACH_OF: "each of {0} parties", "hver av {0} aktører";
    ITSELF: "for itself", "seg selv";
    ENDS_BY_ITSELF: "{0} (ends by itself)", "{0} (utløper av seg selv)";

    // Attributes of a request that a question does not say.
    ATTRIBUTE_OF: "`{0}` of the {1}", "`{0}` i kategorien {1}";
    ALSO_READS: "the policy also reads {0}, which the question does not say: with it, the answer may \
         be another",
        "policyen leser også {0}, som spørsmålet ikke oppgir: med det kan svaret bli et annet";
}
