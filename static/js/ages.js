// Ages count on, by one timer for all of them and by the server's clock.
const skew = Number(document.body.dataset.now) - Date.now() / 1000;
const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

export function ageWords(seconds) {
  const unit = UNITS.find(([, length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[1])} ${unit[0]}` : "now";
}

function update() {
  const now = Date.now() / 1000 + skew;
  for (const age of document.querySelectorAll(".age")) {
    const words = ageWords(now - Number(age.dataset.at));
    const text = "ago" in age.dataset && words !== "now" ? `${words} ago` : words;
    if (age.textContent !== text) age.textContent = text;
  }
}

export function startAges() {
  update();
  setInterval(update, 1000);
}
