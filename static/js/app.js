// Starts the parts of the page. Each is a module of its own that binds itself to what the templates wrote.
import { startActions } from "./actions.js";
import { read } from "./address.js";
import { startAges } from "./ages.js";
import { startChanges } from "./changes.js";
import { startClipboard } from "./clipboard.js";
import { startCompletion } from "./completion.js";
import { markRead, showAddressed, startDetail } from "./detail.js";
import { $ } from "./dom.js";
import { startFilters } from "./filters.js";
import { startFollow } from "./follow.js";
import { adoptFirstPage, grow } from "./list.js";
import { startListKeys } from "./list-keys.js";
import { reload, startLive, togglePause } from "./live.js";
import { startReplay } from "./replay.js";
import { showSearch, startSearch } from "./search.js";
import { startTheme } from "./theme.js";
import { complain } from "./toast.js";

adoptFirstPage();
startTheme();
startDetail();
startActions();
startClipboard();
startListKeys();
startSearch();
startCompletion();
startFilters();
startChanges();
startReplay();
startFollow();
startLive();
startAges();
grow();
if (read().id) markRead(read().id);

$("pause").addEventListener("click", (event) => togglePause(event.currentTarget));
$("pill").addEventListener("click", () => reload().catch(complain));

addEventListener("popstate", () => {
  showSearch();
  showAddressed();
});
