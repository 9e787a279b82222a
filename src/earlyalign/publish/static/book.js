// Two small helps, without which every page still works: the report's filter, and keyboard access to wide boxes.
(() => {
  "use strict";

  function filterReport(report) {
    const form = report.querySelector("form.ea-filter");
    const shown = report.querySelector(".ea-shown");
    const bodies = [...report.querySelectorAll("tbody[data-paper]")];
    const total = bodies.reduce((sum, body) => sum + body.querySelectorAll(".ea-claim").length, 0);

    function apply() {
      const wanted = Object.fromEntries(new FormData(form));
      const words = wanted.text.trim().toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const body of bodies) {
        const head = body.querySelector(".ea-panel").textContent.toLowerCase();
        const fits = (!wanted.paper || body.dataset.paper === wanted.paper) &&
                     (!wanted.kind || body.dataset.kind === wanted.kind);
        let open = 0;
        for (const row of body.querySelectorAll(".ea-claim")) {
          const text = head + " " + row.textContent.toLowerCase();
          const keep = fits && (!wanted.verdict || row.dataset.verdict === wanted.verdict) &&
                       words.every((word) => text.includes(word));
          row.hidden = !keep;
          open += keep;
        }
        body.hidden = open === 0;
        count += open;
      }
      shown.textContent = `${count} of ${total} claims`;
    }

    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    apply();
  }

  function reachWideBoxes() {
    for (const box of document.querySelectorAll("article .output, article pre, article .math, article mjx-container, article .ea-scroll")) {
      if (box.scrollWidth > box.clientWidth + 1 && !box.hasAttribute("tabindex")) box.tabIndex = 0;
    }
  }

  function start() {
    document.querySelectorAll(".ea-report").forEach(filterReport);
    reachWideBoxes();
    window.addEventListener("resize", reachWideBoxes);
    window.addEventListener("load", () => {
      reachWideBoxes();
      if (window.MathJax?.startup) window.MathJax.startup.promise.then(reachWideBoxes);
    });
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
