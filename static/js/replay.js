// Replay, and edit and replay: a form in the detail of a request, with the result in its place.
import { startDeliveries } from "./deliveries.js";
import { open, opened, subject } from "./detail.js";
import { $, nodes } from "./dom.js";
import { getText, send } from "./http.js";
import { setText, startEditor } from "./send-editor.js";
import { keepLine } from "./send-line.js";
import { laidOut } from "./send-places.js";
import { contentOf, remember, remembered, startTarget } from "./send-target.js";
import { complain } from "./toast.js";

let form = null; // that of the request which is open

const address = (id, rest = "") => `/-/requests/${encodeURIComponent(id)}/replay${rest}`;

// What the form holds; of the request only what was there to edit.
function content() {
  const fields = [...form.querySelectorAll("[data-edit]")];
  return { ...contentOf(form), edit: Object.fromEntries(fields.map((field) => [field.dataset.edit, field.value])) };
}

function show({ line, error }) {
  if (line) form.querySelector("#replay-line").textContent = line;
  form.querySelector("#replay-line").toggleAttribute("data-old", !line);
  form.querySelector("[data-copy-from]").disabled = !line;
  form.querySelector(".problem").textContent = error?.message ?? "";
}

function showKey() {
  form.querySelector("[data-for-fresh]").toggleAttribute("data-away", !form.querySelector('[value="fresh"]').checked);
}

async function replay(event) {
  event.preventDefault();
  const button = form.querySelector('[type="submit"]');
  const given = content();
  button.disabled = true;
  try {
    const { html } = await send("POST", address(form.dataset.replayForm), given);
    const result = form.querySelector(".replay-result");
    result.replaceChildren(nodes(html));
    result.scrollIntoView({ block: "nearest" });
    form.querySelector(".problem").textContent = "";
    remember(given.url);
  } catch (error) {
    form.querySelector(".problem").textContent = error.message;
  } finally {
    button.disabled = false;
    button.focus({ preventScroll: true });
  }
}

function layOut(button) {
  const area = $(button.dataset.layOut);
  try {
    setText(area, laidOut(area.value));
  } catch (error) {
    form.querySelector(".problem").textContent = `Not JSON: ${error.message}`;
  }
}

function close() {
  form?.remove();
  form = null;
  document.querySelector("[data-replay]")?.focus();
}

async function fetchForm(id) {
  const fresh = nodes(await getText(address(id))).firstElementChild;
  const url = fresh.querySelector("#replay-url");
  url.value = remembered() ?? url.value;
  return fresh;
}

function start(fresh) {
  form = fresh;
  $("replay-place").replaceChildren(form);
  for (const editor of form.querySelectorAll("[data-editor]")) startEditor(editor);
  startTarget(form);
  keepLine(form, () => address(form.dataset.replayForm, "/line"), content, show);
  form.addEventListener("input", showKey);
  form.addEventListener("submit", replay);
  form.querySelector("[data-replay-close]").addEventListener("click", close);
  form.querySelector("[data-lay-out]")?.addEventListener("click", (event) => layOut(event.currentTarget));
  showKey();
}

// Opens the form for the request that the keyboard is at; `isEdit` unfolds the editor.
export async function askReplay(isEdit) {
  const id = subject();
  if (!id) return;
  if (id !== opened()) await open(id);
  if (form?.dataset.replayForm !== id || !form.isConnected) start(await fetchForm(id));
  if (isEdit) form.querySelector("[data-replay-edit]").open = true;
  const first = isEdit ? form.querySelector('[data-edit="body"]') ?? form.querySelector('[data-edit="path"]') : form.querySelector("#replay-url");
  first.focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
}

// The pane shows a request anew after each change to it: a form that is open, and its result, stay.
function keepForm() {
  if (!form) return;
  if (opened() !== form.dataset.replayForm) { form = null; return; }
  const focused = document.activeElement === document.body ? form.querySelector('[type="submit"]') : null;
  $("replay-place").replaceChildren(form);
  focused?.focus({ preventScroll: true });
}

export function startReplay() {
  startDeliveries();
  document.addEventListener("inspector:shown", keepForm);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-replay]");
    if (button) askReplay(button.dataset.replay === "edit").catch(complain);
  });
}
