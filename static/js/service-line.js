// The curl line that equals the button in hand, written by the server, which knows how a shell reads.
import { $ } from "./dom.js";
import { send } from "./http.js";
import { callOf } from "./service-call.js";

const PAUSE = 120; // milliseconds with the same button in hand
const BUTTONS = "[data-call]:is(button), [data-call] :is(button[data-content], button[data-fields], button[data-add], button[data-remove])";
let timer;
let asked = 0;

export const buttonOf = (target) => target.closest?.(BUTTONS);

// Enter in a field presses the button that submits.
const inHand = (target) => buttonOf(target) ?? target.closest?.("form[data-call]")?.querySelector("button:not([type])");

export async function showLine(call) {
  clearTimeout(timer);
  const number = ++asked;
  const { line } = await send("POST", "/-/service/line", call);
  if (number === asked) $("line").textContent = line;
}

function soon({ target }) {
  const button = inHand(target);
  if (!button) return;
  clearTimeout(timer);
  timer = setTimeout(() => showLine(callOf(button)).catch(() => {}), PAUSE); // the connection says what is wrong
}

export function startLine() {
  for (const name of ["focusin", "pointerover", "input"]) $("service").addEventListener(name, soon);
}
