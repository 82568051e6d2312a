// Brings a list to what the server says it is now, touching only the items that are new or have changed.
export function merge(list, fresh) {
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  const wanted = [...fresh.children].map((item) => keep(known, item));
  // Once older items were asked for, the list is longer than what is fetched: they stay, and so does their link.
  if ("extended" in list.dataset) {
    const shown = new Set(wanted);
    wanted.splice(0, wanted.length, ...wanted.filter((item) => item.dataset.id), ...[...list.children].filter((item) => !shown.has(item) && !isReplaced(item, wanted)));
  }
  let here = list.firstElementChild;
  for (const item of wanted) {
    if (item === here) here = here.nextElementSibling;
    else list.insertBefore(item, here);
  }
  while (here) {
    const next = here.nextElementSibling;
    if (!wanted.includes(here)) here.remove();
    here = next;
  }
}

const isReplaced = (item, wanted) => item.dataset.id && wanted.some((other) => other.dataset.id === item.dataset.id);

// Ages count on by themselves, and folds are the reader's: neither makes an item another one.
const content = (item) => item.outerHTML.replace(/(<time[^>]*class="age"[^>]*>)[^<]*/g, "$1").replaceAll(' open=""', "");

function keep(known, item) {
  const here = known.get(item.dataset.id);
  return here && item.dataset.id && content(here) === content(item) ? here : item;
}
