// The Verify page: asks for the explanation of what is in the form. Keys are sent, and kept nowhere.
import { $, nodes } from "./dom.js";
import { startFrame } from "./frame.js";
import { postForText } from "./http.js";
import { complain } from "./toast.js";

const form = $("pieces");
const body = $("body");

// A text field makes every line end a line feed: an unchanged body is sent as the exact bytes it came as.
function bodyOf() {
  const isUnchanged = body.dataset.base64 && body.value === body.defaultValue;
  return isUnchanged ? { body_base64: body.dataset.base64 } : { body: body.value };
}

function pieces() {
  const { url, timestamp, key, signature } = Object.fromEntries(new FormData(form));
  return {
    url: url.trim(),
    signature: signature.trim(),
    ...(timestamp.trim() && { timestamp: timestamp.trim() }),
    ...(key && { signing_keys: [key] }),
    ...bodyOf(),
  };
}

async function explain() {
  $("answer").setAttribute("aria-busy", "true");
  try {
    $("answer").replaceChildren(nodes(await postForText("/-/verify", pieces())));
    if ($("answer").getBoundingClientRect().top > innerHeight * 0.7) $("answer").scrollIntoView({ block: "start" });
  } finally {
    $("answer").removeAttribute("aria-busy");
  }
}

function toggle(button) {
  const field = $(button.dataset.show);
  const isShown = field.type === "text";
  field.type = isShown ? "password" : "text";
  button.textContent = isShown ? "Show" : "Hide";
  button.setAttribute("aria-pressed", !isShown);
}

form.addEventListener("submit", (event) => { event.preventDefault(); explain().catch(complain); });
form.addEventListener("click", ({ target }) => {
  if (target.dataset.show) toggle(target);
  if (target.dataset.take) { $("signature").value = target.dataset.take; explain().catch(complain); }
});

startFrame();
