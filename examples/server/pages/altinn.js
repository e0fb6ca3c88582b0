"use strict";
// En person, en part og en tjeneste → avgjørelsen, hvorfor, og hva som ville være nok.

const words = { Permit: "Ja", Deny: "Nei", NotApplicable: "Nei", Indeterminate: "Kan ikke avgjøres" };
const kinds = {
  person: "person", organisation: "virksomhet", "system user": "systembruker",
  "enterprise user": "virksomhetsbruker", "self-identified user": "selvregistrert bruker",
};

const named = (party) => [party.name, party.number || kinds[party.kind]].filter(Boolean).join(", ");

/** Whether a party can be asked about: of a national identity number, or an address, the server tells the beginning. */
const isWhole = (party) => party.key && !party.key.includes("*****");

function options(id, items) {
  get(id).replaceChildren(...items.map(([value, text]) => {
    const option = make("option", "", text);
    option.value = value;
    return option;
  }));
}

/** The instant that was chosen, with the zone of this browser. */
function at() {
  const chosen = get("at").value;
  return chosen ? { at: new Date(chosen).toISOString() } : {};
}

async function begin() {
  const register = await ask("/altinn/register", {});
  options("who", register.subjects.filter(isWhole).map((party) => [party.key, named(party)]));
  options("party", register.parties.filter(isWhole).map((party) => [party.key, named(party)]));
  options("resource", register.services.map((service) => [service.id, service.title && service.title !== service.id ? `${service.title} (${service.id})` : service.id]));
  const lacking = [["who", "personer"], ["party", "parter"], ["resource", "tjenester"]].filter(([id]) => !get(id).options.length);
  if (lacking.length) say("", `Her er det ingen ${lacking.map(([, name]) => name).join(", ingen ")} å velge.`);
  else await show();
  if (register.has_more) say("", "Bare de første 1000 etter navn er med i listene.");
}

/** The number of times that rights were asked for: an answer to an earlier question comes too late. */
let shown = 0;

/** The rights of the service that is chosen: actions, on it or on a part of it. The party is chosen besides. */
async function show() {
  shown += 1;
  const own = shown;
  const { rights } = await ask("/altinn/rights", { resource: get("resource").value, ...at() });
  if (own !== shown) return;
  const isOfParty = ({ id }) => /^urn:altinn:(partyid|party:|person:|organization|systemuser:|enterpriseuser:|userid|.*instance-id)/.test(id);
  const texts = new Map();
  for (const { action, part } of rights.filter((right) => right.action)) {
    const named = part.filter((one) => !isOfParty(one));
    const text = named.length ? `${action} (${named.map(({ value }) => value).join(", ")})` : action;
    texts.set(JSON.stringify({ action, ...(named.length && { part: named }) }), text);
  }
  const chosen = get("action").value;
  options("action", [...texts].sort(([, one], [, other]) => one.localeCompare(other)));
  if (texts.has(chosen)) get("action").value = chosen;
}

/** What the server says in English to whoever may not ask, or asks too much. */
const refusals = {
  401: "Tjeneren krever en nøkkel som den kjenner.",
  403: "Nøkkelen har ikke rettigheten `explain`.",
  408: "Svaret kom ikke i tide.",
  503: "Tjeneren har for mye å gjøre: prøv igjen om litt.",
};
function inNorwegian(problem) {
  problem.message = refusals[problem.status] || problem.message;
  throw problem;
}

/** A question that was not answered: nothing may look like an answer of nobody. */
const unanswered = (problem) => ({ failed: make("p", "failed", `Kunne ikke besvares: ${problem.message}`) });

/** Why somebody may be missing from a list. */
const missing = (answer) => (answer.is_complete || answer.troubles.length
  ? answer.troubles.map((trouble) => `Noen kan mangle: ${trouble}`)
  : ["Noen kan mangle: ikke alt i policyen kunne undersøkes."]);

async function answer() {
  const about = { resource: get("resource").value, ...JSON.parse(get("action").value), ...at() };
  const who = { who: get("who").value };
  const party = { party: get("party").value };
  const told = await ask("/altinn/explain", { ...who, ...party, ...about });
  const needed = await ask("/altinn/needed", { ...who, ...party, ...about }).catch((problem) => ({ text: problem.message, enough: [] }));
  const holders = await ask("/altinn/who", { ...party, ...about }).catch(unanswered);
  const parties = await ask("/altinn/parties", { ...who, ...about }).catch(unanswered);
  const [first, ...rest] = told.text.split("\n");
  say(tone(told.decision) === "good" ? "good" : told.decision === "Indeterminate" ? "failed" : "bad",
    make("strong", "", words[told.decision]), " – ", ...reason(first));
  get("details").hidden = false;
  get("why").replaceChildren(...(rest.length ? rest : [first]).map((line) => {
    const text = make("div", "", ...prose(line.trim()));
    // What is below a line stands to the right of it, also where it is broken.
    text.style.marginLeft = `${Math.max(0, line.search(/\S/) / 2 - 1)}em`;
    return text;
  }));
  const isPermit = told.decision === "Permit";
  get("enough").replaceChildren(isPermit
    ? make("p", "", "Ingenting mangler.")
    : list([
      ...needed.enough.map((way) => way.text),
      ...(needed.enough.length && needed.is_complete === false ? ["Det kan finnes flere muligheter."] : []),
    ], needed.text));
  get("holders").replaceChildren(holders.failed || list([
    ...holders.holders.map((holder) => `${named(holder)}: ${holder.ways.join("; ")}`),
    ...(holders.has_more ? ["Det finnes flere."] : []),
    ...holders.others,
    ...missing(holders),
  ], holders.veto ? `Ingen: ${holders.veto}` : "Ingen i registeret."));
  get("parties").replaceChildren(parties.failed || list([
    ...parties.parties.map(named),
    ...(parties.has_more ? ["Det finnes flere."] : []),
    ...parties.others.map((other) => `Policyen åpner også for andre: ${other}`),
    ...missing(parties),
  ], "Ingen."));
}

onQuestion(() => answer().catch(inNorwegian), "Avgjør …");
const start = () => begin().catch(inNorwegian).catch(failed);
get("resource").addEventListener("change", () => show().catch(failed));
get("token").addEventListener("change", start);
start();
