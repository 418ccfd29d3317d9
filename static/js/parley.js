/* Enhances what already works without it: keys on the worklist, focus after a swap, pages kept out of the back cache. */
(() => {
  "use strict";
  const typing = (node) => node.closest("input, select, textarea, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => document.activeElement.closest("[data-row]");

  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    next.querySelector("[data-open]").focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const press = (what) => current()?.querySelector(what)?.click();

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    b: () => press("[data-next]"),
    o: () => press("[data-own]"),
    "/": () => document.getElementById("q").focus(),
    "?": () => {
      const help = document.querySelector(".keys");
      help.open = !help.open;
      if (help.open) help.querySelector("summary").focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (!document.querySelector("[data-list]")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const focusNews = (within) => {
    const news = within.querySelector("[data-focus]");
    if (news) news.focus();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (["case", "todo"].includes(event.target.id)) focusNews(event.target);
  });

  // A time that runs goes on while the page stands, from when the server said it: this machine's clock may be another.
  const tick = () => {
    for (const node of document.querySelectorAll("[data-seconds], [data-clock]")) {
      node.from ??= Date.now();
      const gone = (Date.now() - node.from) / 1000;
      const seconds = Math.floor(Number(node.dataset.clock) + gone);
      const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].slice(seconds < 3600);
      if (node.dataset.clock) node.textContent = parts.map((n, at) => (at ? `0${n}`.slice(-2) : n)).join(":");
      else node.textContent = Number(node.dataset.before) + Math.ceil((Number(node.dataset.seconds) + gone) / 60);
    }
  };
  setInterval(tick, 1000);

  // What is asked for again and again is left as it is while somebody reads or copies in it.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "writes" && event.target.querySelector("details[open], :focus")) event.preventDefault();
  });

  // What could not be sent stays in its field and goes with the next words; until then the page says so.
  const unsent = (hide) => () => {
    for (const node of document.querySelectorAll("[data-unsent]")) node.hidden = hide;
  };
  document.addEventListener("htmx:sendError", unsent(false));
  document.addEventListener("htmx:afterOnLoad", unsent(true));

  // A copy button shows itself where the browser lets it copy; the field beside it can be selected by hand anyway.
  document.addEventListener("DOMContentLoaded", () => {
    tick();
    focusNews(document);
    for (const node of document.querySelectorAll("[data-copy]")) node.hidden = !navigator.clipboard;
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    button.removeAttribute("aria-label"); // its words tell from now on what became of it
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl-C";
    }
  });

  // A page from the back/forward cache may show another moment, or a session that has ended.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
