// Filters, sorts, picks pairs, and says what a mark is. The page is complete without it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const controls = byId("controls");
  const pairs = JSON.parse(byId("pairs").textContent);
  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());

  const filter = () => {
    const language = byId("by-language").value;
    const backend = byId("by-backend").value;
    const workload = byId("by-workload").value;
    for (const row of document.querySelectorAll("table.figures tbody tr")) {
      row.hidden =
        (language !== "" && row.dataset.language !== language) ||
        (backend !== "" && row.dataset.backend !== backend);
    }
    for (const part of document.querySelectorAll("section.workload")) {
      part.hidden = workload !== "" && part.dataset.workload !== workload;
    }
    for (const one of document.querySelectorAll("details[data-backend]")) {
      one.hidden = backend !== "" && one.dataset.backend !== backend;
    }
  };
  for (const id of ["by-language", "by-backend", "by-workload"]) {
    byId(id).addEventListener("change", filter);
  }

  // A figure's own number: what stands first in its cell. Cells without one go last.
  const valueOf = (cell) => {
    const found = cell.textContent.replaceAll(",", "").match(/-?\d+(\.\d+)?/);
    return found === null ? null : Number(found[0]);
  };
  const compare = (column, isNumber, sign) => (a, b) => {
    const [one, other] = [a.cells[column], b.cells[column]];
    if (one === undefined || other === undefined) return one === other ? 0 : one ? -1 : 1;
    if (!isNumber) return sign * one.textContent.localeCompare(other.textContent);
    const [x, y] = [valueOf(one), valueOf(other)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return sign * (x - y);
  };
  for (const head of document.querySelectorAll("table.figures thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const isUp = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const body = head.closest("table").tBodies[0];
      const isNumber = head.classList.contains("number");
      body.append(...[...body.rows].sort(compare(head.cellIndex, isNumber, isUp ? 1 : -1)));
    });
  }

  const shown = (value) =>
    value === null ? "?" : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  const showPair = () => {
    const [one, other] = [byId("one").value, byId("other").value];
    const lines = [];
    for (const table of pairs) {
      for (const [first, second, ratio, low, high] of table.pairs) {
        const names = [table.names[first], table.names[second]];
        if (names[0] === one && names[1] === other) {
          lines.push([table.title, table.figure, ratio, low, high]);
        } else if (names[0] === other && names[1] === one) {
          const turned = [low, high].map((end) => (end === null ? null : 1 / end));
          lines.push([table.title, table.figure, 1 / ratio, turned[1], turned[0]]);
        }
      }
    }
    const place = byId("pair");
    if (one === other || lines.length === 0) {
      place.textContent = one === other ? "" : `Nothing has both ${one} and ${other}.`;
      return;
    }
    const table = document.createElement("table");
    const row = (cells, kind) => {
      const line = document.createElement("tr");
      for (const text of cells) {
        const cell = document.createElement(kind);
        cell.textContent = text;
        line.append(cell);
      }
      return line;
    };
    const head = table.createTHead();
    head.append(row(["load", "figure", `${one} ÷ ${other}`, "95% interval of this pair alone"], "th"));
    const body = table.createTBody();
    for (const [title, figure, ratio, low, high] of lines) {
      body.append(row([title, figure, `${shown(ratio)}×`, `${shown(low)}–${shown(high)}`], "td"));
    }
    const note = document.createElement("p");
    note.className = "quiet";
    note.textContent =
      "Intervals of one question each: who looks at many pairs for the one that differs most should " +
      "go by the tables', which are adjusted over all of theirs.";
    place.replaceChildren(table, note);
  };
  for (const id of ["one", "other"]) byId(id).addEventListener("change", showPair);

  // What stands behind a figure is folded up until somebody asks for it.
  const open = () => {
    const asked = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (asked instanceof HTMLDetailsElement) asked.open = true;
  };
  window.addEventListener("hashchange", open);
  open();

  // Marks carry what they show as their label, exactly.
  const hover = byId("hover");
  document.addEventListener("pointermove", (event) => {
    const mark = event.target instanceof Element ? event.target.closest("figure [aria-label]") : null;
    const text = mark === null ? "" : mark.getAttribute("aria-label");
    hover.hidden = text === "";
    if (text === "") return;
    hover.textContent = text;
    const left = Math.min(event.clientX + 14, window.innerWidth - hover.offsetWidth - 8);
    hover.style.left = `${Math.max(8, left)}px`;
    hover.style.top = `${Math.min(event.clientY + 14, window.innerHeight - hover.offsetHeight - 8)}px`;
  });
})();
