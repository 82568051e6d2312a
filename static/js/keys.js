// The keyboard. Keys that mean something to the focused field, or with a modifier, are left alone.
import { $ } from "./dom.js";

const EVERYWHERE = {
  "/": () => { $("search").focus(); $("search").select(); },
  "?": () => { location.href = "/?help=1"; },
};

const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");

// Binds keys to functions; `first` sees each key before them.
export function startKeys(given = {}, first = () => {}) {
  const keys = { ...EVERYWHERE, ...given };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const focused = document.activeElement;
    if (isTyping(focused)) {
      if (event.key === "Escape") focused.blur();
      return;
    }
    first(event, focused);
    if (event.defaultPrevented || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
}
