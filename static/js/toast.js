// A short message at the foot of the page.
import { $ } from "./dom.js";

let timer;

export function toast(message) {
  const place = $("toast");
  place.textContent = message;
  place.dataset.shown = "";
  clearTimeout(timer);
  timer = setTimeout(() => delete place.dataset.shown, 2500);
}

export const complain = (error) => error.name !== "AbortError" && toast(error.message);
