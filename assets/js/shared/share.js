/* The button that copies the address, which holds the state. */
(function (root) {
  "use strict";

  const SHOWN_MS = 2000;

  /** Put a text on the clipboard; whether that worked. */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyOldWay(text); // no clipboard API without https, or not allowed
    }
  }

  function copyOldWay(text) {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  async function share(button) {
    document.dispatchEvent(new Event("fusevis-flush"));
    const done = await copy(location.href);
    const status = document.getElementById("copy-status");
    status.textContent = done ? "Link copied" : "Copy the address from the browser's bar";
    button.toggleAttribute("data-done", done);
    setTimeout(() => {
      status.textContent = "";
      button.removeAttribute("data-done");
    }, SHOWN_MS);
  }

  function listen() {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("#copy-link");
      if (button) share(button);
    });
  }

  root.FuseVis = Object.assign(root.FuseVis || {}, { share: { copy, listen } });
})(typeof window === "undefined" ? globalThis : window);
