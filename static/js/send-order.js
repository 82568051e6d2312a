// The order: what the page holds, as a command, and sent.
import { $ } from "./dom.js";
import { getJson, send } from "./http.js";
import { markLine, setText, startEditor } from "./send-editor.js";
import { startFields } from "./send-fields.js";
import { keepLine } from "./send-line.js";
import { expectOne } from "./send-results.js";
import { contentOf, remember, remembered, startTarget } from "./send-target.js";
import { complain } from "./toast.js";

const form = $("order");
const area = $("text");
let made = area.value; // the text as it was made, before any change
let makings = 0;
let isWrong = false; // what the page holds cannot be sent
const chosen = { event: $("event").value, seed: $("seed").value }; // what the text was made from
const LOST = "Another event replaces what you changed. Go on?";

const isOwnBody = () => $("event").value === "body";
const order = () => ({ ...contentOf(form), text: area.value, made_at: Number(form.dataset.madeAt) });

function show({ line, changes, error }) {
  if (line) $("line").textContent = line;
  $("line").toggleAttribute("data-old", !line);
  form.querySelector('[data-copy-from="line"]').disabled = !line;
  isWrong = Boolean(error?.code); // unlike an inspector that cannot be reached now
  $("go").disabled = isWrong;
  $("problem").textContent = error?.message ?? "";
  markLine(area.parentElement, error?.details?.line);
  $("edits").textContent = isOwnBody() ? "sent as it stands" : changes ? `${changes} changed, in each event` : "times are those of the sending";
  form.querySelector("[data-undo]").hidden = isOwnBody() || area.value === made;
}

async function make() {
  const mine = ++makings;
  if (isOwnBody()) return;
  const { text, at } = await getJson(`/-/send/preview?event=${$("event").value}&seed=${encodeURIComponent($("seed").value)}`);
  if (mine !== makings) return; // another choice was made meanwhile
  form.dataset.madeAt = at;
  made = text;
  setText(area, text);
}

// Makes another event, unless that would lose changes that are to be kept.
function remake() {
  if (!isOwnBody() && area.value !== made && !confirm(LOST)) {
    for (const [id, value] of Object.entries(chosen)) $(id).value = value;
    return;
  }
  for (const id of Object.keys(chosen)) chosen[id] = $(id).value;
  make().catch(complain);
}

function showFault() {
  const { summary, expected } = $("fault").selectedOptions[0].dataset;
  form.querySelector("[data-fault-summary]").textContent = summary ?? "Sent as the service sends it.";
  form.querySelector("[data-fault-expected]").textContent = expected ?? "";
  form.querySelector("[data-fault-consumer]").hidden = !expected;
}

function reseed() {
  $("seed").value = Math.floor(Math.random() * 1e6);
  remake();
}

async function go(event) {
  event.preventDefault();
  const content = order();
  $("go").disabled = true;
  expectOne(content.count === 1 && content.event !== "lifecycle");
  try {
    await send("POST", "/-/send/run", content);
    remember(content.url);
    $("results-title").scrollIntoView({ block: "nearest" });
  } catch (error) {
    expectOne(false);
    $("problem").textContent = error.message;
  } finally {
    $("go").disabled = isWrong;
  }
}

export function startOrder() {
  if (!new URLSearchParams(location.search).has("url")) $("url").value = remembered() ?? $("url").value;
  startEditor(area.parentElement);
  startFields();
  startTarget(form);
  keepLine(form, () => "/-/send/line", order, show);
  for (const source of ["event", "seed"]) $(source).addEventListener("change", remake);
  $("fault").addEventListener("change", showFault);
  form.querySelector("[data-reseed]").addEventListener("click", reseed);
  form.querySelector("[data-undo]").addEventListener("click", () => make().catch(complain));
  form.addEventListener("submit", go);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  showFault();
}
