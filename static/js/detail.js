// The right pane: one request, the help, or a hint.
import * as address from "./address.js";
import { $, isPlainClick, nodes } from "./dom.js";
import { getText } from "./http.js";
import { rowOf } from "./list.js";
import { remember } from "./read-marks.js";
import { complain } from "./toast.js";

const pane = $("detail");
let pending = null;

export const opened = () => pane.querySelector(".detail")?.dataset.id ?? null;

// What a key acts on: the request whose row has the focus, else the open one.
export const subject = () => document.activeElement.closest("#list .row")?.dataset.id ?? opened();

// Brings the pane to what the address says.
export async function showAddressed(options = {}) {
  const { q, id, help } = address.read();
  markCurrent(id);
  $("main").toggleAttribute("data-open", Boolean(id || help));
  if (id) await show(`/-/requests/${encodeURIComponent(id)}?q=${encodeURIComponent(q)}${options.secrets ? "&secrets=true" : ""}`);
  else if (help || "empty" in $("main").dataset) await show("/-/help");
  else pane.replaceChildren($("hint").content.cloneNode(true));
  if (id) markRead(id);
}

async function show(url) {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  pane.setAttribute("aria-busy", "true");
  try {
    const before = opened();
    const html = await getText(url, signal);
    pane.replaceChildren(nodes(html));
    if (opened() !== before) pane.scrollTop = 0;
    pane.removeAttribute("aria-busy");
  } catch (error) {
    complain(error);
  }
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
  for (let branch = place.parentElement.closest("details"); branch; branch = branch.parentElement.closest("details")) branch.open = true;
  place.scrollIntoView({ block: "center" });
  document.querySelector("[data-jumped]")?.removeAttribute("data-jumped");
  place.dataset.jumped = "";
}

const LINKS = {
  "#list a": (link) => open(link.parentElement.dataset.id),
  "[data-open]": (link) => open(link.dataset.open),
  "[data-back]": back,
  "[data-reveal]": () => showAddressed({ secrets: true }),
  "[data-hide]": () => showAddressed(),
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
  document.addEventListener("inspector:updated", (event) => event.detail === opened() && showAddressed());
}
