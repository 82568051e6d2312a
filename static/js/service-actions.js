// The buttons of the Service page: each makes one call of the API, and shows the line that does the same.
import { $, asked } from "./dom.js";
import { send } from "./http.js";
import { callOf, isComplete } from "./service-call.js";
import { buttonOf, showLine, startLine } from "./service-line.js";
import { refresh } from "./service-live.js";

async function act(button) {
  if (!isComplete(button)) return;
  if ("really" in button.dataset && !asked(button)) return;
  const call = callOf(button);
  $("problem").textContent = "";
  showLine(call).catch(() => {}); // what is wrong with the call is told below
  try {
    await send(call.method, call.path, call.content);
    clear(button);
  } catch (error) {
    $("problem").textContent = error.message;
  }
  await refresh();
}

function clear(button) {
  const text = button.form?.elements.text;
  if (text && button.dataset.fields === "text") text.value = "";
}

export function startActions() {
  startLine();
  document.addEventListener("click", (event) => {
    const button = buttonOf(event.target);
    if (button && button.type === "button") act(button);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-call]")) return;
    event.preventDefault();
    act(event.submitter ?? event.target.querySelector("button:not([type])"));
  });
}
