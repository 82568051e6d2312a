// The keyboard. Keys that mean something to the focused field, or with a modifier, are left alone.
import { togglePin } from "./actions.js";
import { copyDefault } from "./clipboard.js";
import { back, open, openHelp, opened } from "./detail.js";
import { $ } from "./dom.js";
import { firstRow, rowOf } from "./list.js";
import { complain } from "./toast.js";

function move(step) {
  const here = document.activeElement.closest("#list .row") ?? rowOf(opened());
  const next = here ? here[step] : firstRow();
  next?.firstElementChild.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function openFocused() {
  const row = document.activeElement.closest("#list .row");
  if (row) open(row.dataset.id);
}

const KEYS = {
  j: () => move("nextElementSibling"),
  k: () => move("previousElementSibling"),
  "/": () => { $("search").focus(); $("search").select(); },
  c: copyDefault,
  p: () => togglePin().catch(complain),
  "?": openHelp,
  Escape: back,
};

const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const focused = document.activeElement;
    if (isTyping(focused)) {
      if (event.key === "Escape") focused.blur();
      return;
    }
    if (event.key.startsWith("Arrow") && focused === document.body) $(opened() ? "detail" : "scroller").focus();
    if (event.key === "Enter" && focused.closest("#list .row")) { event.preventDefault(); openFocused(); }
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}
