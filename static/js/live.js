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
let [oldest, dropped] = [0, 0]; // before which sequence number only pinned requests are left, and which rows are gone
let matched = Number($("matched").textContent.replaceAll(",", ""));

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`inspector:${name}`, { detail }));
const format = (count) => count.toLocaleString("en");

function setMatched(count) {
  matched = Math.max(0, count);
  $("matched").textContent = format(matched);
}

// Without a search all that is there matches, which the totals tell. What a search selects is counted by the server
// too: the page sees only a part of it.
function adjust(change) {
  if (read().q && change) setMatched(matched + change);
}

function countMatching() {
  if (read().q) countAgain((counted) => { if (!isPaused) showCounted(counted); });
}

// Causes are found while nobody asks: what is not known yet is counted until all is.
function showCounted({ matched: count, undiagnosed }) {
  setMatched(count);
  const place = $("undiagnosed");
  place.textContent = `${format(undiagnosed)} not diagnosed yet`;
  place.hidden = undiagnosed === 0;
  if (undiagnosed) countMatching();
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
  if (reloading || isPressed || (waiting.length === 0 && oldest === dropped)) return;
  frame ??= requestAnimationFrame(applyNext);
}

function applyNext() {
  frame = null;
  if (reloading || isPressed) return;
  if (waiting.length) apply(waiting.shift());
  else dropEvicted();
  schedule();
}

// Ids begin with the run of their log: another run is another inspector, restarted at the same address.
const isForeign = ({ ids }) => ids.length > 0 && ids[0].split("-")[0] !== document.body.dataset.run;

function apply(batch) {
  if (isForeign(batch)) { reload().catch(complain); return; }
  if (batch.cleared) { list.empty(); setMatched(0); }
  adjust(-list.remove([...batch.removed, ...batch.left]));
  for (const [id, html] of Object.entries(batch.updated)) {
    adjust(list.place(id, html) ? 1 : 0);
    tell("updated", id);
  }
  if (batch.count) {
    const count = list.insert(batch);
    adjust(count);
    if (count) announce(count);
    tell("arrived", batch.ids[0]);
  }
  countMatching();
}

function showTotals({ total, evicted, oldest: first }) {
  $("total").textContent = format(total);
  countAgain();
  showEvicted(evicted);
  if (!isPaused && !read().q) setMatched(total);
  oldest = first ?? oldest;
  schedule();
  const wasEmpty = $("main").dataset.total === "0";
  $("main").dataset.total = total;
  if (wasEmpty !== (total === 0)) tell(wasEmpty ? "filled" : "emptied");
}

function showEvicted(count) {
  const place = $("evicted");
  if (Number(place.dataset.count) !== count) countMatching();
  place.dataset.count = count;
  place.textContent = `${format(count)} evicted`;
  place.hidden = count === 0;
}

// Rows of requests that were evicted go, like others, when no row may slip away under a finger.
function dropEvicted() {
  dropped = oldest;
  if (isPaused) return;
  list.dropBefore(oldest);
  if (list.isExhausted()) reload().catch(complain);
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
    document.body.dataset.run = page.run;
    list.reset(page);
    showCounted(page);
    showTotals(page);
    $("line").textContent = page.line;
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
  else openStream(read().q, document.body.dataset.change);
  if (!$("undiagnosed").hidden) countMatching();
  list.startHolding(() => list.catchUp().then((isBehind) => isBehind && reload()).catch(complain));
  $("list").addEventListener("pointerdown", () => { isPressed = true; });
  for (const end of ["click", "pointerup", "pointercancel"]) {
    addEventListener(end, () => setTimeout(() => { isPressed = false; schedule(); }), { capture: true });
  }
}
