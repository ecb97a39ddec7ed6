// The page is complete without this file. It adds: times in the reader's zone, the
// drawn chart, keys, and live updates. What the server sends as HTML it has made
// from its own templates, in which all text of posts is escaped.
"use strict";
(() => {
  const $ = (s, root = document) => root.querySelector(s);
  const $$ = (s, root = document) => [...root.querySelectorAll(s)];
  const main = $("#main");
  const touch = matchMedia("(hover: none)").matches;

  // ---- Times: the server writes UTC, the reader sees the own zone, UTC on hover.
  const format = {
    clock: new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
    date: new Intl.DateTimeFormat([], { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" }),
  };
  // Now is the server's: that of the data, and on the wall where the data are live.
  const clock = { at: NaN, since: 0 };
  const pageNow = () => {
    const t = $("#clock time"), at = t ? Date.parse(t.dateTime) : Date.now();
    if (clock.at !== at) { clock.at = at; clock.since = Date.now(); }
    return main?.dataset.mode === "live" ? at + Date.now() - clock.since : at;
  };
  function ago(ms) {
    const s = Math.max(0, ms / 1000);
    if (s < 60) return "now";
    if (s < 7200) return Math.floor(s / 60) + " min ago";
    if (s < 172800) return Math.floor(s / 3600) + " h ago";
    return Math.floor(s / 86400) + " days ago";
  }
  function localTimes(root) {
    const now = pageNow();
    for (const t of $$("time[data-as]", root)) {
      const at = new Date(t.dateTime);
      if (isNaN(at)) continue;
      if (!t.title) t.title = at.toISOString().replace("T", " ").slice(0, 19) + " UTC";
      const words = t.dataset.as === "ago" ? ago(now - at) : format[t.dataset.as].format(at);
      if (t.textContent !== words) t.textContent = words;
    }
  }

  // ---- Chart: drawn from the table beneath it, so both say the same.
  const names = ["Reports", "Reactions", "Blamed", "Affected"];
  let plot, tip;
  function read() {
    const data = [[], [], [], [], []];
    for (const row of $$("#points > tr")) {
      data[0].push(Number(row.dataset.key));
      const cells = row.cells;
      for (let i = 1; i <= 4; i++) data[i].push("deaf" in row.dataset ? null : Number(cells[i].textContent.replace(/,/g, "")));
    }
    return data;
  }
  const head = () => $("#chart-head [data-vendor]")?.dataset || {};
  const css = (name) => getComputedStyle($("#plot")).getPropertyValue(name).trim();
  const nice = (x) => (x == null ? "–" : x >= 9.95 ? Math.round(x).toLocaleString("en-GB") : x.toFixed(1));

  // Names stand at the right end of the lines; where lines meet they move apart.
  function endLabels(u) {
    const ctx = u.ctx, r = devicePixelRatio, all = [];
    for (let i = 1; i < u.series.length; i++) {
      const ys = u.data[i];
      let j = ys.length - 1;
      while (j >= 0 && ys[j] == null) j--;
      if (j >= 0) all.push({ i, y: u.valToPos(ys[j], "y", true) });
    }
    all.sort((a, b) => a.y - b.y || a.i - b.i);
    const gap = 17 * r, bottom = u.bbox.top + u.bbox.height;
    for (let k = 1; k < all.length; k++) all[k].y = Math.max(all[k].y, all[k - 1].y + gap);
    for (let k = all.length - 1; k >= 0; k--) all[k].y = Math.min(all[k].y, bottom - (all.length - 1 - k) * gap);
    ctx.save();
    ctx.font = (u.series[1].bold ? "600 " : "") + 13 * r + "px " + getComputedStyle(document.body).fontFamily;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    for (const l of all) {
      ctx.fillStyle = l.i === 1 ? css("--hue") : css("--soft");
      ctx.fillText(names[l.i - 1].toLowerCase(), u.bbox.left + u.bbox.width + 8 * r, l.y);
    }
    ctx.restore();
  }
  // Where nobody listened the ground is grey and says so: a gap is not calm.
  function deafGround(u) {
    const ctx = u.ctx, xs = u.data[0], ys = u.data[1], step = Number(head().step) || 60, r = devicePixelRatio;
    ctx.save();
    ctx.font = 13 * r + "px " + getComputedStyle(document.body).fontFamily;
    ctx.textAlign = "center";
    for (let i = 0; i < xs.length; i++) {
      if (ys[i] !== null) continue;
      let j = i;
      while (j + 1 < xs.length && ys[j + 1] === null) j++;
      const a = u.valToPos(xs[i], "x", true), b = Math.min(u.bbox.left + u.bbox.width, u.valToPos(xs[j] + step, "x", true));
      ctx.fillStyle = css("--raised");
      ctx.fillRect(a, u.bbox.top, Math.max(r, b - a), u.bbox.height);
      ctx.fillStyle = css("--soft");
      const words = "no posts collected";
      if (b - a > ctx.measureText(words).width + 16 * r) ctx.fillText(words, (a + b) / 2, u.bbox.top + u.bbox.height / 2);
      i = j;
    }
    ctx.restore();
  }
  // What is expected: the ground on which calm minutes lie.
  function bandGround(u) {
    const high = Number(head().band), ctx = u.ctx;
    if (!(high > 0)) return;
    const top = Math.max(u.bbox.top, u.valToPos(high, "y", true));
    ctx.save();
    ctx.globalAlpha = 0.35;
    ctx.fillStyle = css("--strong");
    ctx.fillRect(u.bbox.left, top, u.bbox.width, u.bbox.top + u.bbox.height - top);
    ctx.restore();
  }
  function hover(u) {
    const i = u.cursor.idx;
    if (i == null || u.cursor.left < 0) { tip.hidden = true; return; }
    tip.replaceChildren();
    const head = document.createElement("div");
    head.textContent = format.clock.format(new Date(u.data[0][i] * 1000));
    tip.append(head);
    for (let k = 1; k <= 4; k++) {
      const line = document.createElement("div"), b = document.createElement("b");
      b.textContent = nice(u.data[k][i]);
      line.append(b, " " + names[k - 1].toLowerCase());
      tip.append(line);
    }
    tip.hidden = false;
    const x = u.cursor.left + u.bbox.left / devicePixelRatio;
    const right = x + 24 + tip.offsetWidth > $("#plot").clientWidth;
    tip.style.left = (right ? x - tip.offsetWidth - 12 : x + 12) + "px";
  }
  // A span drawn with the pointer chooses the posts of that time.
  function chosen(u) {
    if (u.select.width < 8) return;
    const iso = (px) => new Date(Math.round(u.posToVal(px, "x") / 60) * 60000).toISOString().replace(/:00\.000Z$/, "Z");
    const to = new URL(location.href);
    to.searchParams.set("from", iso(u.select.left));
    to.searchParams.set("to", iso(u.select.left + u.select.width));
    to.searchParams.set("vendor", head().vendor);
    to.searchParams.delete("chart");
    to.hash = "posts";
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    go(to.href);
  }
  function draw() {
    const box = $("#plot");
    if (!box || typeof uPlot === "undefined") return;
    const data = read();
    if (plot) { plot.destroy(); plot = undefined; }
    box.replaceChildren();
    box.className = "plot " + (head().hue || "");
    box.hidden = data[0].length === 0;
    if (box.hidden) return;
    tip = document.createElement("div");
    tip.className = "tip-box";
    tip.hidden = true;
    const hue = css("--hue"), ink = css("--ink"), soft = css("--soft"), rule = css("--rule");
    const font = "13px " + getComputedStyle(document.body).fontFamily;
    const line = (stroke, width, dash, fill) => ({ stroke, width, dash, fill, points: { show: false }, spanGaps: false });
    plot = new uPlot({
      width: box.clientWidth, height: box.clientHeight, padding: [12, 76, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: { y: { range: (u, lo, hi) => [0, Math.max(4, hi * 1.08 || 4)] } },
      series: [{}, line(hue, 2.25, undefined, hue + "1f"), line(soft, 1.5), line(ink, 1.5, [6, 4]), line(css("--strong"), 1.5, [1.5, 3])],
      axes: [
        { stroke: soft, font, grid: { show: false }, ticks: { stroke: rule, size: 4 }, space: 72, values: (u, ticks) => ticks.map((t) => format.clock.format(new Date(t * 1000))) },
        { stroke: soft, font, grid: { stroke: rule, width: 1 }, ticks: { show: false }, size: 40, gap: 4, space: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5] },
      ],
      hooks: { drawClear: [bandGround, deafGround], draw: [endLabels], setCursor: [hover], setSelect: [chosen] },
    }, data, box);
    box.append(tip);
    box.dataset.drawn = String(data[0].length);
    box.dataset.vendor = head().vendor;
  }
  function redraw() {
    const data = read();
    if (!plot || data[0].length === 0 || $("#plot").dataset.vendor !== head().vendor) return draw();
    plot.setData(data);
    $("#plot").dataset.drawn = String(data[0].length);
  }

  // ---- Live updates.
  const live = { source: null, paused: false, held: 0, pending: null };
  const canLive = () => main.dataset.events && !live.paused && !document.hidden;
  function setState(word) {
    document.documentElement.classList.toggle("offline", word === "offline");
    const b = $("[data-pause]");
    if (!b) return;
    b.setAttribute("aria-pressed", String(live.paused));
    const label = $("span", b);
    if (!b.dataset.word) b.dataset.word = label.textContent;
    label.textContent = live.paused ? "paused" : word === "offline" ? "connecting…" : b.dataset.word;
    b.title = live.paused ? "Go on (p)" : "Pause (p)";
  }
  function connect() {
    disconnect();
    if (!canLive()) return;
    const source = live.source = new EventSource(main.dataset.events);
    source.onopen = () => setState("open");
    source.onmessage = (e) => apply(JSON.parse(e.data));
    source.onerror = () => {
      setState("offline");
      if (source.readyState === EventSource.CLOSED && live.source === source) setTimeout(connect, 5000);
    };
  }
  function disconnect() {
    if (live.source) live.source.close();
    live.source = null;
  }
  const element = (html) => {
    const t = document.createElement("template");
    t.innerHTML = html.trim();
    return t.content;
  };
  // The focus stays where it was when the element under it is made anew.
  function keepingFocus(change) {
    const a = document.activeElement;
    const within = a && a !== document.body && main.contains(a);
    const key = within && { href: a.getAttribute("href"), row: a.closest("[data-key]")?.dataset.key, text: a.textContent };
    change();
    if (!within || a.isConnected) return;
    const scope = key.row ? $(`[data-key="${CSS.escape(key.row)}"]`) || main : main;
    const again = $$("a, button, summary", scope).find((x) => x.getAttribute("href") === key.href && x.textContent === key.text)
      || $$("a, button, summary", scope).find((x) => x.textContent === key.text);
    if (again) again.focus({ preventScroll: true });
  }
  function applyList(id, update, mark) {
    const list = document.getElementById(id);
    if (!list) return;
    const have = new Map([...list.children].map((el) => [el.dataset.key, el]));
    const first = have.size === 0;
    let at = list.firstElementChild;
    for (const key of update.order) {
      let el = have.get(key);
      const html = update.items?.[key];
      if (html !== undefined) {
        const fresh = element(html).firstElementChild;
        if (!el && mark && !first) fresh.classList.add("fresh");
        if (el) {
          if (at === el) at = fresh;
          el.replaceWith(fresh);
        }
        el = fresh;
        localTimes(el);
      }
      have.delete(key);
      if (!el) continue;
      if (el === at) at = at.nextElementSibling;
      else list.insertBefore(el, at);
    }
    for (const el of have.values()) el.remove();
  }
  const reading = () => {
    const posts = $(".posts");
    return posts && (posts.contains(document.activeElement) || (!touch && posts.matches(":hover")));
  };
  function releasePosts() {
    if (live.pending) applyList("posts", live.pending, true);
    live.pending = null;
    live.held = 0;
    const b = $("#held");
    if (b) b.hidden = true;
  }
  // While somebody reads the posts, new ones wait behind a button.
  function holdPosts(update) {
    const known = new Set($$("#posts > li").map((li) => li.dataset.key));
    live.pending = { order: update.order, items: Object.assign(live.pending?.items || {}, update.items) };
    live.held = update.order.filter((k) => !known.has(k)).length;
    const b = $("#held");
    b.hidden = live.held === 0;
    b.textContent = live.held === 1 ? "1 new post" : live.held + " new posts";
  }
  function apply(update) {
    keepingFocus(() => {
      for (const [id, html] of Object.entries(update.regions || {})) {
        const region = document.getElementById(id);
        if (!region) continue;
        const open = $$("details[open]", region).map((d) => d.className);
        region.replaceChildren(element(html));
        for (const d of $$("details", region)) if (open.includes(d.className)) d.open = true;
        localTimes(region);
      }
      for (const [id, list] of Object.entries(update.lists || {})) {
        if (id === "posts") {
          if (reading()) { holdPosts(list); continue; }
          if (live.pending) Object.assign(list.items, { ...live.pending.items, ...list.items });
          live.pending = null;
          $("#held").hidden = true;
        }
        applyList(id, list, id === "posts");
      }
    });
    const mode = $("#clock [data-mode]");
    if (mode) main.dataset.mode = mode.dataset.mode;
    if (update.title) document.title = update.title + " · outcry";
    if (update.regions?.clock) setState("open");
    if (update.lists?.vendors) $(".vendors").toggleAttribute("data-empty", update.lists.vendors.order.length === 0);
    if (update.lists?.points) redraw();
    // A page that began without posts keeps to the vendor that it showed first.
    if (main.dataset.events && head().vendor && !/[?&](chart|vendor)=/.test(main.dataset.events)) {
      main.dataset.events += (main.dataset.events.includes("?") ? "&" : "?") + "chart=" + encodeURIComponent(head().vendor);
      connect();
    }
    document.documentElement.dataset.updates = String(Number(document.documentElement.dataset.updates || 0) + 1);
  }
  function pause(on) {
    live.paused = on;
    if (on) disconnect(); else connect();
    setState(on ? "paused" : "open");
  }

  // ---- Links within the page change it in place, so that the eye keeps its spot.
  let asked = 0;
  async function go(href, push = true, quiet = false) {
    const to = new URL(href, location.href), mine = ++asked;
    document.documentElement.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(to.href, { headers: { Accept: "text/html" } });
      const text = await answer.text();
      if (mine !== asked) return;
      const page = new DOMParser().parseFromString(text, "text/html");
      const fresh = page.getElementById("main");
      if (!answer.ok || !fresh || fresh.dataset.page !== main.dataset.page) { if (!quiet) location.href = to.href; return; }
      if (push) history.pushState(null, "", to.href);
      document.title = page.title;
      for (const id of ["clock", "ribbon"]) document.getElementById(id)?.replaceChildren(...page.getElementById(id).childNodes);
      const form = page.querySelector(".search"), mineForm = $(".search");
      const value = document.activeElement === $("#q") ? $("#q").value : undefined;
      mineForm.replaceChildren(...form.childNodes);
      if (value !== undefined) { $("#q").focus(); $("#q").value = value; }
      for (const name of ["mode", "events", "refresh"]) {
        if (fresh.dataset[name] === undefined) delete main.dataset[name]; else main.dataset[name] = fresh.dataset[name];
      }
      if (plot) { plot.destroy(); plot = undefined; }
      keepingFocus(() => main.replaceChildren(...fresh.childNodes));
      live.pending = null;
      localTimes(document);
      draw();
      connect();
      setState("open");
      document.dispatchEvent(new Event("outcry:page"));
      if (!quiet && to.hash === "#posts") {
        const top = $(".posts").getBoundingClientRect().top;
        if (top > innerHeight * 0.6 || top < 0) $(".posts").scrollIntoView({ block: "start" });
      }
    } catch {
      if (!quiet) location.href = to.href;
    } finally {
      document.documentElement.removeAttribute("aria-busy");
    }
  }
  document.addEventListener("click", (e) => {
    const b = e.target.closest("[data-help], [data-pause], #held");
    if (b?.id === "held") { releasePosts(); return; }
    if (b && "help" in b.dataset) { $("#help").showModal(); return; }
    if (b) { pause(!live.paused); return; }
    const a = e.target.closest("a[href]");
    if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || a.target) return;
    const to = new URL(a.href);
    if (to.origin !== location.origin || to.pathname !== location.pathname || !main?.dataset.page || "print" in a.dataset || a.getAttribute("href").startsWith("#")) return;
    e.preventDefault();
    go(to.href);
  });
  document.addEventListener("submit", (e) => {
    if (!e.target.matches(".search")) return;
    e.preventDefault();
    const query = new URLSearchParams(new FormData(e.target));
    if (!query.get("q")) query.delete("q");
    go(new URL(e.target.action).pathname + "?" + query + "#posts");
  });
  addEventListener("popstate", () => main?.dataset.page && go(location.href, false));
  window.outcry = { go };

  // ---- Keys.
  let prefix = 0;
  function step(by) {
    const posts = $$("#posts > li");
    if (posts.length === 0) return;
    let i = posts.findIndex((p) => p.contains(document.activeElement));
    if (i < 0) i = by > 0 ? posts.findIndex((p) => p.getBoundingClientRect().bottom > 0) - 1 : 1;
    const next = posts[Math.min(posts.length - 1, Math.max(0, i + by))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (e) => {
    const typing = e.target.matches("input, textarea, select, [contenteditable]");
    if (e.key === "Escape" && typing) { e.target.blur(); return; }
    if (typing || e.metaKey || e.ctrlKey || e.altKey || $("dialog[open]")) return;
    if (prefix && Date.now() - prefix < 1500) {
      prefix = 0;
      const a = $(`[data-go="${CSS.escape(e.key)}"]`);
      if (a) a.click();
      return;
    }
    switch (e.key) {
      case "/": $("#q")?.focus(); $("#q")?.select(); break;
      case "?": $("#help").showModal(); break;
      case "j": step(1); break;
      case "k": step(-1); break;
      case "o": document.activeElement?.closest(".post")?.querySelector(".out")?.click(); break;
      case "p": if ($("[data-pause]")) pause(!live.paused); break;
      case "g": prefix = Date.now(); break;
      case "Escape": document.activeElement?.blur(); releasePosts(); break;
      default: return;
    }
    e.preventDefault();
  });

  // ---- My brands are kept in this browser, and in the address, so that a link shows them.
  const brands = () => new URL(location.href).searchParams.get("brands");
  document.addEventListener("outcry:page", () => {
    if (main?.dataset.page === "now") try { localStorage.setItem("brands", brands() || ""); } catch { /* a browser that keeps nothing */ }
  });
  if (main?.dataset.page === "now" && brands() === null) {
    let kept = "";
    try { kept = localStorage.getItem("brands") || ""; } catch { /* as above */ }
    if (kept) {
      const to = new URL(location.href);
      to.searchParams.set("brands", kept);
      history.replaceState(null, "", to.href);
      queueMicrotask(() => go(to.href, false));
    }
  }

  // ---- Start.
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (e) => e.persisted && connect());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let resizing;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => plot && plot.setSize({ width: $("#plot").clientWidth, height: $("#plot").clientHeight }), 100);
  });
  setInterval(() => localTimes($("#posts") || document), 20000);
  document.addEventListener("pointerover", (e) => {
    if (live.pending && !e.target.closest(".posts") && !reading()) releasePosts();
  });
  localTimes(document);
  if (main && $("#points")) { draw(); connect(); setState("open"); }
})();
