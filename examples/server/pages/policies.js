"use strict";
// A policy and a request → the decision, its tree, the marked text, what would be enough.

/** The policies of the folder, by name: those that were shown, with their texts. */
const texts = new Map();
/** The requests that were tried with the policies as they are now, for the coverage. */
let earlier = [];
let ofPolicies = "";

/** The digest of the policies that were read. */
let digest = null;

/** Reads which policies the folder has, if they have changed. What somebody has written stays. */
async function read() {
  const told = await ask("/policies");
  if (told.digest === digest) return;
  const chosen = get("source").value;
  const isOwn = get("policy").value !== (texts.get(chosen) || "");
  const sources = told.policies.map((policy) => policy.source);
  texts.clear();
  texts.set("", "");
  get("source").replaceChildren(...[...sources, ""].map((source) => {
    const option = make("option", "", source || "a policy of your own");
    option.value = source;
    return option;
  }));
  const isThere = digest !== null && (chosen === "" || sources.includes(chosen));
  get("source").value = isThere ? chosen : isOwn ? "" : sources[0] || "";
  digest = told.digest;
  if (!isOwn) await show();
  else await textOf(get("source").value);
  if (!sources.length) say("", "No policy decides in the folder yet. Paste one, and it decides here.");
}

/** The text of a policy of the folder. */
async function textOf(source) {
  if (!texts.has(source)) texts.set(source, await ask(`/policies/${encodeURIComponent(source)}`));
  return texts.get(source);
}

async function show() {
  const source = get("source").value;
  const text = await textOf(source);
  if (source !== get("source").value) return;
  const field = get("policy");
  field.value = text;
  // Otherwise whoever comes to the field by the keyboard is at its end.
  field.setSelectionRange(0, 0);
  field.scrollTop = 0;
}

/** The policies to decide by: none means those of the folder. */
function policies() {
  const source = get("source").value;
  const text = get("policy").value;
  if (source && text === texts.get(source)) return null;
  return [{ source: source || "policy.xml", text }];
}

async function answer() {
  await read();
  const own = policies();
  if (own && !own[0].text.trim()) throw new Error("There is no policy: write or paste one, or choose one of the folder.");
  if (JSON.stringify(own) !== ofPolicies) {
    ofPolicies = JSON.stringify(own);
    earlier = [];
  }
  const request = get("request").value;
  const open = [...document.querySelectorAll("#open input:checked")].map((box) => box.value);
  const others = earlier.filter((one) => one !== request);
  const told = await ask("/try", { policies: own, request, open, earlier: others });
  if (!earlier.includes(request)) earlier.push(request);
  for (const one of told.explanations) if (one.Tree) settle(one.Tree, true);
  const first = told.explanations[0];
  const decisions = told.explanations.map((one) => one.Decision);
  say(tone(first.Decision), make("strong", "", decisions.join(", ")), " – ", ...reason(first.Why));
  // What AuthZEN answers is not always the decision.
  if (told.note) get("status").append(make("p", "bad", told.note));
  get("details").hidden = false;
  await mark(told.explanations, own);
  get("tree").replaceChildren(make("ul", "", ...told.explanations.flatMap((one) => {
    const rest = [];
    for (const obligation of one.Obligations || []) rest.push(make("li", "", `obligation: ${obligation.Id}`));
    for (const trouble of one.Troubles || []) rest.push(make("li", "failed", make("span", "value", "trouble: "), trouble));
    return [one.Tree ? node(one.Tree) : make("li", "", one.Why), ...rest];
  })));
  get("enough").replaceChildren(told.note ? make("p", "", told.note) : enough(told.enough));
  const { covered, rules, requests } = told.coverage;
  const counted = `${covered} of ${rules} rules decided in ${requests} ${requests === 1 ? "request" : "requests"}.`;
  const rest = requests <= others.length ? " To count the others takes too long." : "";
  get("coverage").replaceChildren(make("p", "", counted + rest), counts(told.coverage));
  const pictures = told.pictures.map((text) => {
    const picture = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    picture.setAttribute("role", "img");
    return document.importNode(picture, true);
  });
  get("picture").replaceChildren(...pictures);
}

/** The text of the policies with the times that each line was reached. */
function counts(cover) {
  const text = make("pre", "wide", cover.annotated);
  text.tabIndex = 0;
  return make("details", "", make("summary", "", "The text with counts"), text);
}

/** Runs the test files in the folder of policies. */
async function runTests() {
  get("tests-status").replaceChildren(make("p", "", "Running …"));
  get("tests-cover").replaceChildren();
  const { is_passed, passed, failed, broken, text, coverage } = await ask("/tests");
  const said = [`${passed} passed`, `${failed} failed`];
  if (broken) said.push(`${broken} ${broken === 1 ? "file" : "files"} cannot be run`);
  if (coverage) said.push(`${coverage.covered} of ${coverage.rules} rules are covered`);
  const word = make("strong", "", is_passed ? "Passed" : "Failed");
  get("tests-status").replaceChildren(make("p", is_passed ? "good" : "bad", word, ` – ${said.join(", ")}`));
  if (!is_passed) {
    const report = make("pre", "wide", text);
    report.tabIndex = 0;
    get("tests-cover").append(report);
  }
  if (coverage) {
    const parts = `${coverage.parts_covered} of ${coverage.parts} parts are covered: rules, targets, matches, conditions and functions.`;
    get("tests-cover").append(make("p", "", parts), counts(coverage));
  }
}

