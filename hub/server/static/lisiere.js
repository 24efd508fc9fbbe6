// The keyboard, the barcode scanner, the list that refreshes under a still cursor, and drafts that survive.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, [contenteditable]");

  // --- The cursor: one row of the list marked data-rows -------------------------------------------------
  let cursor = null;

  const rows = () => all("[data-rows] [data-row]");
  const current = () => rows().find((row) => row.dataset.row === cursor) || null;

  function point(row, focus) {
    rows().forEach((other) => {
      other.classList.toggle("cursor", other === row);
      other.tabIndex = other === row ? 0 : -1;
    });
    if (!row) return;
    cursor = row.dataset.row;
    choose(row);
    if (focus) {
      row.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
  }

  // The row under the cursor is the one a decision is about; a row that waits for nothing can be chosen for nothing.
  function choose(row) {
    const form = row.closest("form");
    if (!form) return;
    const radio = row.querySelector("input[type=radio][name=obs]");
    all("input[type=radio][name=obs]", form).forEach((other) => { other.checked = other === radio; });
    all("button[data-key]:not([data-all])", form).forEach((button) => { button.disabled = !radio; });
    const next = form.querySelector("[data-next]");
    const list = rows().filter((other) => other === row || other.querySelector("input[type=radio][name=obs]"));
    const after = list[list.indexOf(row) + 1] || list[0];
    if (next) next.value = after && after !== row ? after.dataset.row : "";
  }

  function step(by) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(current());
    const next = at < 0 ? 0 : at + by;
    if (next >= 0 && next < list.length) return point(list[next], true);
    // Past the end of one tube lies the next: the neighbour in the list beside it.
    const beside = all(".choose a");
    const here = beside.findIndex((link) => link.hasAttribute("aria-current"));
    const target = beside[here + by];
    if (target && here >= 0) target.click();
  }

  // --- Keys ---------------------------------------------------------------------------------------------
  function press(key) {
    const search = document.querySelector("#recherche");
    if (key === "/" && search) { search.focus(); search.select(); return true; }
    if (key === "?") { toggleMap(); return true; }
    if (key === "j" || key === "ArrowDown") { step(1); return true; }
    if (key === "k" || key === "ArrowUp") { step(-1); return true; }
    if (key === "Enter") {
      const link = current() && current().querySelector("a[data-open]");
      if (link) { link.click(); return true; }
      return false;
    }
    const row = current();
    const found = (row && row.querySelector(`[data-key="${CSS.escape(key)}"]`)) ||
      document.querySelector(`[data-page] [data-key="${CSS.escape(key)}"]`);
    if (!found || found.disabled) return false;
    if (found.tagName === "SUMMARY") {
      found.parentElement.open = true;
      const field = found.parentElement.querySelector("textarea, input:not([type=hidden]), select");
      if (field) field.focus();
    } else found.click();
    return true;
  }

  function toggleMap() {
    const map = document.querySelector("#touches");
    if (!map) return;
    if (map.open) map.close(); else map.show();
  }

  // A scanner types fast and ends with Enter: its characters go to the search field, not to the shortcuts.
  const FAST = 45;
  let waiting = null;
  let burst = "";
  let last = 0;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const map = document.querySelector("#touches");
      if (map && map.open) { map.close(); return; }
      const open = event.target.closest && event.target.closest("details[open]");
      if (open) { open.open = false; const row = open.closest("[data-row]"); if (row) point(row, true); return; }
      const back = document.querySelector("[data-escape]");
      if (back && !typing(event.target)) back.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) return;
    const now = event.timeStamp;
    const fast = now - last < FAST;
    last = now;
    if (event.key === "Enter") {
      const scanned = fast ? burst : "";
      burst = "";
      if (scanned.length >= 5) { event.preventDefault(); clearTimeout(waiting); scan(scanned); return; }
      if (event.target.closest("a, button, summary, label, input")) return;
      if (press("Enter")) event.preventDefault();
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (rows().length && press(event.key)) event.preventDefault();
      return;
    }
    if (event.key.length !== 1) return;
    burst = fast ? burst + event.key : event.key;
    clearTimeout(waiting);
    if (fast || event.key === " ") return;
    const key = event.key;
    if (key === "/" || key === "?") { event.preventDefault(); press(key); return; }
    waiting = setTimeout(() => press(key), FAST);
  });

  function scan(text) {
    const field = document.querySelector("[data-scan]") || document.querySelector("#recherche");
    if (!field) return;
    field.value = text;
    if (field.id === "recherche") field.form.requestSubmit();
    else { field.focus(); field.dispatchEvent(new Event("change", { bubbles: true })); }
  }

  // --- Decisions that need a reason: the key leads to the field, Enter there carries them out ----------------
  let pending = null;

  function needsReason(button) {
    const form = button.form;
    const reason = form && form.querySelector("[data-reason]");
    if (!reason || reason.value.trim()) return null;
    const row = current();
    const held = row && "held" in row.dataset && "needsWhenHeld" in button.dataset;
    return "needs" in button.dataset || held ? reason : null;
  }
  function ask(button, reason) {
    pending = button;
    reason.dataset.plain ||= reason.placeholder;
    reason.placeholder = `${button.firstChild.textContent.trim()} : ${reason.dataset.plain.toLowerCase()}…`;
    reason.focus();
  }
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches || !event.target.matches("[data-reason]")) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (pending && event.target.value.trim()) pending.form.requestSubmit(pending);
    } else if (event.key === "Escape") {
      pending = null;
      event.target.value = "";
      event.target.placeholder = event.target.dataset.plain || event.target.placeholder;
      const row = current();
      if (row) point(row, true); else event.target.blur();
    }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=submit]");
    const reason = button && needsReason(button);
    if (reason) { event.preventDefault(); ask(button, reason); return; }
    const row = event.target.closest("[data-row]");
    if (row) point(row, false);
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && row.dataset.row !== cursor) point(row, false);
  });

  // --- Lists that refresh without moving what is under the cursor ---------------------------------------
  const before = new Map();

  document.addEventListener("htmx:beforeRequest", (event) => {
    const target = event.detail.target;
    if (!target || !target.contains) return;
    const busy = target.contains(document.activeElement) && typing(document.activeElement);
    const typed = all("[data-reason]", target).some((field) => field.value.trim());
    if (document.hidden || busy || typed || target.querySelector("details[open]")) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    if (!target || !target.id) return;
    const row = current();
    const inside = row && target.contains(row);
    before.set(target.id, {
      keys: new Set(all("[data-row], [data-item]", target).map((each) => each.dataset.row || each.dataset.item)),
      top: inside ? row.getBoundingClientRect().top : null,
      focus: inside && document.activeElement === row,
      scroll: all(".stick", target).map((each) => each.scrollTop),
    });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.elt && event.detail.elt.id ? document.getElementById(event.detail.elt.id) : null;
    const was = target && before.get(target.id);
    if (!was) return;
    before.delete(target.id);
    all(".stick", target).forEach((each, at) => { each.scrollTop = was.scroll[at] || 0; });
    let arrived = 0;
    all("[data-row], [data-item]", target).forEach((each) => {
      if (was.keys.has(each.dataset.row || each.dataset.item)) return;
      each.classList.add("fresh");
      arrived += 1;
    });
    const row = current();
    if (row && target.contains(row)) {
      point(row, was.focus);
      if (was.top !== null) window.scrollBy(0, row.getBoundingClientRect().top - was.top);
    }
    const voice = document.querySelector("#annonce");
    if (voice && arrived) voice.textContent = `${arrived} ${voice.dataset.word}`;
  });

  // --- Drafts: what was typed is never lost, not even when the session ends -----------------------------
  const prefix = `brouillon:${document.body.dataset.account || ""}:`;

  function draftOf(form) { return prefix + form.dataset.draft; }
  const draftFields = (form) => all("input, select, textarea", form)
    .filter((field) => field.name && !["hidden", "password", "file"].includes(field.type));
  const ticks = (field) => field.type === "checkbox" || field.type === "radio";

  function keep(form) {
    const kept = {};
    draftFields(form).forEach((field) => {
      const list = (kept[field.name] ||= []);
      if (!ticks(field)) list.push(field.value);
      else if (field.checked) list.push(field.value);
    });
    sessionStorage.setItem(draftOf(form), JSON.stringify(kept));
  }
  function restore(form) {
    const text = sessionStorage.getItem(draftOf(form));
    if (!text || form.hasAttribute("data-filled")) return;
    const kept = JSON.parse(text);
    draftFields(form).forEach((field) => {
      const values = kept[field.name];
      if (!values) return;
      if (ticks(field)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values.shift();
    });
  }
  if (document.body.hasAttribute("data-signed-out")) {
    if (document.querySelector("[data-forget]")) sessionStorage.clear();
  }
  const done = document.body.dataset.done;
  if (done) sessionStorage.removeItem(prefix + done);
  all("form[data-draft]").forEach((form) => {
    restore(form);
    form.addEventListener("input", () => keep(form));
  });

  // --- Small things -------------------------------------------------------------------------------------
  // A long list of tests is narrowed by typing; what is ticked stays in sight.
  all("[data-narrow]").forEach((field) => {
    const list = document.querySelector(field.dataset.narrow);
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    field.addEventListener("input", () => {
      const wanted = plain(field.value);
      all("label", list).forEach((label) => {
        label.hidden = wanted !== "" && !plain(label.textContent).includes(wanted) && !label.querySelector(":checked");
      });
      all("h3", list).forEach((head) => {
        let next = head.nextElementSibling;
        let any = false;
        while (next && next.tagName !== "H3") { any ||= !next.hidden; next = next.nextElementSibling; }
        head.hidden = !any;
      });
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const shown = all("label:not([hidden]) input", list).filter((box) => !box.checked);
      if (field.value && shown.length) { shown[0].checked = true; field.value = ""; field.dispatchEvent(new Event("input", { bubbles: true })); }
    });
  });
  all("[data-copy]").forEach((button) => button.addEventListener("click", () => {
    const from = document.querySelector(button.dataset.copy);
    if (from && navigator.clipboard) navigator.clipboard.writeText(from.textContent.trim());
  }));
  all("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  all("[data-toggle-map]").forEach((button) => button.addEventListener("click", toggleMap));

  const first = document.querySelector(".field.bad input, .field.bad select, .field.bad textarea") || document.querySelector("[data-focus]");
  const list = rows();
  const wanted = decodeURIComponent(location.hash.slice(1));
  const ready = list.find((row) => row.querySelector("input[type=radio][name=obs]"));
  point(list.find((row) => row.dataset.row === wanted) || ready || list[0], false);
  if (first) first.focus();
})();
