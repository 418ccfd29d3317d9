/* Opens a source beside its sentence and gives the focus back when it is closed; without this it is a page of its own. */
(() => {
  "use strict";
  let opener = null;
  const panel = () => document.getElementById("source");
  const current = (on) => {
    if (!opener) return;
    if (on) opener.setAttribute("aria-current", "true");
    else opener.removeAttribute("aria-current");
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.id !== "source") return;
    current(false);
    opener = event.detail.elt;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const shown = event.target;
    if (shown.id !== "source") return;
    current(true);
    const heading = shown.querySelector("[data-opened]");
    if (heading) heading.focus({ preventScroll: true });
    const mark = shown.querySelector("mark");
    // The panel scrolls by itself: the sentence that it belongs to stays where it is.
    const below = mark ? mark.getBoundingClientRect().bottom - shown.getBoundingClientRect().bottom : 0;
    if (below > 0) shown.scrollTop += below + shown.clientHeight / 3;
  });

  const close = () => {
    panel().replaceChildren();
    current(false);
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  };
  const isOpen = () => opener && panel() && panel().childElementCount;
  document.addEventListener("click", (event) => {
    if (!isOpen() || !event.target.closest("#source [data-close]")) return;
    event.preventDefault();
    close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) close();
  });
})();
