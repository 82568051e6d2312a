// Small helpers that every part of the page needs.
export const $ = (id) => document.getElementById(id);

// Server-rendered partials as nodes. They are escaped there, and the page's policy lets no script in them run.
export function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// A click on a link that this page may serve by itself: not one that wants a new tab.
export function isPlainClick(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

// The first click asks, in the button's own place; the second within four seconds does it.
export function asked(button) {
  if (button.dataset.asking) {
    settle(button);
    return true;
  }
  button.dataset.asking = button.textContent;
  button.textContent = button.dataset.really;
  setTimeout(settle, 4000, button);
  return false;
}

function settle(button) {
  if (!button.dataset.asking) return;
  button.textContent = button.dataset.asking;
  delete button.dataset.asking;
}

// Unfolds everything around an element.
export function openBranches(element) {
  for (let branch = element.parentElement.closest("details"); branch; branch = branch.parentElement.closest("details")) branch.open = true;
}
