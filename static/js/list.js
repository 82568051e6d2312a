// The list: a window of at most 200 rows on the log. It grows at the end that is scrolled to and is cut at the other.
// Under a pointer nothing comes in at the top: it waits, and a pill says how many do.
import { read } from "./address.js";
import { $, nodes } from "./dom.js";
import { getJson } from "./http.js";
import { mark } from "./read-marks.js";
import { complain } from "./toast.js";

const MOST = 200;
const list = $("list");
const scroller = $("scroller");
const rows = new Map();
let hasOlder = list.dataset.older !== "";
let hasNewer = list.dataset.newer !== ""; // rows that arrived, or were cut off, above the window
let newest = 0; // sequence number of the newest that is counted
let away = 0; // how many arrived meanwhile
let isStale = false; // some of those belong further down
let isPointedAt = false;
let loading = null;

const sequence = (id) => Number(id.slice(id.lastIndexOf("-") + 1));
const rowHeight = () => list.firstElementChild?.offsetHeight ?? 56;

export const rowOf = (id) => rows.get(id);
export const firstRow = () => list.firstElementChild;
export const isAtTop = () => scroller.scrollTop < 4 && !hasNewer;
const isHeld = () => isPointedAt && rows.size > 0 && $("follow").ariaPressed !== "true";

// A row enters the window once: rows that are there, or no news when they come from the stream, do not.
function adopt(html, isWanted = () => true) {
  const arrived = nodes(html);
  const current = read().id;
  for (const row of [...arrived.children]) {
    if (rows.has(row.dataset.id) || !isWanted(row.dataset.id)) { row.remove(); continue; }
    rows.set(row.dataset.id, row);
    mark(row);
    if (row.dataset.id === current) row.firstElementChild.setAttribute("aria-current", "true");
  }
  return arrived;
}

function drop(row) {
  rows.delete(row.dataset.id);
  row.remove();
}

function cutEnd() {
  for (; rows.size > MOST; hasOlder = true) drop(list.lastElementChild);
}

function cutStart() {
  let cut = 0;
  for (; rows.size > MOST; cut++) drop(list.firstElementChild);
  if (cut) hasNewer = true;
  return cut;
}

// Rows from the stream: at the top they come in, elsewhere and under a pointer the pill counts them and nothing moves.
// Says how many are new: a page that was fetched meanwhile has some of them already.
export function insert(batch) {
  const fresh = new Set(batch.ids.filter((id) => sequence(id) > newest));
  newest = Math.max(newest, ...batch.ids.map(sequence));
  if (isAtTop() && !isHeld()) {
    list.prepend(adopt(batch.html, (id) => fresh.has(id)));
    cutEnd();
    showNone();
  } else {
    away += fresh.size;
    hasNewer ||= fresh.size > 0;
    showPill();
  }
  return fresh.size;
}

function replace(id, html) {
  const row = rows.get(id);
  if (!row) return;
  const hadFocus = row.contains(document.activeElement);
  rows.delete(id);
  row.replaceWith(adopt(html));
  if (hadFocus) rows.get(id).firstElementChild.focus({ preventScroll: true });
}

// A row as it is now, where it belongs. Says whether it is new here: a request that has come to match the search. What
// lies beyond the window is left to whoever scrolls there.
export function place(id, html) {
  if (rows.has(id)) { replace(id, html); return false; }
  const next = [...list.children].find((row) => sequence(row.dataset.id) < sequence(id)) ?? null;
  if (!read().q || (next ? hasNewer && next === list.firstElementChild : hasOlder)) return false;
  if (isHeld()) { wait(); return true; }
  list.insertBefore(adopt(html), next);
  newest = Math.max(newest, sequence(id));
  cutEnd();
  showNone();
  return true;
}

function wait() {
  isStale = true;
  away += 1;
  showPill();
}

