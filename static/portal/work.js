// The workspace: keys, and forms that stay in the pane. The list is links and the pane is forms,
// so everything works without this file too, a page at a time.
"use strict";

(() => {
  const pane = () => document.getElementById("pane");
  const rows = () => [...document.querySelectorAll(".work-row")];
  const find = (selector) => pane()?.querySelector(selector);
  const form = () => find("form[data-portal-draft]");
  const isNarrow = () => window.matchMedia("(max-width: 47.99rem)").matches;

  // The row of what is open
  const mark = (key) => rows().forEach((row) => {
    if (row.dataset.answer === key) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
  const current = () => document.querySelector(".work-row[aria-current]");
  const step = (by) => {
    const all = rows();
    const row = all[all.indexOf(current()) + by];
    if (!row) return;
    mark(row.dataset.answer);
    row.focus();
    row.click();
  };
  document.addEventListener("click", (event) => {
    const row = event.target.closest(".work-row");
    if (row && !event.ctrlKey && !event.metaKey) mark(row.dataset.answer);
  });

  let opened = null;
  document.addEventListener("DOMContentLoaded", () => {
    opened = current()?.dataset.answer;
    const list = document.querySelector(".work-list");
    const row = current();
    if (row && !isNarrow()) list.scrollTop = row.offsetTop - list.clientHeight / 3;
    messagesFade();
  });
  // What went well needs no reading twice; anything else stays until the next change.
  const messagesFade = () => document.querySelectorAll("#messages .alert-success").forEach((message) => {
    setTimeout(() => message.remove(), 6000);
  });

  // Forms of the pane
  document.addEventListener("submit", (event) => {
    const sent = event.target;
    if (!sent.closest("#pane") || (sent.getAttribute("method") || "").toLowerCase() !== "post") return;
    event.preventDefault();
    if (sent.dataset.portalSent) return;
    sent.dataset.portalSent = "yes";
    const button = event.submitter;
    htmx.ajax("POST", sent.getAttribute("action"), {
      source: sent, target: "#pane", swap: "innerHTML show:none",
      values: button?.name ? { [button.name]: button.value } : {},
    });
  }, { capture: true });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "pane" || !event.detail.shouldSwap) return;
    if (!event.detail.xhr.responseText.includes("data-portal-opened")) {
      event.detail.shouldSwap = false; // it led to another page
      delete form()?.dataset.portalDirty;
      window.location.assign(event.detail.xhr.responseURL);
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "pane") return;
    const key = find("[data-portal-opened]")?.dataset.portalOpened;
    mark(key);
    const row = current();
    row?.scrollIntoView({ block: "nearest" });
    messagesFade();
    if (find("[data-portal-errors]")) return; // portal.js goes there
    const source = event.detail.requestConfig?.elt;
    const isElsewhere = key !== opened;
    opened = key;
    if (isNarrow() ? source?.matches("a") : isElsewhere && pane().getBoundingClientRect().top < 0) pane().scrollIntoView();
    if (source?.matches("form:not([data-portal-draft])") || !row) pane().focus({ preventScroll: !isNarrow() });
    else row.focus({ preventScroll: isNarrow() });
  });
  const unanswered = (event) => {
    const sent = event.detail.elt;
    if (!sent?.matches?.("form")) return;
    delete sent.dataset.portalSent;
    // Signed out meanwhile: the page that says so has the text.
    if (event.detail.xhr?.status === 401) sent.submit();
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, unanswered);
  }

  // Keys
  const TEXTS = "textarea, select, input:not([type=radio], [type=checkbox], [type=file])";
  const dialog = () => document.getElementById("keys");
  const box = () => document.querySelector("[data-portal-keys-on]");
  const areOn = () => {
    try { return localStorage.getItem("portal:keys") !== "off"; } catch { return true; }
  };
  document.addEventListener("DOMContentLoaded", () => { if (box()) box().checked = areOn(); });
  document.addEventListener("change", (event) => {
    if (event.target !== box()) return;
    try {
      if (box().checked) localStorage.removeItem("portal:keys");
      else localStorage.setItem("portal:keys", "off");
    } catch { /* private window: until the page is left */ }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-portal-keys]")) dialog().showModal();
  });

  const save = (then) => form()?.requestSubmit(
    form().querySelector(`button[name=then][value=${then}]`) || form().querySelector("button[name=then]"),
  );
  const set = (field, change) => {
    change(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const unfold = (selector) => {
    const field = find(selector);
    if (!field) return;
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  };
  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    s: () => save("stay"),
    e: () => form()?.elements.justification.focus(),
    m: () => {
      const owner = form()?.elements.owner;
      if (owner) set(owner, (field) => { field.value = form().dataset.portalKeep.split(":")[0]; });
    },
    c: () => find("[data-portal-confirm]")?.click(),
    a: () => unfold("[data-portal-evidence] form input:not([type=hidden])"),
    o: () => find("[data-portal-evidence] li a")?.click(),
    r: () => unfold("[data-portal-remark] textarea"),
    u: () => find("[data-portal-submit]")?.click(),
    "/": () => document.querySelector("[data-portal-search]")?.focus(),
    "?": () => dialog().showModal(),
  };

  // Keys that are pressed while the pane loads are meant for what comes: they wait for it.
  let loading = null; // the request
  let isReading = false;
  const waiting = [];
  const replay = () => {
    loading = null;
    while (waiting.length && !loading) {
      const key = waiting.shift();
      const field = document.activeElement;
      if (key.length === 1 && field?.matches("textarea")) set(field, () => field.setRangeText(key, field.selectionStart, field.selectionEnd, "end"));
      else (field || document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id !== "pane") return;
    loading = event.detail.xhr;
    isReading = event.detail.requestConfig.verb === "get";
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "pane") setTimeout(replay); });
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (event.detail.xhr !== loading) return;
      loading = null;
      waiting.length = 0;
    });
  }
  const waits = (event) => {
    if (!loading || event.ctrlKey || event.metaKey || !(event.key.length === 1 || event.key === "Enter")) return false;
    const isStep = isReading && !waiting.length && "jk".includes(event.key);
    if (!areOn() || isStep || event.target.matches(TEXTS)) return false;
    event.preventDefault();
    waiting.push(event.key);
    return true;
  };

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!pane() || dialog()?.open || event.altKey || event.defaultPrevented || waits(event)) return;
    const isText = target.matches(TEXTS);
    if (key === "Enter" && (event.ctrlKey || event.metaKey) && form()?.contains(target)) {
      event.preventDefault();
      save("next");
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (isText) {
      if (key === "Escape" && pane().contains(target)) (current() || pane()).focus();
      return;
    }
    if (!areOn()) return;
    const isIdle = target === document.body || target === pane() || target.matches("main, .work-row[aria-current]");
    if (key === "Enter" && isIdle && form()) {
      event.preventDefault();
      save("next");
    } else if (/^[0-9]$/.test(key)) {
      const radio = find(`[data-portal-digit="${key}"] input`);
      if (!radio || radio.disabled) return;
      event.preventDefault();
      set(radio, (field) => { field.checked = true; });
    } else if (Object.hasOwn(KEYS, key)) {
      event.preventDefault();
      KEYS[key]();
    }
  });
})();
