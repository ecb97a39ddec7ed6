// Completion of tables, columns and words of SQL, and Ctrl+Enter to ask.
"use strict";
(() => {
  const box = document.getElementById("sql"), offers = document.getElementById("offers");
  if (!box) return;
  const words = [...document.querySelectorAll("#sql-words option")].map((o) => o.value);
  let found = [], chosen = 0;
  const prefix = () => /[A-Za-z_][\w.]*$/.exec(box.value.slice(0, box.selectionStart))?.[0] || "";
  function hide() {
    offers.hidden = true;
    found = [];
    box.removeAttribute("aria-activedescendant");
  }
  function offer() {
    const p = prefix().toLowerCase();
    found = p.length < 2 ? [] : words.filter((w) => w.toLowerCase().startsWith(p) && w.toLowerCase() !== p).slice(0, 8);
    chosen = 0;
    if (found.length === 0) { hide(); return; }
    offers.replaceChildren(...found.map((w, i) => {
      const li = document.createElement("li");
      li.id = "offer-" + i;
      li.setAttribute("role", "option");
      li.textContent = w;
      return li;
    }));
    offers.hidden = false;
    mark();
  }
  function mark() {
    [...offers.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === chosen)));
    box.setAttribute("aria-activedescendant", "offer-" + chosen);
  }
  function take(i) {
    const at = box.selectionStart, p = prefix();
    box.setRangeText(found[i], at - p.length, at, "end");
    hide();
    box.focus();
  }
  box.addEventListener("input", offer);
  box.addEventListener("blur", () => setTimeout(hide, 150));
  offers.addEventListener("pointerdown", (e) => {
    const i = [...offers.children].indexOf(e.target.closest("li"));
    if (i >= 0) { e.preventDefault(); take(i); }
  });
  box.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { box.form.requestSubmit(); return; }
    if (offers.hidden) return;
    switch (e.key) {
      case "ArrowDown": chosen = (chosen + 1) % found.length; break;
      case "ArrowUp": chosen = (chosen + found.length - 1) % found.length; break;
      case "Tab": case "Enter": take(chosen); e.preventDefault(); return;
      case "Escape": hide(); e.stopPropagation(); return;
      default: return;
    }
    mark();
    e.preventDefault();
  });
})();
