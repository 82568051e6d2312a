// The address bar is the state: `/?q=…&id=…`, or `/?help=1`.
export function read() {
  const parameters = new URLSearchParams(location.search);
  return { q: parameters.get("q") ?? "", id: parameters.get("id"), help: parameters.has("help") };
}

export function write(changes, { replace = false } = {}) {
  const { q, id, help } = { ...read(), ...changes };
  const parameters = new URLSearchParams();
  if (q) parameters.set("q", q);
  if (id) parameters.set("id", id);
  if (help) parameters.set("help", "1");
  const url = parameters.size ? `/?${parameters}` : "/";
  if (url === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
}
