// The right pane: one request, the help, or a hint.
import * as address from "./address.js";
import { $, isPlainClick, nodes, openBranches } from "./dom.js";
import { getText } from "./http.js";
import { rowOf } from "./list.js";
import { remember } from "./read-marks.js";
import { complain } from "./toast.js";

const pane = $("detail");
let pending = null;
let shownSecrets = null; // the id whose masked values are shown

export const opened = () => pane.querySelector(".detail")?.dataset.id ?? null;

// What a key acts on: the request whose row has the focus, else the open one.
export const subject = () => document.activeElement.closest("#list .row")?.dataset.id ?? opened();

// Brings the pane to what the address says.
export async function showAddressed() {
  const { q, id, help } = address.read();
  if (id !== shownSecrets) shownSecrets = null;
  markCurrent(id);
  const isEmpty = $("main").dataset.total === "0" && !id;
  $("main").toggleAttribute("data-empty", isEmpty);
  $("main").toggleAttribute("data-open", Boolean(id || help));
  if (id) await show(`/-/requests/${encodeURIComponent(id)}?q=${encodeURIComponent(q)}${shownSecrets ? "&secrets=true" : ""}`);
  else if (help || isEmpty) await show("/-/help");
  else showHint();
  if (id) markRead(id);
}

async function show(url) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  pane.setAttribute("aria-busy", "true");
  try {
    replace(nodes(await getText(url, signal)));
    pane.removeAttribute("aria-busy");
  } catch (error) {
    complain(error);
  }
}

function showHint() {
  pending?.abort(); // what was asked for before must not come back
  pane.removeAttribute("aria-busy");
  const hadFocus = pane.matches(":focus-within");
  pane.replaceChildren($("hint").content.cloneNode(true));
  for (const place of hadFocus ? [$("scroller"), pane] : []) place.focus({ preventScroll: true }); // the last that is seen
}

const stops = () => [...pane.querySelectorAll("a[href], button, summary, [tabindex]")];

// A request that is shown anew keeps its place, its folds and the focus, which stays in the pane in any case.
function replace(content) {
  const before = opened();
  const folded = [...pane.querySelectorAll(".branch:not([open])")].map((branch) => branch.id);
  const focused = pane.matches(":focus-within") ? stops().indexOf(document.activeElement) : null;
  pane.replaceChildren(content);
  const isSame = opened() === before;
  if (isSame) for (const id of folded) document.getElementById(id)?.removeAttribute("open");
  else pane.scrollTop = 0;
  if (focused !== null) ((isSame && stops()[focused]) || pane).focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("inspector:shown"));
}

// Something about the open request is new. Whoever is just pressing something there (a click on what is replaced would
// be lost), answering a question, or selecting text, is not disturbed.
function refresh(id) {
  if (id !== opened()) return;
  const selection = getSelection();
  const isSelecting = !selection.isCollapsed && pane.contains(selection.anchorNode);
  if (isSelecting || pane.matches(":active") || pane.querySelector("[data-asking], :is(input, textarea):focus")) setTimeout(refresh, 1000, id);
  else showAddressed();
}

function showSecrets(id) {
  shownSecrets = id;
  showAddressed();
}

export function markRead(id) {
  remember(id);
  const row = rowOf(id);
  if (row) row.dataset.read = "";
}

function markCurrent(id) {
  for (const link of document.querySelectorAll("#list [aria-current]")) link.removeAttribute("aria-current");
  rowOf(id)?.firstElementChild.setAttribute("aria-current", "true");
}

export async function open(id, options = {}) {
  address.write({ id, help: false }, options);
  await showAddressed();
  if (getComputedStyle($("list").closest(".list-pane")).display === "none") pane.focus();
}

function goTo(id) {
  rowOf(id)?.scrollIntoView({ block: "nearest" });
  open(id);
}

export function openHelp() {
  address.write({ id: null, help: true });
  return showAddressed();
}

export function back() {
  const { id, help } = address.read();
  if (!id && !help) return;
  address.write({ id: null, help: false });
  showAddressed();
  (rowOf(id)?.firstElementChild ?? $("scroller")).focus({ preventScroll: true });
}

function jump(path) {
  const place = document.getElementById(`at:${path}`);
  if (!place) return;
  openBranches(place);
  place.scrollIntoView({ block: "center" });
  document.querySelector("[data-jumped]")?.removeAttribute("data-jumped");
  place.dataset.jumped = "";
}

const LINKS = {
  "#list a": (link) => open(link.parentElement.dataset.id),
  "[data-goto]": (link) => goTo(link.dataset.goto),
  "[data-back]": back,
  "[data-reveal]": () => showSecrets(opened()),
  "[data-hide]": () => showSecrets(null),
  "[data-jump]": (link) => jump(link.dataset.jump),
  "#help": openHelp,
};

export function startDetail() {
  document.addEventListener("click", (event) => {
    const selector = isPlainClick(event) && Object.keys(LINKS).find((candidate) => event.target.closest(candidate));
    if (!selector) return;
    event.preventDefault();
    LINKS[selector](event.target.closest(selector));
  });
  for (const change of ["inspector:filled", "inspector:emptied"]) document.addEventListener(change, () => showAddressed());
  document.addEventListener("inspector:updated", (event) => refresh(event.detail));
}
