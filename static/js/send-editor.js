// Line numbers beside a text area; they scroll with it.
function number(editor) {
  const [gutter, area] = editor.children;
  const lines = area.value.split("\n").length;
  if (gutter.childElementCount !== lines) {
    gutter.replaceChildren(...Array.from({ length: lines }, (_, index) => {
      const line = document.createElement("span");
      line.textContent = index + 1;
      return line;
    }));
  }
  gutter.scrollTop = area.scrollTop;
}

// Marks the line that an error names; null marks none.
export function markLine(editor, line) {
  editor.querySelector("[data-wrong]")?.removeAttribute("data-wrong");
  if (line) editor.firstElementChild.children[line - 1]?.setAttribute("data-wrong", "");
}

export function startEditor(editor) {
  const area = editor.lastElementChild;
  area.addEventListener("input", () => number(editor));
  area.addEventListener("scroll", () => { editor.firstElementChild.scrollTop = area.scrollTop; }, { passive: true });
  number(editor);
}

export function setText(area, text) {
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
