// Completes the search while it is typed: a combobox over what the server offers at the cursor.
import { $ } from "./dom.js";
import { getJson } from "./http.js";

const PAUSE = 120; // milliseconds without a keystroke before asking
const box = $("search");
const list = $("completions");
let offers = [];
let active = -1;
let timer;
let pending = null;

// The server counts characters where JavaScript counts UTF-16 units.
const characters = (text, units) => [...text.slice(0, units)].length;
const units = (text, characters) => [...text].slice(0, characters).join("").length;

const isShown = () => !list.hidden;

async function ask() {
  pending?.abort();
  const { signal } = (pending = new AbortController());
  const cursor = characters(box.value, box.selectionStart);
  const found = await getJson(`/-/complete?text=${encodeURIComponent(box.value)}&cursor=${cursor}`, signal).catch(() => null);
  if (found && !signal.aborted && document.activeElement === box) show(found);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

function show(found) {
  offers = found;
  list.replaceChildren(...offers.map(option));
  list.hidden = offers.length === 0;
  box.setAttribute("aria-expanded", isShown());
  activate(-1);
}

function option(offer, index) {
  const item = document.createElement("li");
  item.id = `completion-${index}`;
  item.role = "option";
  item.ariaSelected = "false";
  const label = document.createElement("code");
  label.textContent = offer.label;
  const detail = document.createElement("span");
  detail.textContent = offer.detail;
  item.append(label, " ", detail);
  return item;
}

function activate(index) {
  list.children[active]?.setAttribute("aria-selected", "false");
  active = index;
  const item = list.children[active];
  item?.setAttribute("aria-selected", "true");
  item?.scrollIntoView({ block: "nearest" });
  if (item) box.setAttribute("aria-activedescendant", item.id);
  else box.removeAttribute("aria-activedescendant");
}

export function closeCompletion() {
  clearTimeout(timer);
  pending?.abort();
  show([]);
}

function take({ insert, from, to }) {
  const [start, end] = [units(box.value, from), units(box.value, to)];
  const isWhole = !/[:<>.~=]$/.test(insert);
  box.setRangeText(isWhole && end === box.value.length ? `${insert} ` : insert, start, end, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  if (isWhole) closeCompletion();
}

const KEYS = {
  ArrowDown: () => (isShown() ? activate((active + 1) % offers.length) : ask()),
  ArrowUp: () => isShown() && activate(active <= 0 ? offers.length - 1 : active - 1),
};

function pressed(event) {
  if (event.isComposing) return;
  if (event.key in KEYS) {
    event.preventDefault();
    KEYS[event.key]();
  } else if (event.key === "Escape" && isShown()) {
    event.preventDefault();
    closeCompletion();
  } else if (event.key === "Enter" && isShown()) {
    if (active >= 0) { event.preventDefault(); take(offers[active]); }
    else closeCompletion();
  }
}

export function startCompletion() {
  box.addEventListener("input", soon);
  box.addEventListener("keydown", pressed);
  box.addEventListener("blur", closeCompletion);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the box
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) take(offers[[...list.children].indexOf(item)]);
  });
}
