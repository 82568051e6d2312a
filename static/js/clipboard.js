// Copying, of text on the page or of what the server writes.
import { $ } from "./dom.js";
import { getText } from "./http.js";
import { complain, toast } from "./toast.js";

// Safari only lets a click write to the clipboard when the write begins at once, before the text is there.
async function write(promise) {
  if (navigator.clipboard && window.ClipboardItem) {
    const blob = promise.then((text) => new Blob([text], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } else {
    writeByHand(await promise); // no clipboard outside of secure contexts
  }
}

function writeByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export async function copy(promise, label) {
  try {
    await write(promise);
    toast(`Copied${label ? ` as ${label}` : ""}`);
  } catch (error) {
    complain(error);
  }
}

export function startClipboard() {
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-copy], [data-copy-from]");
    if (!target) return;
    event.preventDefault();
    if (target.dataset.copy) copy(getText(target.href), target.dataset.copy);
    else copy(Promise.resolve($(target.dataset.copyFrom).textContent));
  });
}
