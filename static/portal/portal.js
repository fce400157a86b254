// Small behaviours, each keyed by a data attribute. Every page works without them.
"use strict";

const each = (root, selector, work) => root.querySelectorAll(selector).forEach(work);
const isPost = (form) => (form.getAttribute("method") || "").toLowerCase() === "post";

// Theme: three buttons, one of them pressed; "auto" forgets the choice.
const press = () => each(document, "button[data-portal-theme]", (button) => {
  const chosen = button.dataset.portalTheme === document.documentElement.dataset.portalTheme;
  button.setAttribute("aria-pressed", String(chosen));
});
document.addEventListener("DOMContentLoaded", press);
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-portal-theme]");
  if (!button) return;
  const choice = button.dataset.portalTheme;
  try {
    if (choice === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch { /* private window: follow the system */ }
  window.dispatchEvent(new Event("portal:theme"));
  press();
});

// The token is read afresh: signing in, in another tab, may have changed it.
document.addEventListener("submit", (event) => {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  const field = event.target.querySelector("[name=csrfmiddlewaretoken]");
  if (token && field) field.value = token[1];
}, { capture: true });

// A form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!isPost(form)) return;
  if (form.dataset.portalSent) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  form.dataset.portalSent = "yes";
  each(form, "button:not([type=button])", (button) => {
    button.setAttribute("aria-disabled", "true");
    button.classList.add("is-sending");
  });
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  each(document, "form[data-portal-sent]", (form) => {
    delete form.dataset.portalSent;
    each(form, "[aria-disabled]", (button) => {
      button.removeAttribute("aria-disabled");
      button.classList.remove("is-sending");
    });
  });
});

// Leaving a form with unsaved text asks first.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-portal-guard]");
  if (form) form.dataset.portalDirty = "yes";
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-portal-dirty]:not([data-portal-sent])")) {
    event.preventDefault();
  }
});

// Filters apply as soon as they change; the button stays for those who prefer it.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-portal-autosubmit]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio]")) {
    form.requestSubmit();
  }
});

// What went wrong has the focus.
const focusError = (root) => root.querySelector("[data-portal-errors]")?.focus();
document.addEventListener("DOMContentLoaded", () => focusError(document));
document.addEventListener("htmx:afterSwap", (event) => focusError(event.target));

// A part of the page that could not be fetched: say so, once.
for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => {
    const messages = document.querySelector("[data-portal-unanswered]");
    if (!messages || messages.querySelector(".is-unanswered")) return;
    const alert = document.createElement("div");
    alert.className = "alert alert-error is-unanswered";
    alert.textContent = messages.dataset.portalUnanswered;
    messages.append(alert);
  });
}

// Copy a digest.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-portal-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.portalCopy);
  button.classList.add("is-copied");
  setTimeout(() => button.classList.remove("is-copied"), 1500);
});

// One box ticks all of its part of the page; the buttons of the form say how many are ticked.
const counted = (form) => {
  const ticked = document.querySelectorAll(`input[form="${form.id}"][name=answer]:checked`).length;
  each(document, `[data-portal-count="${form.id}"]`, (place) => {
    place.textContent = ticked ? `(${ticked})` : "";
  });
};
document.addEventListener("change", (event) => {
  const box = event.target;
  const all = box.closest("[data-portal-tick-all]");
  if (all) {
    const part = all.closest("section") || document;
    each(part, "input[name=answer]", (one) => { one.checked = box.checked; });
  }
  const form = all ? document.getElementById(all.dataset.portalTickAll) : box.form;
  if (form?.id && (all || box.name === "answer")) counted(form);
});
window.addEventListener("pageshow", () => each(document, "form[data-portal-ticks]", counted));
