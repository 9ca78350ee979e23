// Lesson 01's laboratory. Two layers, never mixed up: outlines are arithmetic and follow the sliders at
// once; filled bars were measured, and grow pale as soon as they belong to other numbers.

const SLIDERS = [
  ["tasks", "tasks", 1, 6, 1, (value) => `${value}`],
  ["compute", "each computes", 0, 0.3, 0.01, (value) => `${value.toFixed(2)} s`],
  ["ask", "then asks and waits", 0, 0.6, 0.01, (value) => `${value.toFixed(2)} s`],
];
const AXES = [0.3, 0.6, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 30];
const PATIENCE = 30_000; // milliseconds; the longest run takes about five seconds

/** When each task starts, computes, waits and is done, in seconds, if nothing but its own numbers counts. */
function arithmetic(model, { tasks, compute, ask }, cores, start) {
  const lanes = Array.from({ length: tasks }, (_, i) => {
    if (model === "one by one") {
      const begin = i * (compute + ask);
      return [["running", begin, begin + compute], ["waiting", begin + compute, begin + compute + ask]];
    }
    if (model === "loop") {
      const [begin, end] = [i * compute, (i + 1) * compute], loopFree = tasks * compute;
      const answered = end + ask;
      const spans = [["ready", 0, begin], ["running", begin, end], ["waiting", end, answered]];
      return answered < loopFree ? [...spans, ["ready", answered, loopFree]] : spans;
    }
    const [begin, workers] = model === "processes" ? [start, Math.min(tasks, cores)] : [0, 1];
    const computed = begin + (tasks * compute) / workers;
    const work = tasks > workers ? "by turns" : "running";
    return [["starting", 0, begin], [work, begin, computed], ["waiting", computed, computed + ask]];
  });
  const done = lanes.map((spans) => spans.at(-1)[2]);
  const kept = lanes.map((spans) => spans.filter(([, from, to]) => to - from > 1e-9));
  return { lanes: kept, first: Math.min(...done), all: Math.max(...done) };
}

class Outlined extends Drawing {
  /** `outlines` is what `arithmetic` returned; `stale` says that the filled bars belong to other numbers. */
  constructor(canvas, data, outlines, stale) {
    super(canvas, data);
    Object.assign(this, { outlines, stale });
  }

  spans(lane, top) {
    const pen = this.context;
    pen.globalAlpha = this.stale ? 0.25 : 1;
    super.spans(lane, top);
    pen.globalAlpha = 1;
    const spans = this.outlines.lanes[this.recordings[0].lanes.indexOf(lane)] ?? [];
    const style = getComputedStyle(this.canvas), ink = (name) => style.getPropertyValue(`--aow-${name}`);
    for (const [state, from, to] of spans) {
      const color = state === "waiting" ? this.ink.quiet : ink(state === "by turns" ? "running" : state);
      const x = this.x(from), wide = this.x(to) - x;
      pen.strokeStyle = color;
      pen.lineWidth = 1.5;
      pen.setLineDash(state === "by turns" ? [9, 4] : state === "ready" ? [3, 3] : []);
      pen.strokeRect(x + 0.75, top - 1.75, Math.max(wide - 1.5, 0.5), BAR + 3.5);
      pen.setLineDash([]);
      const words = { running: "computes", waiting: "waits", ready: "ready", starting: "starts" }[state] ?? state;
      pen.font = `11px ${this.font}`;
      if (!this.data.measured && pen.measureText(words).width + 8 < wide) {
        this.write(words, x + wide / 2, top + BAR / 2 + 0.5, { font: "11px", ink: color, align: "center" });
      }
    }
  }
}

class Laboratory {
  constructor(model, host) {
    this.model = model;
    this.numbers = { ...model.get("numbers") };
    this.kind = model.get("models")[0];
    this.canvas = make("canvas", "aow-canvas");
    this.canvas.setAttribute("role", "img");
    this.sums = make("p", "aow-sums");
    this.sums.setAttribute("aria-live", "polite");
    this.found = make("p", "aow-sums");
    this.message = make("span", "aow-message");
    this.message.setAttribute("role", "status");
    this.button = keepsItsKeys(make("button", "aow-run", { type: "button", textContent: "Run it for real" }));
    this.button.onclick = () => this.run();
    const plot = make("div", "aow-plot", {}, [this.canvas]);
    const runs = make("div", "aow-bar", {}, [this.button, this.message]);
    host.append(make("div", "aow aow-laboratory", {}, [this.choices(), this.sliders(), plot, this.sums, this.found, runs]));
    this.undo = [onTheme(() => this.draw())];
    const resized = new ResizeObserver(() => this.draw());
    resized.observe(plot);
    // JupyterLab does not style what is off the screen: a theme may have changed meanwhile.
    const seen = new IntersectionObserver(() => this.draw());
    seen.observe(plot);
    this.undo.push(() => seen.disconnect());
    const measured = () => this.draw(), told = (message) => this.told(message);
    model.on("change:measured", measured);
    model.on("msg:custom", told);
    this.undo.push(() => resized.disconnect(), () => model.off("change:measured", measured));
    this.undo.push(() => model.off("msg:custom", told), () => clearTimeout(this.waiting));
  }

