// Names of the team while a text calls somebody: @ and a few letters. The server reads the text;
// nothing depends on this list.
"use strict";

(() => {
  const MOST = 8;
  let people = null;
  let open = null; // the field, its list and where the call starts

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const names = async (field) => {
    if (!people) {
      const address = field.closest("[data-portal-names]")?.dataset.portalNames;
      people = !address ? [] : fetch(address, { headers: { Accept: "application/json" } })
        .then((response) => (response.ok ? response.json() : { people: [] }))
        .then((found) => found.people)
        .catch(() => []);
    }
    return people;
  };

  const close = () => {
    if (!open) return;
    open.field.removeAttribute("aria-activedescendant");
    open.field.removeAttribute("aria-controls");
    open.list.remove();
    open = null;
  };

  const choose = (item) => {
    const { field, start } = open;
    const after = field.value.slice(field.selectionEnd);
    const called = `@${item.dataset.portalName} `;
    field.value = field.value.slice(0, start) + called + after.replace(/^ /, "");
    field.selectionStart = field.selectionEnd = start + called.length;
    close();
    field.focus();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const select = (item) => {
    for (const each of open.list.children) each.setAttribute("aria-selected", String(each === item));
    open.field.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };

  const show = (field, start, found) => {
    close();
    if (!found.length) return;
    const list = document.createElement("ul");
    list.className = "mention-names";
    list.id = `${field.id}-names`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.labels?.[0]?.textContent.trim() ?? "@");
    found.slice(0, MOST).forEach((person, index) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${index}`;
      item.setAttribute("role", "option");
      item.dataset.portalName = person.name;
      item.textContent = person.name === person.email ? person.name : `${person.name} – ${person.email}`;
      list.append(item);
    });
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    open = { field, list, start };
    select(list.firstElementChild);
  };

  document.addEventListener("input", async (event) => {
    const field = event.target;
    if (!field.matches("textarea[data-portal-mentions]")) return;
    field.setAttribute("aria-autocomplete", "list");
    const before = field.value.slice(0, field.selectionStart);
    const call = before.match(/(?:^|[^\p{L}\p{N}])@([\p{L}\p{M}\p{N}.'’ -]{0,40})$/u);
    if (!call) return close();
    const wanted = fold(call[1]);
    const start = before.length - call[1].length - 1;
    const found = (await names(field)).filter((person) =>
      fold(person.name).startsWith(wanted) || fold(person.email).startsWith(wanted)
        || fold(person.name).split(/[ -]/).some((word) => word.startsWith(wanted)));
    if (field.value.slice(0, field.selectionStart) === before) show(field, start, found);
  });

  document.addEventListener("keydown", (event) => {
    if (!open || event.target !== open.field) return;
    const items = [...open.list.children];
    const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      select(items[(at + steps[event.key] + items.length) % items.length]);
    } else if (event.key === "Enter" || event.key === "Tab") {
      choose(items[at]);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });

  document.addEventListener("mousedown", (event) => {
    const item = event.target.closest(".mention-names > li");
    if (!item || !open) return close();
    event.preventDefault(); // the field keeps the focus
    choose(item);
  });

  document.addEventListener("focusout", (event) => {
    if (open && event.target === open.field) close();
  });
})();