function enough(told) {
  if (told.unanswered) return make("p", "hint", `The policies are not simple enough to say: ${told.unanswered}`);
  if (told.decision === "Permit") return make("p", "", "Nothing is missing.");
  const ways = told.enough.map((way) => {
    const rests = way.rests_on.map((on) => `provided that ${on}`);
    return [...way.changes.map((change) => change.text), ...rests].join(", and ");
  });
  const none = "No change of what may change would be enough.";
  return make("div", "", list(ways, none), told.is_complete ? null : make("p", "hint", "There may be others."));
}

/** The value of a node in words, and its tone. */
function value(of) {
  if (of.Values) return [of.Values.length ? of.Values.map((one) => `“${one}”`).join(", ") : "no value", "faint"];
  return [String(of.Value), tone(of.Value)];
}

/** Says of each node whether it decides: in all policies around it, not in its own alone. */
function settle(of, decides) {
  of.Decides = decides && of.Role === "decides";
  for (const child of of.Children || []) settle(child, decides && (!of.Role || of.Decides));
}

function node(of) {
  const [text, kind] = value(of);
  // Of a function of the standard, the last part says it all.
  const name = (of.Name || "").replace(/^urn:oasis:names:tc:xacml:.*:/, "");
  const item = make("li", `${kind} ${of.Decides ? "decides" : ""}`, make("span", "value", text), " ", of.Element);
  if (name) item.append(" ", make("code", "", name));
  if (of.Line) {
    const line = `line ${of.Line}`;
    const link = make("a", "", of.Source === marked.source ? line : `${of.Source}, ${line}`);
    link.href = `#${lineId(of.Source, of.Line)}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      reveal(of.Source, of.Line).catch(failed);
    });
    item.append(" ", link);
  }
  const said = [];
  if (of.Wanted !== undefined) said.push(`wanted “${of.Wanted}”`);
  if (of.Attribute) {
    const { AttributeId, Values, Origin, NearMiss } = of.Attribute;
    said.push(`${AttributeId} is ${Values && Values.length ? Values.map((one) => `“${one}”`).join(", ") : "not there"} (${Origin})`);
    if (NearMiss) said.push(NearMiss);
  }
  if (of.Reason) said.push(of.Reason);
  if (of.CombiningAlgorithm) said.push(`${of.CombiningAlgorithm.split(":").pop()}: ${of.Step}`);
  if (of.Role && !of.Decides) said.push(of.Role === "decides" ? "decides in its policy" : of.Role);
  if (said.length) item.append(" – ", ...prose(said.join("; ")));
  if (of.Children && of.Children.length) item.append(make("ul", "", ...of.Children.map(node)));
  return item;
}

const lineId = (source, line) => `line-${line}`;
let marked = { source: "", own: null, explanations: [] };

/** Shows the text of the policy with the lines of the explanation marked. */
async function mark(explanations, own, source) {
  const sources = new Set();
  const places = [];
  const visit = (of) => {
    if (of.Line) {
      sources.add(of.Source);
      places.push(of);
    }
    for (const child of of.Children || []) visit(child);
  };
  for (const one of explanations) if (one.Tree) visit(one.Tree);
  const chosen = source || (sources.has(get("source").value) ? get("source").value : [...sources][0]);
  const text = own ? own[0].text : chosen ? await textOf(chosen) : "";
  marked = { source: chosen, own, explanations };
  const lines = text.split("\n").map((line, index) => {
    const item = make("li", "", make("code", "", line || " "));
    item.id = lineId(chosen, index + 1);
    item.tabIndex = -1;
    return item;
  });
  for (const of of places.filter((place) => place.Source === chosen)) {
    const line = lines[of.Line - 1];
    if (!line || of.Values || line.querySelector(".mark")) continue;
    const [text, kind] = value(of);
    line.classList.add(kind);
    if (of.Decides) line.classList.add("decides");
    line.append(make("span", `mark value ${kind}`, text));
  }
  get("marked-heading").textContent = chosen ? `The policy ${chosen}, marked` : "The policy, marked";
  get("marked").replaceChildren(...lines);
}

async function reveal(source, line) {
  if (source !== marked.source) await mark(marked.explanations, marked.own, source);
  const item = get(lineId(source, line));
  if (item) {
    item.scrollIntoView({ block: "center" });
    item.focus({ preventScroll: true });
  }
}

get("source").addEventListener("change", () => show().catch(failed));
onQuestion(answer, "Deciding …");
const untested = (problem) => get("tests-status").replaceChildren(make("p", "failed", ...prose(problem.message)));
get("run-tests").addEventListener("click", once(get("run-tests"), runTests, untested));
const start = () => read().catch(failed);
get("token").addEventListener("change", start);
start();
