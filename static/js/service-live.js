// Keeps the Service page up to date: asked once a second while it is looked at, and at once after an action.
import { $, nodes } from "./dom.js";
import { getJson } from "./http.js";
import { mergeAll } from "./service-merge.js";

const CALM = 1000; // milliseconds between two looks
const QUIET = 5000; // and between two messages to screen readers
let timer = null;
let latest = 0;
let told = "";
let toldAt = 0;
let isBeginning = false;

function announce() {
  const count = document.querySelector('[data-part="delivery-count"]').textContent;
  if (count === told || performance.now() < toldAt + QUIET) return;
  $("announcer").textContent = told ? `${count} deliveries` : "";
  [told, toldAt] = [count, performance.now()];
}

function take({ version, workspace, is_empty: isEmpty, html, now_text: now, due_text: due }) {
  const main = $("main");
  $("clock-now").textContent = now;
  $("clock-due").textContent = due;
  main.dataset.workspace = workspace;
  announce();
  if (html !== null && mergeAll($("service"), nodes(html))) main.dataset.version = version;
  if (isEmpty) main.dataset.isEmpty = "";
  else delete main.dataset.isEmpty;
  foldFirst(isEmpty);
}

// What helps to begin folds when something has begun; not while the pointer is below it, where all would move.
function foldFirst(isEmpty) {
  isBeginning ||= isEmpty;
  if (!isBeginning || isEmpty || $("service").matches(":hover")) return;
  $("first").open = isBeginning = false;
}

export async function refresh() {
  clearTimeout(timer);
  const number = ++latest;
  const { version, workspace, chosen } = $("main").dataset;
  const shown = chosen || ("isEmpty" in $("main").dataset ? "" : workspace);
  const look = await getJson(`/-/service/live?${new URLSearchParams({ workspace: shown, version })}`).catch(() => null);
  if (look && number === latest) take(look); // else the connection says what is wrong
  if (number === latest && !document.hidden) timer = setTimeout(refresh, CALM);
}

export function startLive() {
  isBeginning = $("first").open;
  if (isBeginning) $("main").dataset.isEmpty = "";
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));
  refresh();
}
