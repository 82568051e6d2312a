// Runs before the first paint, so that a chosen theme does not flash: the one classic script.
{
  const chosen = localStorage.getItem("inspector-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
