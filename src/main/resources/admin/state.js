// Shows what /state says, anew every five seconds. Text only: nothing of it is ever taken for HTML.
const REFRESH_MS = 5000;
const at = { threads: "", connections: "", sessions: "" };
let timer = 0;
// In the memory of this page only: who loads it again is asked again.
let secret = "";

const byId = (id) => document.getElementById(id);

function cell(tag, value) {
  const made = document.createElement(tag);
  made.textContent = value === null || value === undefined ? "–" : String(value);
  if (typeof value === "number") made.className = "number";
  return made;
}

function row(tag, values) {
  const made = document.createElement("tr");
  made.append(...values.map((value) => cell(tag, value)));
  return made;
}

function table(id, columns, entries) {
  const rows = entries.map((entry) => row("td", columns.map((column) => entry[column])));
  byId(id).replaceChildren(row("th", columns), ...rows);
}

function list(name, columns, page) {
  byId(`${name}-total`).textContent = `(${page.total})`;
  table(name, columns, page.value);
  const next = byId(`${name}-next`);
  const paging = Boolean(page.next || at[name]);
  next.hidden = !paging;
  next.textContent = page.next ? "Next page" : "First page";
  next.onclick = () => {
    at[name] = page.next ?? "";
    refresh();
  };
}

/** The files of this page are open to all who reach the port; what they show may not be. */
function ask() {
  byId("readiness").textContent = secret ? "That is not the secret." : "This port asks for its secret.";
  byId("readiness").className = secret ? "unready" : "";
  secret = "";
  signedIn(false);
  // A link can't carry it.
  byId("links").hidden = true;
  byId("secret").focus();
}

function signedIn(yes) {
  byId("sign-in").hidden = yes;
  document.querySelector("main").hidden = !yes;
  if (yes) byId("secret").value = "";
}

byId("sign-in").onsubmit = (event) => {
  event.preventDefault();
  secret = byId("secret").value;
  refresh();
};

function show(state) {
  signedIn(true);
  const { ready, missing } = state.readiness;
  const said = missing.map((one) => `${one.condition} (${one.reason})`).join(", ");
  byId("readiness").textContent = ready ? `Ready${state.cluster ? `, one of ${state.cluster.nodes.length} nodes` : ""}.` : `Not ready: ${said}.`;
  byId("readiness").className = ready ? "" : "unready";
  const budgets = Object.entries(state.budgets).map(([limit, left]) => ({ limit, left: Number(left.toFixed(3)) }));
  table("budgets", ["limit", "left"], budgets);
  list(
    "threads",
    ["threadId", "role", "pace", "intervalMs", "readAgoMs", "lateMs", "budgetMs", "subscribers"],
    state.threads,
  );
  list(
    "connections",
    ["id", "transport", "userId", "openedOn", "subscriptions", "framesIn", "bytesIn", "framesOut", "bytesOut", "behindBytes"],
    state.connections,
  );
  list(
    "sessions",
    ["id", "kind", "userId", "transport", "clientVersion", "openedOn", "threads", "unacknowledged", "detachedOn"],
    state.sessions,
  );
  byId("configuration").textContent = JSON.stringify(state.configuration, null, 2);
}

async function refresh() {
  clearTimeout(timer);
  const query = new URLSearchParams({ after: at.threads, connectionsAfter: at.connections, sessionsAfter: at.sessions });
  const headers = { Accept: "application/json" };
  if (secret) headers.Authorization = `Bearer ${secret}`;
  try {
    const response = await fetch(`/state?${query}`, { headers });
    if (response.status === 401) return ask();
    const state = await response.json();
    if (!response.ok) throw new Error(state.error);
    show(state);
  } catch (problem) {
    byId("readiness").textContent = `The state can't be had: ${problem.message}.`;
    byId("readiness").className = "unready";
  }
  timer = setTimeout(refresh, REFRESH_MS);
}

refresh();
