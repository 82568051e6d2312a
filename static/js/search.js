// The search box is the address; so are the links of the rail.
import * as address from "./address.js";
import { $, isPlainClick, nodes } from "./dom.js";
import { showNone } from "./list.js";
import { reload } from "./live.js";

const PAUSE = 250; // milliseconds without a keystroke after which a search begins
const box = $("search");
let timer;
let listed = address.read().q;

export async function search(q, { replace = false } = {}) {
  clearTimeout(timer);
  address.write({ q }, { replace });
  await showSearch();
}

export async function showSearch() {
  const { q } = address.read();
  if (q === listed) return;
  listed = q;
  if (box.value.trim() !== q) box.value = q;
  $("list-title").textContent = q ? "Matching" : "Requests";
  for (const link of document.querySelectorAll(".rail [data-q]")) {
    if (link.dataset.q === q) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  try {
    await reload(q, { reopen: true });
    if (q === listed) complainOfSearch(null);
  } catch (error) {
    if (q === listed) complainOfSearch(error);
  }
}

// The server says where a search is wrong; anything else is only told.
function complainOfSearch(error) {
  $("search-error").replaceChildren(...(error ? [error.html ? nodes(error.html) : error.message] : []));
  box.ariaInvalid = error ? "true" : null;
  showNone();
}

export function startSearch() {
  box.form.addEventListener("submit", (event) => { event.preventDefault(); search(box.value.trim()); });
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => search(box.value.trim(), { replace: address.read().q !== "" }), PAUSE);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-q]");
    if (!link || !isPlainClick(event)) return;
    event.preventDefault();
    box.value = link.dataset.q;
    search(link.dataset.q);
  });
}
