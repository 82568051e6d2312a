// The pages about conversations and drift: they fetch their changing part anew when something has arrived.
import { $, isPlainClick, nodes } from "./dom.js";
import { startFrame } from "./frame.js";
import { getText } from "./http.js";
import { merge } from "./merge.js";
import { complain } from "./toast.js";

const CALM = 700; // milliseconds between two refreshes
const live = document.querySelector("[data-live]");
let timer = null;

const fragmentOf = (address) => {
  const url = new URL(address, location.href);
  url.searchParams.set("fragment", "true");
  return getText(url);
};

const orderNow = () => new URLSearchParams(location.search).get("order");

async function refresh() {
  timer = null;
  const order = orderNow();
  const fresh = nodes(await fragmentOf(live.dataset.live + (order ? `?order=${order}` : "")));
  if (order !== orderNow()) return; // the other order was asked for meanwhile
  if (live.matches(":active")) { changed(); return; } // a click on what is replaced would be lost
  if (!$("steps")) { merge(live, fresh); return; }
  live.querySelector(".page-head").replaceWith(fresh.querySelector(".page-head"));
  merge($("steps"), fresh.querySelector("#steps"));
}

function changed() {
  if ("still" in live.dataset) return;
  timer ??= setTimeout(() => refresh().catch(complain), CALM);
}

async function showOlder(link) {
  const item = link.parentElement;
  item.parentElement.dataset.extended = ""; // before the fetch: a refresh meanwhile must not take the item away
  link.setAttribute("aria-busy", "true");
  const older = nodes(await fragmentOf(link.href));
  const first = older.firstElementChild;
  item.replaceWith(older);
  first?.querySelector("a")?.focus({ preventScroll: true });
}

async function showOrder(link) {
  history.replaceState(null, "", link.href);
  live.replaceChildren(nodes(await fragmentOf(link.href)));
  live.querySelector(`[data-order="${link.dataset.order}"]`).focus();
}

document.addEventListener("click", (event) => {
  const link = isPlainClick(event) && event.target.closest("[data-older], [data-order]");
  if (!link || "still" in (live?.dataset ?? {})) return;
  event.preventDefault();
  ("older" in link.dataset ? showOlder(link) : showOrder(link)).catch(complain);
});

const id = live?.dataset.conversation;
startFrame({ query: id ? `conversation:${JSON.stringify(id)}` : "", changed: live ? changed : undefined });
