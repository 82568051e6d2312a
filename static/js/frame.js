// What every page but the list of requests begins with: theme, keys, search, and the live counts of the rail.
import { startAges } from "./ages.js";
import { startClipboard } from "./clipboard.js";
import { startCompletion } from "./completion.js";
import { handle, openStream, show } from "./connection.js";
import { countAgain } from "./counts.js";
import { $ } from "./dom.js";
import { startKeys } from "./keys.js";
import { startTheme } from "./theme.js";

function showTotals({ total }) {
  $("total").textContent = total.toLocaleString("en");
  countAgain();
}

// `changed` is called when something about the requests that `query` selects is new.
export function startFrame({ query = "", changed = () => {}, keys = {} } = {}) {
  startTheme();
  document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  startClipboard();
  startCompletion();
  startAges();
  startKeys(keys);
  handle({ rows: changed, gap: changed, totals: showTotals, ready: () => show("live") });
  openStream(query, document.body.dataset.change);
}
