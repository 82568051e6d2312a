// What can be done to requests: pin, delete, clear, and send a sample.
import { read } from "./address.js";
import { copy } from "./clipboard.js";
import { back, opened, subject } from "./detail.js";
import { $, asked } from "./dom.js";
import { getJson, getText, send } from "./http.js";
import { complain, toast } from "./toast.js";

const api = (id) => `/-/api/requests/${encodeURIComponent(id)}`;

export async function togglePin() {
  const id = subject();
  if (!id) return;
  const { pinned } = await getJson(api(id));
  await send("PATCH", api(id), { pinned: !pinned }); // the stream brings the row and the pane up to date
}

export function copyDefault() {
  const id = subject();
  if (id) copy(getText(`/-/requests/${encodeURIComponent(id)}/copy/curl`), "curl");
}

async function forget(button) {
  if (!asked(button)) return;
  await send("DELETE", `${api(opened())}?pinned=true`);
  back();
}

async function clear(button) {
  if (!asked(button)) return;
  const { removed } = await send("DELETE", `/-/api/requests?q=${encodeURIComponent(read().q)}`);
  toast(removed === 1 ? "1 request forgotten" : `${removed} requests forgotten; pinned ones stay`);
}

// A disabled button would lose the focus, which goes on to what takes the button's place.
async function sendSample(button) {
  if (button.ariaBusy) return;
  button.ariaBusy = "true";
  try {
    await send("POST", "/-/sample");
  } finally {
    button.ariaBusy = null;
  }
}

const BUTTONS = {
  "[data-pin]": togglePin,
  "[data-delete]": forget,
  "#clear": clear,
  "[data-send-sample]": sendSample,
};

export function startActions() {
  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(BUTTONS)) {
      const button = event.target.closest(selector);
      if (button) act(button).catch(complain);
    }
  });
}
