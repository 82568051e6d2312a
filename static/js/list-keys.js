// The keys of the list of requests and of the open one.
import { copyDefault, togglePin } from "./actions.js";
import { nextChange } from "./changes.js";
import { back, open, openHelp, opened } from "./detail.js";
import { $ } from "./dom.js";
import { startKeys } from "./keys.js";
import { firstRow, rowOf } from "./list.js";
import { askReplay } from "./replay.js";
import { complain } from "./toast.js";

function move(step) {
  const here = document.activeElement.closest("#list .row") ?? rowOf(opened());
  const next = here ? here[step] : firstRow();
  next?.firstElementChild.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function first(event, focused) {
  if (event.key.startsWith("Arrow") && focused === document.body) $(opened() ? "detail" : "scroller").focus();
  const row = event.key === "Enter" && focused.closest("#list .row");
  if (!row) return;
  event.preventDefault();
  open(row.dataset.id);
}

export const startListKeys = () => startKeys({
  j: () => move("nextElementSibling"),
  k: () => move("previousElementSibling"),
  c: copyDefault,
  d: nextChange,
  r: () => askReplay(false).catch(complain),
  e: () => askReplay(true).catch(complain),
  p: () => togglePin().catch(complain),
  "?": openHelp,
  Escape: back,
}, first);
