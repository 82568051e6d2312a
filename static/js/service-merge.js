// Brings the page to what the server says it is now, touching only the parts that are others. Forms are left alone.
const isOfItem = (part) => part.closest("[data-id]") !== null;
const named = (root, part) => root.querySelector(`[data-part="${part.dataset.part}"]`);

function replace(old, part) {
  if (!old || old.isEqualNode(part)) return;
  const hadFocus = old === document.activeElement;
  old.replaceWith(part);
  if (hadFocus) part.focus({ preventScroll: true });
}

function mergeItem(item, fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) replace(named(item, part), part);
}

// Nothing moves under the pointer, nor below a field that is written in: what is new then waits.
function isHeld(list) {
  return list.childElementCount > 0 && list.matches(":hover, :focus-within") && list.dataset.list !== "faults";
}

function mergeList(list, fresh) {
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const items = [...fresh.children];
  const added = items.filter((item) => !known.has(item.dataset.id));
  const isHeldNow = isHeld(list) && added.length > 0;
  const later = list.parentElement.querySelector("[data-later]");
  if (later) later.textContent = isHeldNow ? `${added.length} new` : "";
  for (const item of items) if (known.has(item.dataset.id)) mergeItem(known.get(item.dataset.id), item);
  if (!isHeldNow) arrange(list, known, items);
  return !isHeldNow;
}

function arrange(list, known, items) {
  const wanted = items.map((item) => known.get(item.dataset.id) ?? folded(item, known.size > 0));
  const kept = new Set(wanted);
  for (const item of [...list.children]) if (!kept.has(item)) item.remove();
  let here = list.firstElementChild;
  for (const item of wanted) {
    if (item === here) here = here.nextElementSibling;
    else list.insertBefore(item, here);
  }
}

function folded(item, isOneOfMany) {
  if (isOneOfMany) item.querySelector("details")?.removeAttribute("open");
  return item;
}

// Whether all that is new is shown.
export function mergeAll(root, fresh) {
  for (const part of fresh.querySelectorAll("[data-part]")) if (!isOfItem(part)) replace(named(root, part), part);
  const lists = [...fresh.querySelectorAll("[data-list]")];
  return lists.map((list) => mergeList(root.querySelector(`[data-list="${list.dataset.list}"]`), list)).every(Boolean);
}
