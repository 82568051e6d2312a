// Deliveries that open in place: what was sent and answered is fetched when somebody looks.
import { nodes } from "./dom.js";
import { getText } from "./http.js";
import { complain } from "./toast.js";

const fills = new WeakMap(); // how often each was asked for: only the latest answer counts

// Fetches an open delivery (anew); one that is closed is left alone.
export async function fill(details) {
  if (!details.open) return;
  const mine = (fills.get(details) ?? 0) + 1;
  fills.set(details, mine);
  const content = nodes(await getText(`/-/send/deliveries/${encodeURIComponent(details.dataset.delivery)}`));
  if (fills.get(details) === mine) details.querySelector(".delivery-body").replaceChildren(content);
}

// `toggle` does not bubble, but it can be caught on its way down.
export function startDeliveries(root = document) {
  root.addEventListener("toggle", ({ target }) => {
    if (target.matches("[data-delivery]")) fill(target).catch(complain);
  }, { capture: true });
}
