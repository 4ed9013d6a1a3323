"use strict";
(() => {
const root = document.documentElement, at = (id) => document.getElementById(id);
const all = (words, where = document) => [...where.querySelectorAll(words)];
const stage = document.querySelector(".stage"), svg = stage.firstElementChild;
const panel = at("panel"), search = at("search"), said = at("said"), theme = at("theme");
const nodes = all("g[tabindex]", svg), rows = all("tr[data-row]"), wires = all(".wire", svg);
const name = (node) => node.id.slice(2);
const phone = matchMedia("(max-width:760px)"), dark = matchMedia("(prefers-color-scheme:dark)");
const whole = { w: svg.viewBox.baseVal.width, h: svg.viewBox.baseVal.height };
let scale = 1, opener = null, seen = false;
root.classList.remove("plain");
const middle = (node) => { const box = node.getBoundingClientRect(); return box.left + box.width / 2; };

/* Colours: what the system prefers, until the button says otherwise. */
const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
const tellTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; tellTheme(); });
dark.addEventListener("change", tellTheme);
theme.setAttribute("aria-label", "Change between light and dark colours");

/* Views. */
function view(which) {
  for (const id of ["drawing", "table"]) at(id).hidden = id !== which;
  for (const button of all("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === which));
  document.querySelector(".zoom").hidden = which !== "drawing";
  if (which === "drawing" && !seen) begin();
}
for (const button of all("[data-view]")) button.addEventListener("click", () => view(button.dataset.view));
for (const link of all(".skip")) link.addEventListener("click", (event) => {
  event.preventDefault();
  view(link.hash.slice(1));
  (link.hash === "#table" ? document.querySelector(".scroll") : nodes[0] || stage).focus();
});

/* The first look: as wide as the window, if that can be read, and at the first node. */
function begin() {
  seen = true;
  zoom(Math.min(1, Math.max(0.6, stage.clientWidth / whole.w)), 0, 0);
  const box = stage.getBoundingClientRect(), first = nodes[0];
  if (first) stage.scrollLeft += middle(first) - box.left - box.width / 2;
}

/* Zoom and pan: the stage scrolls, the drawing grows. */
function zoom(to, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
  const next = Math.min(4, Math.max(0.04, to)), ratio = next / scale;
  const left = (stage.scrollLeft + x) * ratio - x, top = (stage.scrollTop + y) * ratio - y;
  scale = next;
  svg.setAttribute("width", whole.w * scale);
  svg.setAttribute("height", whole.h * scale);
  stage.scrollLeft = left;
  stage.scrollTop = top;
}
const fit = () => zoom(Math.min(1, stage.clientWidth / whole.w, stage.clientHeight / whole.h));
for (const button of all("[data-zoom]")) button.addEventListener("click", () => {
  const how = button.dataset.zoom;
  if (how === "fit") fit(); else zoom(scale * (how === "in" ? 1.25 : 0.8));
});
stage.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const box = stage.getBoundingClientRect();
  zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
let held = null, dragged = false;
stage.addEventListener("pointerdown", (event) => {
  dragged = false;
  if (event.pointerType === "mouse" && event.button === 0)
    held = { x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop };
});
addEventListener("pointermove", (event) => {
  if (!held) return;
  const dx = event.clientX - held.x, dy = event.clientY - held.y;
  if (!dragged && Math.hypot(dx, dy) < 5) return;
  dragged = true;
  stage.classList.add("held");
  stage.scrollLeft = held.left - dx;
  stage.scrollTop = held.top - dy;
});
addEventListener("pointerup", () => { held = null; stage.classList.remove("held"); });

/* The panel. */
function light(id) {
  for (const wire of wires) wire.classList.remove("lit");
  for (const node of nodes) node.classList.toggle("chosen", name(node) === id);
  if (!id) return;
  for (const wire of wires) {
    if (wire.dataset.from === id) wire.classList.add("lit");
    if (wire.dataset.to !== id) continue;
    for (let one = wire; one; one = one.dataset.after && at(one.dataset.after)) one.classList.add("lit");
  }
}
function show(id, from) {
  const article = at("p-" + id);
  if (!article) return;
  if (from) opener = from;
  for (const other of all("article", panel)) other.hidden = other !== article;
  panel.hidden = false;
  panel.scrollTop = 0;
  light(id);
  cover();
  const node = at("n-" + id);
  if (node && !at("drawing").hidden) node.querySelector(".frame").scrollIntoView({ block: "nearest", inline: "nearest" });
  at("h-" + id).focus();
  try { history.replaceState(null, "", "#" + id); } catch { /* a browser that forbids it on files */ }
}
function hide() {
  if (panel.hidden) return;
  panel.hidden = true;
  light("");
  cover();
  if (opener && opener.isConnected) opener.focus();
  try { history.replaceState(null, "", "#"); } catch { /* as above */ }
}
/* On a phone the panel covers all, so nothing below it can be reached. */
function cover() {
  const covered = phone.matches && !panel.hidden;
  document.querySelector("main").inert = covered;
  document.querySelector(".bar").inert = covered;
}
phone.addEventListener("change", cover);
at("close").addEventListener("click", hide);
for (const button of all("[data-open]")) button.addEventListener("click", () => show(button.dataset.open, button));
for (const node of nodes) node.addEventListener("click", () => { if (!dragged) { node.focus({ preventScroll: true }); show(name(node), node); } });
addEventListener("hashchange", () => show(decodeURIComponent(location.hash.slice(1))));

/* From node to node. */
function near(node, key) {
  const layer = +node.dataset.layer, here = middle(node), side = key === "ArrowLeft" ? -1 : 1;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const beside = nodes.filter((one) => one !== node && +one.dataset.layer === layer && (middle(one) - here) * side > 0);
    return beside.sort((a, b) => Math.abs(middle(a) - here) - Math.abs(middle(b) - here))[0];
  }
  const down = key === "ArrowDown", id = name(node), tied = new Set();
  for (const wire of wires) {
    if (down && wire.dataset.from === id && wire.dataset.to) tied.add(wire.dataset.to);
    if (!down && wire.dataset.to === id) tied.add(wire.dataset.from);
  }
  let found = nodes.filter((one) => tied.has(name(one)));
  if (!found.length) found = nodes.filter((one) => (down ? +one.dataset.layer > layer : +one.dataset.layer < layer));
  const far = (one) => Math.abs(+one.dataset.layer - layer) * 1e5 + Math.abs(middle(one) - here);
  return found.sort((a, b) => far(a) - far(b))[0];
}
function reveal(node) {
  node.focus({ preventScroll: true });
  node.querySelector(".frame").scrollIntoView({ block: "nearest", inline: "nearest" });
}
stage.addEventListener("focusin", (event) => {
  const node = event.target.closest("g[tabindex]");
  if (node && node.matches(":focus-visible")) node.querySelector(".frame").scrollIntoView({ block: "nearest", inline: "nearest" });
});
stage.addEventListener("keydown", (event) => {
  const node = event.target.closest("g[tabindex]");
  if (event.key === "+" || event.key === "=") zoom(scale * 1.25);
  else if (event.key === "-") zoom(scale * 0.8);
  else if (event.key === "0") fit();
  else if (event.key.startsWith("Arrow") && event.shiftKey) {
    stage.scrollBy({ ArrowLeft: -80, ArrowRight: 80 }[event.key] || 0, { ArrowUp: -80, ArrowDown: 80 }[event.key] || 0);
  } else if (node && event.key.startsWith("Arrow")) { const next = near(node, event.key); if (next) reveal(next); }
  else if (node && (event.key === "Enter" || event.key === " ")) show(name(node), node);
  else return;
  event.preventDefault();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target === search && search.value) { search.value = ""; filter(); }
  else if (event.key === "Escape") hide();
  else if (event.key === "/" && !event.ctrlKey && !event.metaKey && event.target !== search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

/* Search: labels, tasks, states and ports, all words of it. */
const texts = new Map(rows.map((row) => [row.dataset.row, row.textContent.toLowerCase()]));
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (id) => words.every((word) => (texts.get(id) || "").includes(word));
  let count = 0;
  for (const row of rows) { row.hidden = !fits(row.dataset.row); count += !row.hidden; }
  for (const node of nodes) node.classList.toggle("faint", !fits(name(node)));
  said.textContent = words.length ? `${count} of ${rows.length} targets match` : "";
  return fits;
}
search.addEventListener("input", filter);
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const fits = filter();
  if (!at("table").hidden) { const row = rows.find((one) => !one.hidden); if (row) row.querySelector("button").focus(); return; }
  const node = nodes.find((one) => fits(name(one)));
  if (node) reveal(node);
});

tellTheme();
view(phone.matches ? "table" : "drawing");
if (location.hash) show(decodeURIComponent(location.hash.slice(1)));
})();
