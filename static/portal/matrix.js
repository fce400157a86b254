// The matrix: one cell takes the Tab key, arrows move between cells, Enter opens the answer.
// Without this file every cell is a link that Tab reaches.
"use strict";

(() => {
  const STEPS = {
    ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0],
    Home: [0, -Infinity], End: [0, Infinity], PageUp: [-10, 0], PageDown: [10, 0],
  };
  const cellOf = (link) => link.closest("td");

  const prepare = (root) => root.querySelectorAll("table[data-matrix]").forEach((table) => {
    table.setAttribute("role", "grid");
    table.querySelectorAll("td a").forEach((link, number) => { link.tabIndex = number ? -1 : 0; });
  });

  const choose = (link) => {
    link.closest("table").querySelectorAll('td a[tabindex="0"]').forEach((other) => { other.tabIndex = -1; });
    link.tabIndex = 0;
    link.focus();
  };

  const say = (link) => {
    const place = document.querySelector("[data-matrix-said]");
    if (place) place.textContent = link.getAttribute("aria-label");
  };

  // The next cell that has a link; a long step ends at the last one there is.
  const reach = (from, [down, right]) => {
    const rows = [...from.closest("tbody").rows];
    let row = rows.indexOf(from.parentElement);
    let column = from.cellIndex;
    const steps = Math.abs(down || right);
    let found = null;
    for (let taken = 0; taken < steps || !found; taken += 1) {
      row += Math.sign(down);
      column += Math.sign(right);
      const cell = rows[row]?.cells[column];
      if (!cell) break;
      found = cell.matches("td") ? cell.querySelector("a") || found : found;
    }
    return found;
  };

  document.addEventListener("keydown", (event) => {
    const link = event.target.closest?.("table[data-matrix] td a");
    const step = STEPS[event.key];
    if (!link || !step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const other = reach(cellOf(link), step);
    if (other) choose(other);
  });
  for (const name of ["focusin", "mouseover"]) {
    document.addEventListener(name, (event) => {
      const link = event.target.closest?.("table[data-matrix] td a");
      if (link) say(link);
    });
  }
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:afterSwap", (event) => prepare(event.target.parentElement || document));
})();
