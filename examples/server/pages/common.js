"use strict";
// What both pages need. All text becomes text: nothing that comes from a policy is read as HTML.

const isNorwegian = document.documentElement.lang === "nb";
const get = (id) => document.getElementById(id);

/** Makes an element with a class, and with texts or elements in it. */
function make(name, kind, ...inside) {
  const element = document.createElement(name);
  if (kind) element.className = kind;
  element.append(...inside.filter((part) => part !== null && part !== undefined));
  return element;
}

/** A list of texts, or a sentence where there are none. */
function list(items, none) {
  if (!items.length) return make("p", "hint", none);
  return make("ul", "plain", ...items.map((item) => make("li", "", ...prose(item))));
}

/** The token that the server refused last, with its problem: it is not sent again. */
let refused = null;

/** Asks the server; a token is shown to be needed if it says so. */
async function ask(path, body) {
  const headers = { "Accept-Language": document.documentElement.lang };
  const token = get("token").value.trim();
  if (token && refused && refused.token === token) throw refused.problem;
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const asked = fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await asked.catch(() => {
    throw new Error(isNorwegian ? "Tjeneren svarer ikke." : "The server does not answer.");
  });
  const kind = answer.headers.get("Content-Type") || "";
  const read = kind.includes("json") ? await answer.json() : await answer.text();
  if (answer.ok) return read;
  if (answer.status === 401 || answer.status === 403) get("token-part").hidden = false;
  const needsToken = isNorwegian ? "Siden trenger et token: skriv det i feltet for token." : "This page needs a token: write it into its field.";
  const isFirst = answer.status === 401 && !token;
  const problem = new Error(isFirst ? needsToken : read.detail || `${answer.status}`);
  problem.problems = read.problems || [];
  problem.status = answer.status;
  if (answer.status === 401 && token) refused = { token, problem };
  throw problem;
}

/** The tone of a value: its colour is never all there is, the word is beside it. */
function tone(value) {
  if (value === "Permit" || value === true) return "good";
  if (value === "Deny" || value === false) return "bad";
  if (typeof value === "string" && value.startsWith("Indeterminate")) return "failed";
  return "faint";
}

/** A sentence with its names, which stand between backticks, as code. */
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 ? make("code", "", part) : part));
}

/** A sentence without the decision that it begins with, which stands before it already. */
const reason = (text) => prose(text.replace(/^[A-Za-z]+: /, ""));

/** Says in the live region of the answer what was decided, or what failed. */
function say(kind, ...inside) {
  get("status").replaceChildren(make("p", kind, ...inside));
}

/** Says what failed where there is no other answer. */
const failed = (problem) => say("failed", make("strong", "", ...prose(problem.message)));

/** Runs what a button asks for, one at a time; `failed` gets what goes wrong. */
function once(button, run, failed) {
  let isBusy = false;
  return async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    button.setAttribute("aria-disabled", "true");
    try {
      await run();
    } catch (problem) {
      failed(problem);
    } finally {
      isBusy = false;
      button.removeAttribute("aria-disabled");
    }
  };
}

/** Runs what a form asks. */
function onQuestion(answer, waits) {
  const run = () => {
    say("", waits);
    return answer();
  };
  const untold = (problem) => {
    get("details").hidden = true;
    const all = problem.problems || [];
    if (all.length < 2) {
      const [title, ...lines] = problem.message.split("\n");
      say("failed", make("strong", "", ...prose(title)));
      if (lines.length) get("status").append(make("pre", "", lines.join("\n")));
      return;
    }
    // Of several problems, each has its place.
    say("failed", make("strong", "", `${all.length} ${isNorwegian ? "feil" : "problems"}`));
    for (const one of all) {
      const place = one.line ? `${one.source || ""}:${one.line}:${one.column}: ` : "";
      get("status").append(make("p", "failed", place, ...prose(one.message)));
    }
  };
  const button = document.querySelector("#question button");
  get("question").addEventListener("submit", once(button, run, untold));
}
