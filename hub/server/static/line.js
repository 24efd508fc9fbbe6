// A line of an appliance while it is spoken: loaded by its page only.
(() => {
  "use strict";
  const live = document.querySelector("#ligne");
  if (!live) return;
  const word = live.dataset;
  const rows = live.querySelector("tbody");
  const said = document.querySelector("#suivi");
  const pause = document.querySelector("#figer");
  const wipe = document.querySelector("#effacer");
  const counts = document.querySelectorAll("[data-count]");
  const MOST = 600;
  let paused = false;
  let held = [];
  const counted = {};

  function cell(row, text, kind) {
    const made = row.insertCell();
    made.textContent = text;
    made.className = kind;
    return made;
  }
  function mark(text, kind) {
    const made = document.createElement("b");
    made.textContent = text;
    made.className = kind;
    return made;
  }
  function count(name, by) {
    counted[name] = (counted[name] || 0) + (by || 1);
  }
  function countAll(slice) {
    for (const [kind, one] of slice.s) {
      if (kind === "c") count(one);
      else if (kind === "k") count("good");
      else if (kind === "x") count("wrong");
    }
    if (slice.e) count("errors", slice.e);
    if (slice.l) count("lost", slice.l);
    counts.forEach((each) => {
      const number = counted[each.dataset.count] || 0;
      each.textContent = number;
      each.parentElement.classList.toggle("on", number > 0);
    });
  }
  function show(slice) {
    const row = rows.insertRow();
    row.className = slice.d;
    cell(row, slice.t, "time");
    cell(row, slice.d === "r" ? word.received : word.sent, "way");
    const text = cell(row, "", "bytes");
    if (slice.l) text.append(mark(`… ${slice.l} ${word.lost} …`, "bad"), document.createElement("br"));
    for (const [kind, one, other] of slice.s) {
      if (kind === "c") text.append(mark(one, "name"));
      else if (kind === "t") text.append(one);
      else if (kind === "k") text.append(mark(`✓ ${word.good}`, "good"));
      else if (kind === "x") text.append(mark(`✗ ${word.wrong} ${one} ≠ ${other}`, "bad"));
      else text.append(document.createElement("br"));
    }
    if (slice.e) text.append(mark(`✗ ${slice.e} ${word.errors}`, "bad"));
    while (rows.rows.length > MOST) rows.deleteRow(0);
  }
  function take(slice) {
    countAll(slice);
    if (paused) { held.push(slice); if (held.length > MOST) held.shift(); return; }
    const following = live.scrollHeight - live.scrollTop - live.clientHeight < 40;
    show(slice);
    if (following) live.scrollTop = live.scrollHeight;
  }
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? pause.dataset.resume : pause.dataset.pause;
    pause.setAttribute("aria-pressed", String(paused));
    if (!paused) { held.forEach(show); held = []; live.scrollTop = live.scrollHeight; }
  });
  wipe.addEventListener("click", () => { rows.replaceChildren(); held = []; });

  const source = new EventSource(word.stream);
  source.onopen = () => { said.textContent = said.dataset.on; said.className = "tag good"; };
  source.onerror = () => {
    said.textContent = source.readyState === EventSource.CLOSED ? said.dataset.end : said.dataset.off;
    said.className = "tag held";
  };
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.addEventListener("refus", (event) => {
    source.close();
    said.textContent = JSON.parse(event.data);
    said.className = "tag bad";
  });
  source.addEventListener("fin", () => {
    source.close();
    said.textContent = said.dataset.end;
    said.className = "tag held";
  });
  addEventListener("pagehide", () => source.close());
})();
