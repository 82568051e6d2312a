// What changes without being told: asked for again after changes, at most once in two seconds, and for what takes long
// to count only a twentieth of the time.
import { read } from "./address.js";
import { $ } from "./dom.js";
import { getJson } from "./http.js";

const CALM = 2000;
const SHARE = 20;
let timer = null;
let wait = CALM;
let wanted = null; // what was asked for since the last count

// `tell` is told what the search selects now: `matched` requests, and of how many `undiagnosed` it is not known.
export function countAgain(tell = null) {
  wanted = { tell: tell ?? wanted?.tell };
  timer ??= setTimeout(count, wait);
}

async function count() {
  const [{ tell }, { q }, begun] = [wanted, read(), performance.now()];
  wanted = null;
  const url = tell ? `/-/counts?q=${encodeURIComponent(q)}` : "/-/counts";
  const { conversations, ...selected } = await getJson(url).catch(() => ({})); // the connection says what is wrong
  wait = Math.max(CALM, SHARE * (performance.now() - begun));
  timer = null;
  if (wanted) countAgain();
  if (conversations !== undefined) $("conversation-count").textContent = conversations.toLocaleString("en");
  if (tell && selected.matched !== undefined && q === read().q) tell(selected);
}
