// The letterhead as it is typed: the fictitious report beside the form follows every key, and nothing is saved.
"use strict";
(() => {
  const form = document.querySelector("form[data-preview]");
  const paper = document.querySelector("#apercu-papier");
  const voice = document.querySelector("#apercu-dit");
  if (!form || !paper || !paper.shadowRoot) return;
  const style = paper.shadowRoot.querySelector("link");
  const page = document.createElement("div");
  paper.shadowRoot.replaceChildren(style, page, ...Array.from(paper.shadowRoot.children).filter((each) => each !== style));
  page.replaceChildren(...Array.from(paper.shadowRoot.children).filter((each) => each !== style && each !== page));
  let wanted = 0;
  let timer = null;

  async function refresh() {
    const mine = ++wanted;
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
      if (mine !== wanted) return;
      if (!answer.ok || !(answer.headers.get("content-type") || "").includes("json")) throw new Error("no preview");
      const { page: html, problems } = await answer.json();
      if (mine !== wanted) return;
      page.innerHTML = html;
      voice.textContent = problems.length ? problems.join(" ") : voice.dataset.fresh;
      voice.className = problems.length ? "wrong" : "muted";
    } catch {
      voice.textContent = voice.dataset.gone;
      voice.className = "wrong";
    }
  }
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, 250);
  }
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
})();
