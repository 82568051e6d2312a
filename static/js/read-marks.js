// Which requests were opened before: their rows are no longer bold.
const KEY = "inspector-read";
const KEPT = 2000;
const read = new Set(JSON.parse(localStorage.getItem(KEY) ?? "[]"));

export function mark(row) {
  if (read.has(row.dataset.id)) row.dataset.read = "";
}

export function remember(id) {
  read.add(id);
  localStorage.setItem(KEY, JSON.stringify([...read].slice(-KEPT)));
}
