// Follow: each newest request is opened as it arrives. Opening another one by hand ends it.
import { read } from "./address.js";
import { open } from "./detail.js";
import { $ } from "./dom.js";
import { isAtTop } from "./list.js";
import { reload } from "./live.js";
import { complain } from "./toast.js";

const CALM = 400; // milliseconds between two changes of the pane
let isOn = false;
let isFirst = false;
let newest = null;
let timer = null;

function set(on) {
  isOn = on;
  $("follow").setAttribute("aria-pressed", on);
}

async function showNewest() {
  if (isOn && !isAtTop()) await reload();
  if (isOn && newest !== read().id) await open(newest, { replace: true });
}

function arrived(event) {
  newest = event.detail;
  if (isFirst) openFirst();
  if (!isOn) return;
  timer ??= setTimeout(() => { timer = null; showNewest().catch(complain); }, CALM);
}

// The very first request takes the place of the welcome, where there is room for it beside the list.
function openFirst() {
  isFirst = false;
  const { id, help } = read();
  if (!id && !help && matchMedia("(min-width: 48.01rem)").matches) open(newest, { replace: true });
}

export function startFollow() {
  document.addEventListener("inspector:emptied", () => { newest = null; });
  document.addEventListener("inspector:filled", () => {
    isFirst = true;
    if (newest) openFirst(); // its row was here before the count
  });
  document.addEventListener("inspector:arrived", arrived);
  $("follow").addEventListener("click", () => set(!isOn));
  $("list").addEventListener("click", () => set(false));
}
