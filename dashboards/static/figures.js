// Drawn time lines: the reader's zone on their axis, the numbers under the pointer, and a
// span that is drawn over them chooses the posts of that time.
"use strict";
(() => {
  const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
  const zone = new Intl.DateTimeFormat([], { timeZoneName: "short" }).formatToParts(new Date()).find((p) => p.type === "timeZoneName")?.value || "";

  function localAxes() {
    for (const t of document.querySelectorAll(".drawn text[data-time]")) {
      const at = new Date(Number(t.dataset.time) * 1000);
      t.textContent = /[A-Za-z]/.test(t.textContent) ? day.format(at) : clock.format(at);
    }
    for (const t of document.querySelectorAll(".drawn .zone")) t.textContent = zone;
  }

  const timeAt = (svg, clientX) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
    const left = Number(svg.dataset.left), right = Number(svg.dataset.right);
    const x = Math.min(right, Math.max(left, (clientX - box.left) * scale));
    const from = Number(svg.dataset.from), to = Number(svg.dataset.to);
    return { at: from + ((x - left) / (right - left)) * (to - from), px: x / scale };
  };

  let drawing = null;
  function part(figure, name) {
    let el = figure.querySelector("." + name);
    if (!el) {
      el = document.createElement("div");
      el.className = name;
      figure.append(el);
    }
    return el;
  }
  function clear(figure) {
    for (const name of ["cursor-line", "tip-box", "brushed"]) figure?.querySelector("." + name)?.remove();
  }
  function show(figure, svg, clientX) {
    const rows = [...document.querySelectorAll("[data-moments] > tr")];
    if (rows.length === 0) return;
    const { at, px } = timeAt(svg, clientX);
    let row = rows[0];
    for (const r of rows) if (Number(r.dataset.at) <= at) row = r;
    part(figure, "cursor-line").style.setProperty("left", px + "px");
    const tip = part(figure, "tip-box");
    const names = [...row.closest("table").querySelectorAll("thead th")].map((th) => th.textContent);
    const lines = [...row.cells].map((c, i) => {
      const line = document.createElement("div");
      if (i === 0 || c.colSpan > 1) { line.textContent = c.textContent; return line; }
      const b = document.createElement("b");
      b.textContent = c.textContent;
      line.append(b, " " + names[i].toLowerCase());
      return line;
    });
    tip.replaceChildren(...lines);
    const right = px + 24 + tip.offsetWidth > figure.clientWidth;
    tip.style.setProperty("left", (right ? px - tip.offsetWidth - 12 : px + 12) + "px");
  }
  document.addEventListener("pointermove", (e) => {
    const figure = e.target.closest?.(".figure[data-brush]");
    if (drawing) {
      const now = timeAt(drawing.svg, e.clientX), el = part(drawing.figure, "brushed");
      el.style.setProperty("left", Math.min(now.px, drawing.px) + "px");
      el.style.setProperty("width", Math.abs(now.px - drawing.px) + "px");
    }
    if (figure) show(figure, figure.querySelector("svg"), e.clientX);
    else for (const f of document.querySelectorAll(".figure[data-brush]")) if (!drawing) clear(f);
  });
  document.addEventListener("pointerdown", (e) => {
    const figure = e.target.closest?.(".figure[data-brush]");
    if (!figure || e.button !== 0 || e.target.closest("a")) return;
    const svg = figure.querySelector("svg");
    drawing = { figure, svg, ...timeAt(svg, e.clientX) };
    if (e.pointerType === "mouse") e.preventDefault();
  });
  document.addEventListener("pointerup", (e) => {
    if (!drawing) return;
    const { figure, svg, at, px } = drawing, end = timeAt(svg, e.clientX);
    drawing = null;
    clear(figure);
    if (Math.abs(end.px - px) < 8) return;
    const iso = (s) => new Date(Math.round(s / 60) * 60000).toISOString().replace(/:00\.000Z$/, "Z");
    const to = new URL(location.href);
    to.searchParams.set("from", iso(Math.min(at, end.at)));
    to.searchParams.set("to", iso(Math.max(at, end.at)));
    to.hash = "posts";
    window.outcry.go(to.href);
  });
  document.addEventListener("pointercancel", () => { clear(drawing?.figure); drawing = null; });

  document.addEventListener("outcry:page", localAxes);
  localAxes();

  // An incident that goes on is asked for anew, unless the reader is busy with the page.
  setInterval(() => {
    const main = document.getElementById("main");
    const every = Number(main?.dataset.refresh);
    if (!every || document.hidden || drawing || main.contains(document.activeElement)) return;
    const age = (Date.now() - (Number(main.dataset.loaded) || (main.dataset.loaded = Date.now()))) / 1000;
    if (age < every) return;
    main.dataset.loaded = Date.now();
    window.outcry.go(location.href, false, true);
  }, 1000);
})();
