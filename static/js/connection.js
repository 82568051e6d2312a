// The live stream: opens it, keeps it open, and says how it is.
import { $ } from "./dom.js";

const RETRY = 1500;
const HIDDEN_FOR = 60_000; // a browser grants six connections to one host: tabs in the background give theirs back
let source = null;
let query = "";
let seen = null;
let retry = null;
let rest = null;
let handlers = {};

export function show(state, text = state) {
  const place = $("connection");
  place.dataset.state = state;
  place.firstElementChild.textContent = text;
}

// Functions that take the data of `rows`, `totals` and `gap` events, and one that is told when the stream is `ready`.
export function handle(given) {
  handlers = given;
}

// Starts after the event with the id `after`.
export function openStream(q, after) {
  query = q;
  seen = after;
  reopen();
}

function reopen() {
  close();
  source = new EventSource(`/-/stream?q=${encodeURIComponent(query)}&last_event_id=${encodeURIComponent(seen)}`);
  source.addEventListener("ready", (event) => { take(event, "totals"); handlers.ready(); });
  for (const name of ["rows", "totals", "gap"]) source.addEventListener(name, (event) => take(event, name));
  source.addEventListener("error", lost);
}

function take(event, name) {
  seen = event.lastEventId || seen;
  handlers[name](JSON.parse(event.data));
}

function lost() {
  show("reconnecting");
  if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
  close();
  retry = setTimeout(reopen, RETRY);
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(rest);
  if (seen === null) return;
  if (document.hidden) rest = setTimeout(close, HIDDEN_FOR);
  else if (!source) reopen();
});
