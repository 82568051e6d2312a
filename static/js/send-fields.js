// The form and the JSON editor: each follows the other.
import { $ } from "./dom.js";
import { setText } from "./send-editor.js";
import { placeOf, valueAt, withAdded } from "./send-places.js";

const fields = [...document.querySelectorAll("[data-path]")];
const area = $("text");

const parsed = () => {
  try {
    return JSON.parse(area.value);
  } catch {
    return undefined;
  }
};

function shownAs(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function follow() {
  const root = parsed();
  for (const field of fields) {
    const value = root === undefined ? undefined : valueAt(root, field.dataset.path);
    field.disabled = root === undefined || root === null || typeof root !== "object";
    field.placeholder = root === undefined ? "broken JSON" : value === null ? "null" : "absent";
    if (field !== document.activeElement) field.value = shownAs(value);
  }
}

function write({ target: field }) {
  const { path, kindOf } = field.dataset;
  const value = kindOf === "number" && /^-?\d+$/.test(field.value) ? Number(field.value) : field.value;
  const place = placeOf(area.value, path);
  if (!place) { setText(area, withAdded(area.value, path, value)); return; }
  area.setRangeText(JSON.stringify(value), ...place);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startFields() {
  area.addEventListener("input", follow);
  for (const field of fields) field.addEventListener("input", (event) => { event.stopPropagation(); write(event); });
  follow();
}
