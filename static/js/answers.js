// The answer rules: added, moved, changed and removed here, checked while they are typed, and saved as a whole.
import { $, asked } from "./dom.js";
import { getJson, send } from "./http.js";
import { complain } from "./toast.js";

const PAUSE = 150; // milliseconds without a change after which the rules are checked
const NUMBERS = new Set(["status", "times", "delay_ms"]);
const list = $("rules");
let saved; // what the inspector has, as text
let timer;
let checks = 0;
let looks = 0;

const parts = (rule) => Object.fromEntries([...rule.querySelectorAll("[data-rule]")].map((field) => [field.dataset.rule, field]));

function headersOf(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const [name, ...rest] = line.split(":");
    return [name.trim(), rest.join(":").trim()];
  });
}

function read(rule) {
  const fields = parts(rule);
  const value = ([name, { value: text }]) => {
    if (name === "headers") return [name, headersOf(text)];
    if (text === "" && name !== "q") return [name, null];
    return [name, NUMBERS.has(name) ? Number(text) : text];
  };
  return Object.fromEntries(Object.entries(fields).map(value));
}

const content = () => [...list.children].map(read);

function write(rule, values) {
  for (const [name, field] of Object.entries(parts(rule))) {
    const value = values[name];
    if (name === "headers") field.value = (value ?? []).map((pair) => pair.join(": ")).join("\n");
    else field.value = value ?? (name === "status" ? 200 : "");
  }
  return rule;
}

const blank = () => $("blank-rule").content.firstElementChild.cloneNode(true);

function number() {
  [...list.children].forEach((rule, index) => {
    rule.querySelector("[data-rule-number]").textContent = `Rule ${index + 1}`;
    rule.querySelector('[data-move="up"]').disabled = index === 0;
    rule.querySelector('[data-move="down"]').disabled = index === list.childElementCount - 1;
  });
  $("no-rules").hidden = list.childElementCount > 0;
}

function showErrors(errors) {
  [...list.children].forEach((rule, index) => {
    const error = errors[index];
    rule.querySelector(".problem").textContent = error?.message ?? "";
    parts(rule).q.ariaInvalid = error?.code === "invalid_query" ? "true" : null;
  });
}

// Says what is wrong and what the command is. True when all is well.
async function check() {
  clearTimeout(timer); // this check sees all that was typed until now
  const mine = ++checks;
  const { errors, line } = await send("POST", "/-/answers/check", content());
  const isRight = errors.every((error) => error === null);
  if (mine !== checks) return isRight;
  showErrors(errors);
  $("line").textContent = line;
  const isChanged = JSON.stringify(content()) !== saved;
  $("save").disabled = !isRight || !isChanged;
  $("saved").textContent = isChanged ? "Not saved yet. Saving starts the counts anew." : "";
  return isRight;
}

async function save() {
  if (!(await check())) return;
  const rules = content();
  await send("PUT", "/-/api/answers", rules);
  saved = JSON.stringify(rules);
  if (JSON.stringify(content()) !== saved) return; // changed meanwhile: the next check says so
  $("save").disabled = true;
  $("saved").textContent = "Saved: this is how webhooks are answered from now on.";
  await showUse();
}

// How often each rule has answered; while there are changes, rules here and there need not be the same.
export async function showUse() {
  if (JSON.stringify(content()) !== saved) return;
  const mine = ++looks;
  const rules = await getJson("/-/api/answers");
  if (mine !== looks) return;
  [...list.children].forEach((rule, index) => {
    const { used = 0, times } = rules[index] ?? {};
    rule.querySelector("[data-rule-used]").textContent = used ? `answered ${used}${times ? ` of ${times}` : ""}` : "";
    rule.toggleAttribute("data-used-up", Boolean(times) && used >= times);
  });
}

function changed() {
  number();
  check().catch(complain);
}

function move(rule, button) {
  if (button.dataset.move === "up") rule.previousElementSibling.before(rule);
  else rule.nextElementSibling.after(rule);
  changed();
  (button.disabled ? rule.querySelector("[data-move]:enabled") : button)?.focus();
}

function remove(rule) {
  const next = rule.nextElementSibling ?? rule.previousElementSibling;
  rule.remove();
  changed();
  (next?.querySelector("[data-remove]") ?? document.querySelector("[data-add]")).focus();
}

function add() {
  const rule = list.appendChild(blank());
  changed();
  parts(rule).q.focus();
}

// Rules that are there are replaced only after a question.
async function take(button) {
  if (list.childElementCount && !asked(button)) return;
  list.replaceChildren(...JSON.parse(button.dataset.preset).map((values) => write(blank(), values)));
  number();
  await save();
}

const BUTTONS = {
  "[data-move]": (button) => move(button.closest(".rule"), button),
  "[data-remove]": (button) => remove(button.closest(".rule")),
  "[data-add]": add,
  "[data-preset]": take,
  "#save": save,
};

export function startAnswers() {
  saved = JSON.stringify(content());
  number();
  showUse().catch(complain);
  list.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => check().catch(complain), PAUSE);
  });
  list.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save().catch(complain);
  });
  document.addEventListener("click", async (event) => {
    const selector = Object.keys(BUTTONS).find((candidate) => event.target.closest(candidate));
    if (selector) await Promise.resolve(BUTTONS[selector](event.target.closest(selector))).catch(complain);
  });
}
