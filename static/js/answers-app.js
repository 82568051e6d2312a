// Starts the Answers page; what arrives may have used a rule.
import { showUse, startAnswers } from "./answers.js";
import { startFrame } from "./frame.js";
import { complain } from "./toast.js";

const CALM = 500; // milliseconds between two looks at how often the rules were used
let timer = null;

function changed() {
  timer ??= setTimeout(() => {
    timer = null;
    showUse().catch(complain);
  }, CALM);
}

startFrame({ changed });
startAnswers();
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
