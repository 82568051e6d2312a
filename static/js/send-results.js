// What was sent, live: runs with their progress, and the newest deliveries.
import { fill, startDeliveries } from "./deliveries.js";
import { $, nodes } from "./dom.js";
import { getJson, send } from "./http.js";
import { complain } from "./toast.js";

const MOST = 100;
const list = $("deliveries");
const runs = $("runs");
let isExpecting = false;
let reloaded = Promise.resolve(); // what the stream tells waits until the list is there
let isExtended = false; // older ones were asked for: nothing is cut off then

// Whether the next delivery opens by itself.
export const expectOne = (expected) => { isExpecting = expected; };

const rowOf = (id) => list.querySelector(`[data-id="${CSS.escape(id)}"]`);

function showCount(total) {
  $("delivery-count").textContent = total.toLocaleString("en");
  $("no-deliveries").hidden = total > 0;
}

function put(id, html) {
  const row = nodes(html).firstElementChild;
  const before = rowOf(id);
  if (!before) { list.prepend(row); return row; }
  before.dataset.state = row.dataset.state;
  before.querySelector("summary").replaceChildren(...row.querySelector("summary").childNodes);
  fill(before.firstElementChild).catch(complain);
  return before;
}

function putRun(id, html) {
  const run = nodes(html).firstElementChild;
  const before = runs.querySelector(`[data-run-id="${CSS.escape(id)}"]`);
  if (!before) runs.prepend(run);
  else update(before, run);
  cutRuns();
}

// Shown are the newest run, and those that are still under way.
function cutRuns() {
  for (const run of [...runs.children].slice(1)) if (run.dataset.state !== "running") run.remove();
}

// The button stays where it is, so that it keeps the focus and a click that has begun on it is not lost.
function update(before, run) {
  if (run.dataset.state !== "running") {
    before.replaceWith(run);
    if (before.dataset.state === "running") tell(run);
    return;
  }
  const [head, ...rest] = run.children;
  before.querySelector(".run-count").replaceWith(head.querySelector(".run-count"));
  for (const part of [...before.children].slice(1)) part.remove();
  before.append(...rest);
}

function tell(run) {
  $("announcer").textContent = run.querySelector(".run-head").textContent.replace(/\s+/g, " ").trim();
}

// The one delivery that was asked for opens as soon as there is something to see in it.
function openExpected(row) {
  if (!isExpecting || row.dataset.state === "sending") return;
  isExpecting = false;
  row.firstElementChild.open = true;
}

function take({ deliveries, runs: changed, total }) {
  for (const [id, html] of Object.entries(deliveries)) openExpected(put(id, html));
  while (!isExtended && list.childElementCount > MOST) list.lastElementChild.remove();
  for (const [id, html] of Object.entries(changed)) putRun(id, html);
  showCount(total);
}

// All anew: at first, and when the stream was away.
async function reload() {
  const page = await getJson("/-/send/deliveries");
  const open = new Set([...list.querySelectorAll("[data-delivery][open]")].map((details) => details.dataset.delivery));
  const known = new Set([...list.querySelectorAll('.delivery:not([data-state="sending"])')].map((row) => row.dataset.id));
  list.replaceChildren(nodes(page.html));
  for (const details of list.querySelectorAll("[data-delivery]")) details.open = open.has(details.dataset.delivery);
  for (const row of list.children) if (!known.has(row.dataset.id)) openExpected(row);
  runs.replaceChildren(...page.runs.map(nodes));
  cutRuns();
  $("older").hidden = !page.has_older;
  showCount(page.total);
}

async function showOlder() {
  const page = await getJson(`/-/send/deliveries?before=${encodeURIComponent(list.lastElementChild.dataset.id)}`);
  isExtended = true;
  list.append(nodes(page.html));
  $("older").hidden = !page.has_older;
}

const stop = (button) => send("POST", "/-/send/stop", { run: button.dataset.stop });

export function startResults() {
  const source = new EventSource("/-/send/stream");
  for (const name of ["ready", "gap"]) source.addEventListener(name, () => { reloaded = reloaded.then(reload).catch(complain); });
  source.addEventListener("batch", (event) => reloaded.then(() => take(JSON.parse(event.data))));
  startDeliveries();
  $("older").addEventListener("click", () => showOlder().catch(complain));
  runs.addEventListener("click", (event) => {
    const button = event.target.closest("[data-stop]");
    if (button) stop(button).catch(complain);
  });
}
