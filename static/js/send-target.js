// Target and key of what is sent: the target is remembered, the key never is; the inspector's own key is for itself.
const REMEMBERED = "inspector-target";

export const remembered = () => localStorage.getItem(REMEMBERED);
export const remember = (url) => localStorage.setItem(REMEMBERED, url);

function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

// Offers the own key where the target is the inspector itself; then no other needs to be typed.
function showKey(form) {
  const url = form.querySelector('[data-order="url"]').value;
  const own = form.querySelector("[data-own-key]");
  const typed = form.querySelector('[data-order="signing_key"]');
  const isOwn = Boolean(own) && form.dataset.ownHosts.split(" ").includes(hostOf(url));
  if (own) own.closest("label").toggleAttribute("data-away", !isOwn);
  if (own) own.disabled = !isOwn;
  typed.disabled = isOwn && own.checked;
  typed.placeholder = typed.disabled ? "the inspector’s own" : "none: unsigned";
}

function peek(button) {
  const input = document.getElementById(button.dataset.peek);
  const isShown = input.type === "text";
  input.type = isShown ? "password" : "text";
  button.textContent = isShown ? "Show" : "Hide";
  button.setAttribute("aria-pressed", !isShown);
}

export function startTarget(form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-peek]");
    if (button) peek(button);
  });
  form.addEventListener("input", () => showKey(form));
  showKey(form);
}

// What the fields of a form hold, by name; numbers as numbers, and what is empty or not offered as null.
export function contentOf(form) {
  const content = {};
  for (const field of form.querySelectorAll("[data-order]")) {
    const value = field.type === "checkbox" ? field.checked : field.type === "radio" ? field.checked && field.value : field.value;
    if (field.type === "radio" && !field.checked) continue;
    content[field.dataset.order] = field.disabled || value === "" ? null : "number" in field.dataset ? Number(value) : value;
  }
  return content;
}
