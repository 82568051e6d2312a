// The command that does the same as a form, asked for after each change and shown beside what is wrong with it.
import { send } from "./http.js";

const PAUSE = 120; // milliseconds without a change after which the command is asked for

// `show` gets the answer to what `content` gives, once nothing newer was asked for.
export function keepLine(form, address, content, show) {
  let timer;
  let asked = 0;
  async function ask() {
    const number = ++asked;
    const answer = await send("POST", address(), content()).catch((error) => ({ line: null, error }));
    if (number === asked) show(answer);
  }
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  later();
}
