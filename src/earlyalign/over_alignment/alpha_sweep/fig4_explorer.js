// The explorer of A-fig4: draws one precomputed frame of one alpha; sliders, a play button, and the same in words.
(() => {
  "use strict";
  const SPEED_MS = 90;
  const WIDEST = 10;

  function point(angle) {
    return [Math.sin(angle), -Math.cos(angle)];
  }

  function start(box) {
    const data = JSON.parse(box.querySelector("script.frames").textContent);
    const find = (name) => box.querySelector(name);
    const [knob, scrub, play, told] = ["input.alpha", "input.time", "button.play", ".told"].map(find);
    const swarm = find(".swarm");
    let timer = null;

    knob.max = data.sweep.length - 1;
    scrub.max = data.sweep[0].time.length - 1;
    knob.value = Math.floor(data.sweep.length / 2);
    scrub.value = scrub.max;
    const truth = point(data.phi);
    find(".truth").setAttribute("x2", truth[0]);
    find(".truth").setAttribute("y2", truth[1]);
    find("text.s").setAttribute("x", 1.1 * truth[0]);
    find("text.s").setAttribute("y", 1.1 * truth[1] + 0.03);
    for (let j = 0; j < data.sweep[0].swarm[0].length / 2; j += 1) {
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      dot.setAttribute("r", 0.018);
      swarm.append(dot);
    }

    function drawCap(half) {
      const [x, y] = point(half);
      const large = half > Math.PI / 2 ? 1 : 0;
      find(".cap").setAttribute("d", `M${-x} ${y}A1 1 0 ${large} 1 ${x} ${y}Z`);
      const best = point(Math.min(data.phi, half));
      find(".best").setAttribute("transform", `translate(${best[0]} ${best[1]})`);
    }

    function words(run, k, half) {
      const degrees = (radians) => (radians * 180 / Math.PI).toFixed(1) + "°";
      const side = half < data.phi ? "outside" : "inside";
      return `At α = ${run.alpha}, time ${run.time[k].toPrecision(2)}, risk ${run.risk[k].toFixed(2)}: the predictor is ` +
        `${degrees(half)} from x₊, and s, at ${degrees(data.phi)}, lies ${side} the cap. ` +
        `Over-alignment ${run.oa[k].toFixed(2)}, over-fitting ${run.of[k].toFixed(2)} points of error.`;
    }

    function draw() {
      const run = data.sweep[+knob.value], k = +scrub.value;
      const half = Math.acos(Math.max(-1, Math.min(1, run.psi[k])));
      drawCap(half);
      find(".path").setAttribute("points", run.x.slice(0, k + 1).map((x, i) => `${x},${-run.y[i]}`).join(" "));
      find(".predictor").setAttribute("cx", run.x[k]);
      find(".predictor").setAttribute("cy", -run.y[k]);
      [...swarm.children].forEach((dot, j) => {
        dot.setAttribute("cx", run.swarm[k][2 * j]);
        dot.setAttribute("cy", -run.swarm[k][2 * j + 1]);
      });
      for (const name of ["oa", "of"]) {
        find(`i.${name}`).style.width = `${Math.min(100, 100 * run[name][k] / WIDEST)}%`;
        find(`b.${name}`).textContent = run[name][k].toFixed(2);
      }
      find("output.alpha").textContent = run.alpha;
      find("output.time").textContent = k === +scrub.max ? "stopped" : `${Math.round(100 * k / scrub.max)} % of the way`;
      knob.setAttribute("aria-valuetext", `alpha ${run.alpha}`);
      scrub.setAttribute("aria-valuetext", find("output.time").textContent);
      if (timer === null) told.textContent = words(run, k, half);
    }

    function stop() {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
      draw();
    }

    function step() {
      if (+scrub.value >= +scrub.max) return stop();
      scrub.value = +scrub.value + 1;
      draw();
    }

    play.addEventListener("click", () => {
      if (timer !== null) return stop();
      scrub.value = 0;
      play.textContent = "Pause";
      timer = setInterval(step, SPEED_MS);
      draw();
    });
    knob.addEventListener("input", draw);
    scrub.addEventListener("input", () => (timer === null ? draw() : stop()));
    draw();
  }

  for (const box of document.querySelectorAll(".ea-fig4:not([data-live])")) {
    box.dataset.live = "";
    start(box);
  }
})();
