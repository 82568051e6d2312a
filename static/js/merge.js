// Brings a list to what the server says it is now, touching only the items that are new or have changed.
export function merge(list, fresh) {
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const wanted = [...fresh.children].map((item) => keep(known, item));
  const items = new Set("extended" in list.dataset ? withOlder(list, wanted) : wanted);
  for (const item of [...list.children]) if (!items.has(item)) item.remove();
  let here = list.firstElementChild;
  for (const item of items) {
    if (item === here) here = here.nextElementSibling;
    else list.insertBefore(item, here);
  }
}

// Once older items were asked for, the list is longer than what is fetched: they stay, and so does their link.
function withOlder(list, wanted) {
  const newer = wanted.filter((item) => !item.matches(".older"));
  const ids = new Set(newer.map((item) => item.dataset.id));
  return [...newer, ...[...list.children].filter((item) => !ids.has(item.dataset.id))];
}

// Ages count on by themselves, and folds are the reader's: neither makes an item another one.
const content = (item) => item.outerHTML.replace(/(<time[^>]*class="age"[^>]*>)[^<]*/g, "$1").replaceAll(' open=""', "");

function keep(known, item) {
  const here = known.get(item.dataset.id);
  return here && content(here) === content(item) ? here : item;
}
