// Small behaviours, each keyed by a data attribute. Every page works without them.
"use strict";

const each = (root, selector, work) => root.querySelectorAll(selector).forEach(work);

// Theme: three buttons; "auto" forgets the choice.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-portal-theme]");
  if (!button) return;
  const choice = button.dataset.portalTheme;
  try {
    if (choice === "auto") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch { /* private window: the choice lasts for this page */ }
  window.dispatchEvent(new Event("portal:theme"));
});

// A form is sent once. The token is read afresh: signing in elsewhere may have changed it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method.toLowerCase() !== "post") return;
  if (form.dataset.portalSent) {
    event.preventDefault();
    return;
  }
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  const field = form.querySelector("[name=csrfmiddlewaretoken]");
  if (token && field) field.value = token[1];
  if (event.defaultPrevented || form.hasAttribute("hx-post")) return;
  form.dataset.portalSent = "yes";
  form.dataset.portalClean = "yes";
  each(form, "button[type=submit], button:not([type])", (button) => {
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
  if (document.querySelector("form[data-portal-dirty]:not([data-portal-clean])")) {
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

// The first field with an error, or the summary, has the focus.
const focusError = (root) => {
  const summary = root.querySelector("[data-portal-errors]");
  if (summary) summary.focus();
};
document.addEventListener("DOMContentLoaded", () => focusError(document));
document.addEventListener("htmx:afterSwap", (event) => focusError(event.target));

// Copy a digest.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-portal-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.portalCopy);
  button.classList.add("is-copied");
  setTimeout(() => button.classList.remove("is-copied"), 1500);
});

// Names of the chosen files, under the field.
document.addEventListener("change", (event) => {
  const list = event.target.dataset.portalFiles && document.getElementById(event.target.dataset.portalFiles);
  if (!list) return;
  list.replaceChildren(...Array.from(event.target.files, (file) => {
    const item = document.createElement("li");
    item.textContent = `${file.name} (${Math.ceil(file.size / 1024)} kB)`;
    return item;
  }));
});
