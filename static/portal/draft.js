// What is typed into an answer is kept: at once in this browser, a moment later as a draft of the
// portal. The sentences are in the page (_draft_state.html). Nothing depends on this file.
"use strict";

(() => {
  const PAUSE_MS = 700;
  const AGAIN_MS = 5000;
  const HEARTBEAT_MS = 20000;
  const FIELDS = ["verdict", "justification", "owner", "due_on", "reason", "override_reason"];
  const FORMS = "form[data-portal-draft]";
  const work = new WeakMap(); // of each form: its timer, the request under way

  const storage = {
    name: (form) => `portal:draft:${form.dataset.portalKeep}`,
    read(form) {
      try { return JSON.parse(localStorage.getItem(this.name(form))); } catch { return null; }
    },
    write(form, more = {}) {
      const kept = { values: valuesOf(form), at: Date.now(), ...more };
      try { localStorage.setItem(this.name(form), JSON.stringify(kept)); } catch { /* full, private */ }
    },
    forget(key) {
      try { localStorage.removeItem(`portal:draft:${key}`); } catch { /* private window */ }
    },
  };

  const valuesOf = (form) => {
    const data = new FormData(form);
    return Object.fromEntries(FIELDS.map((name) => [name, String(data.get(name) ?? "").replace(/\r\n/g, "\n")]));
  };
  const areEqual = (one, other) => FIELDS.every((name) => (one[name] ?? "") === (other[name] ?? ""));
  const token = (form) => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1]
    ?? form.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const time = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

  const say = (form, state, text = "") => {
    const place = form.querySelector("[data-portal-draft-state]");
    place?.querySelectorAll("[data-state]").forEach((sentence) => {
      sentence.hidden = sentence.dataset.state !== state;
      const detail = sentence.querySelector("time, [data-said]");
      if (!sentence.hidden && detail) detail.textContent = text;
    });
  };

  const ofForm = (form) => {
    if (!work.has(form)) work.set(form, { timer: 0, request: null });
    return work.get(form);
  };
  const later = (form, delay) => {
    const own = ofForm(form);
    clearTimeout(own.timer);
    own.timer = setTimeout(() => send(form), delay);
  };
  const stop = (form) => {
    const own = ofForm(form);
    clearTimeout(own.timer);
    own.request?.abort();
  };

  const send = async (form) => {
    const own = ofForm(form);
    clearTimeout(own.timer);
    own.request?.abort();
    own.request = new AbortController();
    const { signal } = own.request;
    const values = valuesOf(form);
    const body = new URLSearchParams({ ...values, revision: form.elements.revision.value });
    say(form, "saving");
    let response = null;
    let said = null;
    try {
      response = await fetch(form.dataset.portalDraft, {
        method: "POST", body, signal, keepalive: true, redirect: "error",
        headers: { "X-CSRFToken": token(form), Accept: "application/json" },
      });
      // An abort can still come between the head of the response and its body.
      if (response.ok || response.status === 422) said = await response.json();
    } catch {
      if (signal.aborted) return;
    }
    if (said && response.ok) {
      if (!areEqual(values, valuesOf(form))) return;
      storage.forget(form.dataset.portalKeep);
      delete form.dataset.portalDirty;
      say(form, "kept", said.saved_at);
    } else if (said) {
      say(form, "refused", said.refusal);
    } else if (response?.status === 401 || response?.status === 403) {
      say(form, "signed-out");
    } else {
      say(form, "lost");
      if (form.isConnected) later(form, AGAIN_MS);
    }
  };

  const offer = (form, kept) => {
    const place = form.querySelector("[data-portal-offer]");
    if (!place) return;
    place.querySelector("time").textContent = time(kept.at);
    place.querySelector("[data-said]").textContent = kept.values.justification || "–";
    place.hidden = false;
  };

  const prepare = (root) => root.querySelectorAll(FORMS).forEach((form) => {
    if (form.dataset.portalReady) return;
    form.dataset.portalReady = "yes";
    const kept = storage.read(form);
    if (form.hasAttribute("data-portal-unsaved")) {
      storage.write(form);
      later(form, 0);
    } else if (kept?.sent && document.querySelector("#messages .alert-success")) {
      storage.forget(form.dataset.portalKeep);
    } else if (kept && areEqual(kept.values, valuesOf(form))) {
      storage.forget(form.dataset.portalKeep);
    } else if (kept) {
      offer(form, kept);
    }
  });

  const formOf = (element) => element.closest?.(FORMS);
  document.addEventListener("input", (event) => {
    const form = formOf(event.target);
    if (!form || !FIELDS.includes(event.target.name)) return;
    storage.write(form);
    later(form, PAUSE_MS);
  });
  document.addEventListener("submit", (event) => {
    const form = formOf(event.target);
    if (form) {
      stop(form);
      storage.write(form, { sent: true });
    }
    const forget = event.target.dataset.portalForget;
    if (forget) storage.forget(forget);
  }, { capture: true });
  document.addEventListener("click", (event) => {
    const form = formOf(event.target);
    if (!form) return;
    if (event.target.closest("[data-portal-retry]")) send(form);
    const place = event.target.closest("[data-portal-offer]");
    if (event.target.closest("[data-portal-take]")) {
      const { values } = storage.read(form);
      FIELDS.forEach((name) => {
        const field = form.elements[name];
        if (field) field.value = values[name];
      });
      place.hidden = true;
      form.elements.justification.dispatchEvent(new Event("input", { bubbles: true }));
      form.elements.justification.focus();
    }
    if (event.target.closest("[data-portal-drop]")) {
      storage.forget(form.dataset.portalKeep);
      place.hidden = true;
    }
  });
  window.addEventListener("online", () => document.querySelectorAll(FORMS).forEach((form) => {
    if (storage.read(form)) later(form, 0);
  }));
  // What was typed a moment ago goes out before the pane shows something else.
  document.addEventListener("htmx:beforeSwap", (event) => {
    event.target.querySelectorAll?.(FORMS).forEach((form) => {
      if (storage.read(form) && !storage.read(form).sent) send(form);
    });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event.target);
    const { xhr } = event.detail;
    if (form && xhr?.status >= 200 && xhr.status < 300 && !event.detail.requestConfig?.parameters?.merge
      && !event.detail.requestConfig?.parameters?.preview) storage.forget(form.dataset.portalKeep);
  });

  // Who else is here: asked while the page is in sight.
  const beat = () => document.querySelectorAll("[data-portal-presence]").forEach(async (place) => {
    if (document.visibilityState !== "visible") return;
    const body = new URLSearchParams({ revision: place.dataset.revision });
    try {
      const response = await fetch(place.dataset.portalPresence, {
        method: "POST", body, headers: { "X-CSRFToken": token(document) }, redirect: "error",
      });
      if (response.ok) place.innerHTML = await response.text();
    } catch { /* the state of the draft says it */ }
  });
  setInterval(beat, HEARTBEAT_MS);
  document.addEventListener("DOMContentLoaded", () => { prepare(document); beat(); });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "pane") { prepare(event.target); beat(); }
  });
})();