// The pointer has left: what waited at the top comes in. Says whether the list has to be asked for anew instead.
export async function catchUp() {
  if (scroller.scrollTop >= 4) return false;
  if (hasNewer && !isStale && !loading) {
    await load(loadNewer);
    scroller.scrollTop = 0;
  }
  return isStale || hasNewer;
}

// Takes rows out, and says how many of them were there.
export function remove(ids) {
  const here = ids.filter((id) => rows.has(id));
  if (here.length === 0) return 0;
  for (const id of here) drop(rows.get(id));
  showNone();
  grow();
  return here.length;
}

// Takes out the rows of requests that were evicted: all before a sequence number but the pinned ones.
export function dropBefore(oldest) {
  const gone = [];
  for (let row = list.lastElementChild; row && sequence(row.dataset.id) < oldest; row = row.previousElementSibling) {
    if (!("pinned" in row.dataset)) gone.push(row);
  }
  for (const row of gone) drop(row);
  if (gone.length) showNone();
}

export const isExhausted = () => rows.size === 0 && hasNewer;

export function empty() {
  for (const row of [...rows.values()]) drop(row);
  hasOlder = hasNewer = isStale = false;
  away = 0;
  showPill();
  showNone();
}

// Puts a fresh page of rows in place of all that is shown.
export function reset(page) {
  rows.clear();
  list.replaceChildren(adopt(page.html));
  countFromHere();
  scroller.scrollTop = 0;
  hasOlder = page.older !== null;
  hasNewer = isStale = false;
  away = 0;
  showPill();
  showNone();
}

export function adoptFirstPage() {
  for (const row of list.children) { rows.set(row.dataset.id, row); mark(row); }
  countFromHere();
  const row = rowOf(read().id);
  if (row?.offsetTop > scroller.clientHeight - rowHeight()) scroller.scrollTop = row.offsetTop - scroller.clientHeight / 2;
}

function countFromHere() {
  newest = list.firstElementChild ? sequence(list.firstElementChild.dataset.id) : 0;
}

function showPill() {
  const pill = $("pill");
  pill.hidden = away === 0;
  if (away) pill.textContent = `${away.toLocaleString("en")} new`;
}

export function showNone() {
  $("none").hidden = rows.size > 0;
  $("none").textContent = $("search").ariaInvalid ? "This search cannot be read."
    : read().q ? "Nothing matches this search." : "Waiting for the first request …";
}

const pageUrl = (end, id) => `/-/rows?q=${encodeURIComponent(read().q)}&${end}=${id}`;

async function loadOlder() {
  const page = await getJson(pageUrl("before", list.lastElementChild.dataset.id));
  list.append(adopt(page.html));
  hasOlder = page.older !== null;
  const height = rowHeight();
  scroller.scrollTop -= cutStart() * height;
}

async function loadNewer() {
  const page = await getJson(pageUrl("after", list.firstElementChild.dataset.id));
  const before = rows.size;
  list.prepend(adopt(page.html));
  scroller.scrollTop += (rows.size - before) * rowHeight();
  cutEnd();
  hasNewer = page.newer !== null || newest > sequence(list.firstElementChild.dataset.id); // more came meanwhile
  if (!hasNewer) { away = 0; showPill(); }
}

// Loads what comes next at the end that is near. One load at a time.
export function grow() {
  if (loading || !list.firstElementChild) return;
  const margin = 10 * rowHeight();
  const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  if (hasOlder && below < margin) load(loadOlder);
  else if (hasNewer && scroller.scrollTop < margin / 5) load(loadNewer);
}

function load(work) {
  loading = work().catch(complain).finally(() => { loading = null; });
  return loading;
}

// A finger points at nothing while it does not touch. `left` is called when the pointer has gone.
export function startHolding(left) {
  list.addEventListener("pointerenter", ({ pointerType }) => { isPointedAt = pointerType !== "touch"; });
  list.addEventListener("pointerleave", () => { isPointedAt = false; left(); });
}

scroller.addEventListener("scroll", grow, { passive: true });
