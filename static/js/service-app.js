// Starts the Service page.
import { startFrame } from "./frame.js";
import { startActions } from "./service-actions.js";
import { startLive } from "./service-live.js";

startFrame();
startActions();
startLive();
