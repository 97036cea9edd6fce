/* Starts what every page has: help, groups of choices, the copied link, the theme's button, the watch on the server. */
(function () {
  "use strict";

  const { choices, help, server, share, theme } = window.FuseVis;
  [choices, help, share].forEach((each) => each.listen());
  document.addEventListener("click", (event) => event.target.closest("#theme-toggle") && theme.toggle());
  server.watch();
})();
