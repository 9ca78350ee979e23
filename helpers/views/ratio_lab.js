// The hit ratio laboratory. A slider asks the kernel for Che's curve, one question at a time, the latest
// numbers; the button asks it to measure, and points come as they are found.

const SILENCE = 8000; // milliseconds; a curve takes a few, a point takes a second

const number = (value) => value.toLocaleString("en-US");

class RatioLab {
  constructor(model, host) {
    this.model = model;
    this.numbers = { ...model.get("numbers") };
    this.line = model.get("line");
    this.canvas = make("canvas", "aow-canvas");
    this.canvas.setAttribute("role", "img");
    this.sums = make("p", "aow-sums");
    this.sums.setAttribute("aria-live", "polite");
    this.found = make("p", "aow-sums");
    this.message = make("span", "aow-message");
    this.message.setAttribute("role", "status");
    this.button = keepsItsKeys(make("button", "aow-run", { type: "button", textContent: "Measure" }));
    this.button.onclick = () => (this.busy ? this.stop() : this.measure());
    this.plot = make("div", "aow-plot", {}, [this.canvas]);
    this.legend = this.makeLegend();
    const runs = make("div", "aow-bar", {}, [this.button, this.message]);
    host.append(make("div", "aow aow-laboratory aow-ratios", {}, [this.sliders(), this.plot, this.legend, this.sums, this.found, runs]));
    this.drawing = new RatioDrawing(this.canvas);
    const draw = () => this.draw(), told = (message) => this.told(message), measured = () => this.progress();
    const resized = new ResizeObserver(draw), seen = new IntersectionObserver(draw);
    resized.observe(this.plot);
    seen.observe(this.plot); // JupyterLab does not style what is off the screen: a theme may have changed
    model.on("change:measured", measured);
    model.on("msg:custom", told);
    this.undo = [
      onTheme(draw), () => resized.disconnect(), () => seen.disconnect(), () => clearTimeout(this.waiting),
      () => model.off("change:measured", measured), () => model.off("msg:custom", told),
    ];
    this.say();
  }

  sliders() {
    const { keys, rate } = this.model.get("choices");
    const skew = Array.from({ length: 31 }, (_, i) => i / 20);
    return make("div", "aow-sliders", {}, [
      this.slider("keys", "pages", keys, number),
      this.slider("skew", "skew of their popularity", skew, (value) => value.toFixed(2)),
      this.slider("rate", "requests", rate, (value) => `${number(value)} per second`),
    ]);
  }

  /** The slider's positions are the places of its values in `values`. */
  slider(name, words, values, format) {
    const value = values.indexOf(this.numbers[name]);
    const slider = keepsItsKeys(make("input", "", { type: "range", min: 0, max: values.length - 1, step: 1, value }));
    const shown = make("output", "", { textContent: format(this.numbers[name]) });
    slider.setAttribute("aria-valuetext", shown.textContent);
    slider.oninput = () => {
      this.numbers[name] = values[Number(slider.value)];
      shown.textContent = format(this.numbers[name]);
      slider.setAttribute("aria-valuetext", shown.textContent);
      this.ask();
      this.say();
    };
    return make("label", "", {}, [make("span", "", { textContent: words }), slider, shown]);
  }

  makeLegend() {
    const icon = (drawn) => {
      const svg = make("span", "aow-key-sign");
      svg.innerHTML = `<svg viewBox="0 0 26 12" width="26" height="12" aria-hidden="true">${drawn}</svg>`;
      return svg;
    };
    const line = (ink, dashes, width) => icon(`<path d="M0 6H26" stroke="var(--aow-${ink})" stroke-width="${width}" stroke-dasharray="${dashes}"/>`);
    const drawn = {
      circle: '<circle cx="13" cy="6" r="5"/>', square: '<rect x="8.5" y="1.5" width="9" height="9"/>', triangle: '<path d="M13 0.5L18.5 10.5H7.5Z"/>',
    };
    const points = this.model.get("choices").caches.map((cache, i) => {
      const [ink, form] = SHAPES[i % SHAPES.length];
      return make("span", "", {}, [icon(`<g fill="var(--aow-${ink})">${drawn[form]}</g>`), cache]);
    });
    return make("div", "aow-legend", {}, [
      make("span", "", {}, [line("running", "none", 2.4), "LRU, computed (Che)"]),
      make("span", "", {}, [line("quiet", "2 3", 1.5), "the best there can be"]),
      ...points,
    ]);
  }

  /** Numbers that changed while the kernel computes are asked for when it is done. */
  ask() {
    const { keys, skew } = this.numbers;
    if (this.asked || (this.line.keys === keys && this.line.skew === skew)) return;
    this.asked = true;
    this.model.send({ kind: "curve", numbers: { keys, skew } });
    this.expect();
  }

  measure() {
    this.busy = true;
    this.button.textContent = "Stop";
    this.message.textContent = "measuring …";
    this.model.send({ kind: "measure", numbers: { ...this.numbers } });
    this.expect();
  }

  stop() {
    this.message.textContent = "stopping …";
    this.model.send({ kind: "stop" });
  }

  /** Something must come from the kernel now, before long. */
  expect() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.told({
      done: "The kernel doesn't answer. Restart it (Kernel > Restart), then run this cell again.",
    }), SILENCE);
  }

  told({ line, done }) {
    clearTimeout(this.waiting);
    if (line) [this.line, this.asked] = [line, false];
    if (done !== undefined) {
      this.busy = this.asked = false;
      this.button.textContent = "Measure";
      this.message.textContent = done;
    } else if (this.busy) this.expect();
    this.draw();
    this.say();
    if (line) this.ask();
  }

  progress() {
    if (this.busy) this.expect();
    this.draw();
    this.say();
  }

  get measured() {
    return { points: [], ...this.model.get("measured") };
  }

  get stale() {
    return ["keys", "skew"].some((name) => this.measured[name] !== this.numbers[name]);
  }

  draw() {
    const width = this.plot.clientWidth;
    if (width) this.drawing.draw(this.line, this.measured.points, this.model.get("choices").caches, this.stale, width);
  }

  say() {
    const { keys, skew, rate } = this.numbers, { points } = this.measured;
    if (this.line.keys === keys && this.line.skew === skew) {
      const [size, share] = this.line.tenth;
      const missed = Math.round(rate * (1 - share));
      this.sums.textContent = `Computed: with room for ${number(size)} of ${number(keys)} pages, a cache answers ${share.toFixed(2)} of the requests. `
        + `Of ${number(rate)} a second, ${number(missed)} go on to the source.`;
    }
    const whose = this.stale && points.length ? ` for ${number(this.measured.keys)} pages, skew ${this.measured.skew.toFixed(2)}` : "";
    const told = points.map(({ cache, size, ratio }) => `${cache} with ${number(size)} pages ${ratio.toFixed(2)}`);
    this.found.textContent = points.length ? `Measured${whose}: ${told.slice(-3).join("; ")}.` : "Nothing measured yet.";
    this.found.classList.toggle("stale", this.stale || !points.length);
    this.canvas.setAttribute("aria-label", `Hit ratio against the pages that fit. ${this.sums.textContent} Measured: ${told.join("; ") || "nothing"}.`);
  }

  end() {
    for (const step of this.undo) step();
  }
}

export default {
  render({ model, el }) {
    const lab = new RatioLab(model, el);
    return () => lab.end();
  },
};
