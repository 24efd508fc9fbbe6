// Keeps the page fresh, and shows a line while it is spoken. Without it the page works; it has to be loaded again by hand.
(() => {
  "use strict";
  const live = document.querySelector("#ligne");

  // --- The state, every few seconds, without moving what is being read ----------------------------------
  const state = document.querySelector("#etat");
  async function refresh() {
    if (document.hidden || !state) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("#etat");
      if (!answer.ok || !fresh) throw new Error("no state");
      const open = [...state.querySelectorAll("details[open]")].map((each) => each.id);
      const focused = document.activeElement && document.activeElement.id;
      state.replaceChildren(...fresh.childNodes);
      open.forEach((id) => { const each = document.getElementById(id); if (each) each.open = true; });
      const again = focused && document.getElementById(focused);
      if (again) again.focus();
      document.body.classList.remove("lost");
    } catch {
      document.body.classList.add("lost");
    }
  }
  if (state) setInterval(refresh, 3000);

  // --- The line -----------------------------------------------------------------------------------------
  if (!live) return;
  const rows = live.querySelector("tbody");
  const word = live.dataset;
  const said = document.querySelector("#suivi");
  const pause = document.querySelector("#pause");
  const MOST = 400;
  let paused = false;
  let held = [];

  function cell(row, text, kind) {
    const made = row.insertCell();
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }
  function mark(text, kind) {
    const made = document.createElement("b");
    made.textContent = text;
    made.className = kind;
    return made;
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
  const bottom = () => { live.scrollTop = live.scrollHeight; };
  function take(slice) {
    if (paused) { held.push(slice); if (held.length > MOST) held.shift(); return; }
    const following = live.scrollHeight - live.scrollTop - live.clientHeight < 40;
    show(slice);
    if (following) bottom();
  }
  if (pause) {
    pause.hidden = false;
    pause.addEventListener("click", () => {
      paused = !paused;
      pause.textContent = paused ? pause.dataset.resume : pause.dataset.pause;
      pause.setAttribute("aria-pressed", String(paused));
      if (!paused) { held.forEach(show); held = []; bottom(); }
    });
  }
  const source = new EventSource(word.stream);
  source.onopen = () => { said.textContent = said.dataset.on; };
  source.onerror = () => { said.textContent = said.dataset.off; };
  source.onmessage = (event) => take(JSON.parse(event.data));
  addEventListener("pagehide", () => source.close());
})();
