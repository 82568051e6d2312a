// Starts the Send page.
import { startFrame } from "./frame.js";
import { startOrder } from "./send-order.js";
import { startResults } from "./send-results.js";

startFrame();
startOrder();
startResults();
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
