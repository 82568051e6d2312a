// Carries what the stream tells into the list: one batch per frame, and nothing while it is held.
import { read } from "./address.js";
import { announce } from "./announcer.js";
import { handle, openStream, show } from "./connection.js";
import { countAgain } from "./counts.js";
import { $ } from "./dom.js";
import { getJson } from "./http.js";
import * as list from "./list.js";
import { complain } from "./toast.js";

const waiting = [];
let frame = null;
let reloading = null;
let isPaused = false;
let isPressed = false; // a row must not slip away between press and release
let missed = 0;
let matched = Number($("matched").textContent.replaceAll(",", ""));

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`inspector:${name}`, { detail }));
const format = (count) => count.toLocaleString("en");

function setMatched(count) {
  matched = Math.max(0, count);
  $("matched").textContent = format(matched);
}

function take(batch) {
  if (isPaused) {
    missed += batch.count;
    show("paused", missed ? `paused, ${format(missed)} waiting` : "paused");
    return;
  }
  waiting.push(batch);
  schedule();
}

function schedule() {
  if (reloading || isPressed || waiting.length === 0) return;
  frame ??= requestAnimationFrame(applyNext);
}

function applyNext() {
  frame = null;
  if (!reloading && !isPressed && waiting.length) apply(waiting.shift());
  schedule();
}

// Ids begin with the run of their log: another run is another inspector, restarted at the same address.
function isForeign({ ids }) {
  const run = ids[0]?.split("-")[0] ?? document.body.dataset.run;
  if (run === document.body.dataset.run) return false;
  document.body.dataset.run = run;
  return true;
}

function apply(batch) {
  if (isForeign(batch)) { reload().catch(complain); return; }
  if (batch.cleared) { list.empty(); setMatched(0); }
  if (batch.removed.length) { list.remove(batch.removed); setMatched(matched - batch.removed.length); }
  if (batch.left.length) setMatched(matched - list.remove(batch.left));
  for (const [id, html] of Object.entries(batch.updated)) {
    if (list.place(id, html)) setMatched(matched + 1);
    tell("updated", id);
  }
  if (batch.count) {
    const count = list.insert(batch);
    setMatched(matched + count);
    if (count) announce(count);
    tell("arrived", batch.ids[0]);
  }
}

function showTotals({ total }) {
  $("total").textContent = format(total);
  countAgain();
  const wasEmpty = $("main").dataset.total === "0";
  $("main").dataset.total = total;
  if (wasEmpty !== (total === 0)) tell(wasEmpty ? "filled" : "emptied");
}

// Asks for the newest rows of a search, in place of all that is shown. Throws when the search is wrong.
export async function reload(q = read().q, { reopen = false } = {}) {
  const request = getJson(`/-/rows?q=${encodeURIComponent(q)}`);
  reloading = request;
  try {
    const page = await request;
    if (reloading !== request) return; // another one was asked for meanwhile
    if (page.error) throw Object.assign(new Error(page.error.message), { html: page.html });
    if (reopen) waiting.length = 0;
    list.reset(page);
    setMatched(page.matched);
    showTotals(page);
    if (reopen) openStream(q, page.change);
  } finally {
    if (reloading === request) reloading = null;
    schedule();
  }
}

function gap({ missed: count }) {
  if (isPaused) { missed += count; return; }
  show("missed", `${format(count)} missed`);
  reload().then(() => show("live")).catch(complain);
}

export function togglePause(button) {
  isPaused = !isPaused;
  button.setAttribute("aria-pressed", isPaused);
  button.querySelector(".icon").dataset.icon = isPaused ? "play" : "pause";
  missed = 0;
  show(isPaused ? "paused" : "live");
  if (!isPaused) reload().catch(complain);
}

export function startLive() {
  const ready = () => show(isPaused ? "paused" : "live");
  handle({ rows: take, totals: showTotals, gap, ready });
  if ($("search").ariaInvalid) show("idle", "no search");
  else openStream(read().q, Number(document.body.dataset.change));
  $("list").addEventListener("pointerdown", () => { isPressed = true; });
  for (const end of ["click", "pointerup", "pointercancel"]) {
    addEventListener(end, () => setTimeout(() => { isPressed = false; schedule(); }), { capture: true });
  }
}
