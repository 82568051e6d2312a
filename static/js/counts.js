// What the rail counts beside the requests: asked for again after changes, at most once in two seconds.
import { $ } from "./dom.js";
import { getJson } from "./http.js";

const CALM = 2000;
let timer = null;

export function countAgain() {
  timer ??= setTimeout(count, CALM);
}

async function count() {
  timer = null;
  const { conversations } = await getJson("/-/counts").catch(() => ({})); // the connection says what is wrong
  if (conversations !== undefined) $("conversation-count").textContent = conversations.toLocaleString("en");
}
