// Tells screen readers of arrivals, politely: one message in five seconds at most.
import { $ } from "./dom.js";

const QUIET = 5000;
let arrived = 0;
let timer = null;
let last = -QUIET;

export function announce(count) {
  arrived += count;
  timer ??= setTimeout(speak, Math.max(0, last + QUIET - performance.now()));
}

function speak() {
  $("announcer").textContent = arrived === 1 ? "1 new request" : `${arrived} new requests`;
  arrived = 0;
  timer = null;
  last = performance.now();
}
