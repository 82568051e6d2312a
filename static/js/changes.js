// The differences to the previous event, marked in the payload's tree: a switch, and a key that leads from one to the next.
import { openBranches } from "./dom.js";

const KEY = "inspector-changes";
let isShown = localStorage.getItem(KEY) !== "hidden";

function show() {
  document.documentElement.toggleAttribute("data-hide-changes", !isShown);
  for (const button of document.querySelectorAll("[data-changes]")) button.setAttribute("aria-pressed", isShown);
}

function set(shown) {
  isShown = shown;
  localStorage.setItem(KEY, shown ? "shown" : "hidden");
  show();
}

// To the next difference; from the last one back to none.
export function nextChange() {
  const places = [...document.querySelectorAll("#detail .tree [data-change]")];
  if (!places.length) return;
  if (!isShown) set(true);
  const here = places.findIndex((place) => "here" in place.dataset);
  if (here >= 0) delete places[here].dataset.here;
  const next = places[here + 1];
  if (!next) { set(false); return; }
  openBranches(next);
  next.dataset.here = "";
  next.scrollIntoView({ block: "center" });
}

export function startChanges() {
  show();
  new MutationObserver(show).observe(document.getElementById("detail"), { childList: true });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-changes]")) set(!isShown);
  });
}
