// Where a value stands in a JSON text, so that one can be replaced while everything else stays as it was typed.
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

const stepsOf = (path) => path.match(/[^.[\]]+/g);

export const valueAt = (root, path) => stepsOf(path).reduce((value, step) => value?.[step], root);

// Start and end of the value at a path, or null. The text must be JSON.
export function placeOf(text, path) {
  const wanted = stepsOf(path).join("\0");
  const tokens = [...text.matchAll(TOKEN)];
  const here = [];
  let next = 0;
  let found = null;

  function takeValue() {
    const first = tokens[next++];
    if (first[0] === "{" || first[0] === "[") takeMembers(first[0] === "{");
    const last = tokens[next - 1];
    if (here.join("\0") === wanted) found = [first.index, last.index + last[0].length];
  }

  function takeMembers(named) {
    for (let index = 0; tokens[next][0] !== "}" && tokens[next][0] !== "]"; index++) {
      if (tokens[next][0] === ",") next++;
      here.push(named ? JSON.parse(tokens[next][0]) : index);
      if (named) next += 2; // the name and its colon
      takeValue();
      here.pop();
    }
    next++;
  }

  takeValue();
  return found;
}

// The text with line breaks and indents; names, values and numbers stay to the letter. Throws for what is no JSON.
export function laidOut(text) {
  JSON.parse(text);
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const pieces = { ",": () => `,${line()}`, ":": () => ": " };
  const tokens = text.match(TOKEN).join("\0").replace(/([{[])\0(?=[}\]])/g, "$1").split("\0");
  return tokens.map((token) => {
    if (token === "{" || token === "[") { depth++; return token + line(); }
    if (token === "}" || token === "]") { depth--; return line() + token; }
    return pieces[token]?.() ?? token;
  }).join("");
}

// The text with a field added where there was none; objects on the way are made.
export function withAdded(text, path, value) {
  const root = JSON.parse(text);
  const steps = stepsOf(path);
  const holder = steps.slice(0, -1).reduce((object, step) => (object[step] ??= {}), root);
  holder[steps.at(-1)] = value;
  return JSON.stringify(root, null, 2);
}