  choices() {
    const group = `aow-${Math.random()}`;
    const choices = this.model.get("models").map((name) => {
      const radio = keepsItsKeys(make("input", "", { type: "radio", name: group, value: name, checked: name === this.kind }));
      radio.oninput = () => {
        this.kind = name;
        this.draw();
      };
      return make("label", "", {}, [radio, make("span", "", { textContent: name })]);
    });
    const set = make("fieldset", "aow-choices", {}, choices);
    set.setAttribute("aria-label", "Model");
    return set;
  }

  sliders() {
    return make("div", "aow-sliders", {}, SLIDERS.map(([name, words, min, max, step, format]) => {
      const value = this.numbers[name];
      const slider = keepsItsKeys(make("input", "", { type: "range", min, max, step, value }));
      const shown = make("output", "", { textContent: format(value) });
      slider.setAttribute("aria-valuetext", format(value));
      slider.oninput = () => {
        this.numbers[name] = Number(slider.value);
        shown.textContent = format(this.numbers[name]);
        slider.setAttribute("aria-valuetext", shown.textContent);
        this.draw();
      };
      return make("label", "", {}, [make("span", "", { textContent: words }), slider, shown]);
    }));
  }

  /** What was measured, if it was measured for this model; and whether for these numbers. */
  get measured() {
    const measured = this.model.get("measured");
    return measured.model === this.kind ? measured : null;
  }

  draw() {
    const width = this.canvas.parentElement.clientWidth;
    if (!width) return;
    const { tasks, compute, ask } = this.numbers, measured = this.measured, cores = this.model.get("cores");
    const sums = arithmetic(this.kind, this.numbers, cores, measured?.start ?? 0);
    const stale = measured !== null && ["tasks", "compute", "ask"].some((name) => measured[name] !== this.numbers[name]);
    const names = Array.from({ length: tasks }, (_, i) => String.fromCharCode(65 + i));
    const empty = { title: "", lanes: names, spans: [], labels: {}, marks: [], arrows: [] };
    const recording = { ...empty, ...measured?.data.recordings[0], title: "" };
    recording.lanes = names.length > recording.lanes.length ? names : recording.lanes;
    const longest = Math.max(sums.all, measured?.all ?? 0) * 1.02;
    const data = {
      measured, recordings: [recording], guesses: [null], until: AXES.find((end) => end >= longest) ?? longest,
      states: measured?.data.states ?? [], hatches: measured?.data.hatches ?? [],
    };
    const drawing = new Outlined(this.canvas, data, sums, stale);
    drawing.layout(width);
    drawing.draw();
    this.say(sums, measured, stale, cores);
  }

  say(sums, measured, stale, cores) {
    const seconds = (value) => `${value.toFixed(2)} s`;
    const told = (one) => `first task done after ${seconds(one.first)}, all after ${seconds(one.all)}`;
    const start = this.kind !== "processes" ? "" : measured ? "" : ", plus the start of the processes";
    const where = this.kind === "processes" ? ` on ${cores} ${cores === 1 ? "core" : "cores"}` : "";
    this.sums.textContent = `Arithmetic (outlines)${where}: ${told(sums)}${start}.`;
    const tasks = measured && `${measured.tasks} ${measured.tasks === 1 ? "task" : "tasks"}`;
    const which = stale ? ` with ${tasks}, ${measured.compute} / ${measured.ask}` : "";
    this.found.textContent = measured ? `Measured${which} (filled): ${told(measured)}.` : "Nothing measured yet.";
    this.found.classList.toggle("stale", stale || !measured);
    this.canvas.setAttribute("aria-label", `${this.sums.textContent} ${this.found.textContent}`);
  }

  run() {
    if (this.button.disabled) return;
    this.button.disabled = true;
    this.message.textContent = "running …";
    this.model.send({ model: this.kind, ...this.numbers });
    this.waiting = setTimeout(() => this.told({
      message: "The kernel doesn't answer. Restart it (Kernel > Restart), then run this cell again.",
    }), PATIENCE);
  }

  told({ message }) {
    clearTimeout(this.waiting);
    this.button.disabled = false;
    this.message.textContent = message;
  }

  end() {
    for (const step of this.undo) step();
  }
}

export default {
  render({ model, el }) {
    const laboratory = new Laboratory(model, el);
    return () => laboratory.end();
  },
};
