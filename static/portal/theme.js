// Before the first paint: scripts run here, and the theme this browser was told to use, else
// that of the system.
(() => {
  const page = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let chosen = null;
    try { chosen = localStorage.getItem("theme"); } catch { /* no storage: follow the system */ }
    page.dataset.portalTheme = chosen || "auto";
    page.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
  };
  page.classList.add("has-scripts");
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("portal:theme", apply);
})();
