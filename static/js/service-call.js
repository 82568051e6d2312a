// What a button of the Service page calls: its own `data-call` or that of its form, with the fields that it names.
import { $ } from "./dom.js";

const NUMBERS = new Set(["scale", "rate", "status", "seconds", "count", "share"]);

const json = (text) => (text ? JSON.parse(text) : {});

export function valueOf(form, name) {
  const { value } = form.elements[name];
  return NUMBERS.has(name) && value !== "" ? Number(value) : value;
}

const faults = () => [...document.querySelectorAll("[data-fault]")].map((item) => item.dataset.fault);

// Those that have happened as often as they should are gone; the others go on counting from where they are.
function lasting(text) {
  const { left, count, ...fault } = JSON.parse(text);
  if (left === 0) return [];
  return [left === null ? fault : { ...fault, count: left }];
}

function newFault(form) {
  const names = ["call", "fault", form.elements.fault.value === "status" ? "status" : "seconds", "count", "share"];
  const given = names.map((name) => [name, valueOf(form, name)]).filter(([, value]) => value !== "");
  const fault = Object.fromEntries(given);
  return "share" in fault ? { ...fault, share: fault.share / 100 } : fault;
}

function faultsAfter(form, button) {
  const gone = button.closest("li")?.querySelector("[data-fault]").dataset.fault;
  const kept = faults().filter((text) => text !== gone).flatMap(lasting);
  return { faults: "remove" in button.dataset ? kept : [...kept, newFault(form)] };
}

function contentOf(form, button) {
  if (form && "faults" in form.dataset) return faultsAfter(form, button);
  const names = button.dataset.fields?.split(" ") ?? [];
  const content = { ...json(form?.dataset.base), ...json(button.dataset.content) };
  for (const name of names) content[name] = valueOf(form, name);
  return form && "home" in form.dataset ? { workspace_id: $("main").dataset.workspace, ...content } : content;
}

export function callOf(button) {
  const form = button.form;
  const [method, path] = (button.dataset.call ?? form.dataset.call).split(" ");
  return { method, path, content: contentOf(form, button) };
}

export const isComplete = (button) => !(button.dataset.fields ?? "").split(" ").some((name) => name && !button.form.elements[name].reportValidity());
