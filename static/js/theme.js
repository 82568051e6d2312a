// The theme switch: system, then dark, then light. The choice is remembered; theme-early.js applies it at load.
import { $ } from "./dom.js";

const KEY = "inspector-theme";
const NEXT = { system: "dark", dark: "light", light: "system" };
const ICONS = { system: "theme", dark: "dark", light: "light" };

function show(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
  $("theme").setAttribute("aria-label", `Theme: ${theme}`);
  $("theme").title = `Theme: ${theme}`;
  $("theme").firstElementChild.dataset.icon = ICONS[theme];
}

export function startTheme() {
  let theme = localStorage.getItem(KEY) ?? "system";
  if (!(theme in NEXT)) theme = "system";
  show(theme);
  $("theme").addEventListener("click", () => {
    theme = NEXT[theme];
    localStorage.setItem(KEY, theme);
    show(theme);
  });
}
