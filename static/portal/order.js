// The order of a draft: rows are dragged by their handle, or moved by Alt and an arrow. Without
// this file the numbers and lists of the form do the same.
"use strict";

(() => {
  const form = document.querySelector("form[data-order]");
  if (!form) return;
  const said = form.querySelector("[data-order-said]");

  // The numbers and sections of all rows, as they stand now.
  const renumber = () => form.querySelectorAll("[data-order-section]").forEach((section) => {
    section.querySelectorAll("[data-order-row]").forEach((row, index) => {
      row.querySelector("[data-order-place]").value = index + 1;
      row.querySelector("[data-order-in]").value = section.dataset.orderSection;
    });
  });

  const settle = (row) => {
    renumber();
    const place = row.querySelector("[data-order-place]");
    const section = row.closest("[data-order-section]").dataset.orderSection;
    said.textContent = `${place.getAttribute("aria-label")}: ${section}, ${place.value}`;
  };

  let dragged = null;
  form.querySelectorAll("[data-order-handle]").forEach((handle) => {
    handle.addEventListener("pointerdown", () => { handle.closest("tr").draggable = true; });
  });
  form.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-order-row]");
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  form.addEventListener("dragover", (event) => {
    const section = event.target.closest("[data-order-section]");
    if (!dragged || !section) return;
    event.preventDefault();
    const row = event.target.closest("[data-order-row]");
    if (!row) section.querySelector("[data-order-rows]").append(dragged);
    else if (row !== dragged) {
      const box = row.getBoundingClientRect();
      row.parentElement.insertBefore(dragged, event.clientY > box.top + box.height / 2 ? row.nextSibling : row);
    }
  });
  form.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.draggable = false;
    settle(dragged);
    dragged = null;
  });

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-order-row]");
    if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const up = event.key === "ArrowUp";
    const beside = up ? row.previousElementSibling : row.nextElementSibling;
    const sections = [...form.querySelectorAll("[data-order-rows]")];
    const rows = sections[sections.indexOf(row.parentElement) + (up ? -1 : 1)];
    if (beside) up ? beside.before(row) : beside.after(row);
    else if (rows) up ? rows.append(row) : rows.prepend(row);
    settle(row);
    row.querySelector("[data-order-place]").focus();
  });
})();
