// A click on a value searches for it, within the search that is there. Selecting text is no click.
import { read } from "./address.js";
import { search } from "./search.js";
import { $ } from "./dom.js";

const DOUBLE = 250; // milliseconds in which a second click would select the word instead
let timer;

function narrow(term) {
  const { q } = read();
  if (q.includes(term)) return;
  const begun = / OR /.test(q) ? `(${q})` : q;
  $("search").value = `${begun} ${term}`.trim();
  search($("search").value);
}

function chosen(event) {
  clearTimeout(timer);
  const place = event.target.closest("[data-filter]");
  if (!place || event.detail > 1 || !getSelection().isCollapsed) return;
  timer = setTimeout(narrow, event.detail ? DOUBLE : 0, place.dataset.filter);
}

// One value of a tree is a tab stop; arrows lead to the others.
function walk(event) {
  const place = event.target.closest?.("[data-filter]");
  if (!place) return;
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); narrow(place.dataset.filter); return; }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const group = place.closest("[data-walk]");
  if (!step || !group) return;
  event.preventDefault();
  const places = [...group.querySelectorAll("[data-filter]")].filter((other) => other.checkVisibility());
  const next = places[places.indexOf(place) + step];
  if (!next) return;
  place.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

export function startFilters() {
  document.addEventListener("click", chosen);
  document.addEventListener("keydown", walk);
}
