// The cache meter. A recording is all there; a live server is asked for a new sample while somebody looks.

const EVERY = 500, SILENCE = 3000, WINDOW = 60, KEPT = 400, LISTED = 8;

const counted = (number, name) => `${number.toLocaleString("en-US")} ${{ evictions: "evicted", expirations: "expired" }[name] ?? name}`;

function lifetime(seconds) {
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= 2 * size) return `${Math.round(seconds / size)} ${unit}`;
  }
  return `${seconds.toFixed(1)} s`;
}

class CacheMeter {
  constructor(model, host) {
    this.model = model;
    this.live = model.get("live");
    this.data = this.live ? this.nothing() : model.get("data");
    this.canvas = make("canvas", "aow-canvas");
    this.plot = keepsItsKeys(make("div", "aow-plot", { tabIndex: 0 }, [this.canvas]));
    this.plot.setAttribute("role", "slider");
    this.plot.setAttribute("aria-valuemin", "0");
    this.title = make("p", "aow-meter-title", { textContent: this.data.title });
    this.legend = make("div", "aow-legend");
    this.counts = Object.fromEntries(Object.keys(COUNTERS).map((name) => [name, this.entry(name)]));
    this.readout = make("p", "aow-readout");
    this.keyTitle = make("p", "aow-meter-keys");
    this.keyRows = make("ul", "aow-lives");
    this.message = make("span", "aow-message");
    this.message.setAttribute("role", "status");
    this.bar = make("div", "aow-bar", {}, [this.message]);
    if (this.live) this.bar.prepend(this.pauseButton());
    const parts = [this.title, this.plot, this.readout, this.legend, this.keyTitle, this.keyRows, this.bar];
    this.root = make("div", `aow aow-meter ${this.live ? "live" : ""}`, {}, parts);
    host.append(this.root);
    this.drawing = new MeterDrawing(this.canvas);
    this.undo = [onTheme(() => this.draw())];
    this.listen();
    this.tell();
    if (this.live) this.begin();
  }

  nothing() {
    const columns = ["hits", "misses", "evictions", "expirations", "memory", "taken", "limit"];
    return {
      ...Object.fromEntries(columns.map((name) => [name, []])),
      title: this.model.get("data").title, times: [], marks: [], away: "went away", count: 0, keys: [],
    };
  }

  entry(name) {
    const swatch = make("i", `aow-swatch ${HATCHES[name] ?? "solid"}`), words = make("span");
    swatch.style.setProperty("--ink", `var(--aow-${COUNTERS[name]})`);
    this.legend.append(make("span", "", {}, [swatch, words]));
    return words;
  }

  pauseButton() {
    this.paused = false;
    const button = keepsItsKeys(make("button", "aow-run", { type: "button", textContent: "Pause" }));
    button.onclick = () => {
      this.paused = !this.paused;
      button.textContent = this.paused ? "Go on" : "Pause";
    };
    return button;
  }

  listen() {
    const resized = new ResizeObserver(() => this.draw());
    resized.observe(this.plot);
    // JupyterLab does not style what is off the screen: a theme may have changed meanwhile.
    const seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1).isIntersecting;
      this.draw();
      if (this.visible) this.ask();
    });
    seen.observe(this.root);
    this.undo.push(() => resized.disconnect(), () => seen.disconnect());
    this.plot.onpointermove = (event) => this.choose(this.drawing.intervalAt(event.clientX - this.plot.getBoundingClientRect().left));
    this.plot.onpointerleave = () => this.choose(null);
    this.plot.onblur = () => this.choose(null);
    this.plot.onkeydown = (event) => {
      const last = this.data.times.length - 2, from = this.chosen ?? (event.key === "ArrowRight" ? -1 : last + 1);
      const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: last, Escape: null }[event.key];
      if (to === undefined || last < 0) return;
      event.preventDefault();
      event.stopPropagation();
      this.choose(to === null ? null : Math.max(0, Math.min(last, to)));
    };
  }

  choose(interval) {
    if (interval === this.chosen) return;
    this.chosen = interval;
    this.draw();
  }

  // -- a live server -------------------------------------------------------------------------

  begin() {
    this.started = performance.now();
    const told = (message) => this.told(message), timer = setInterval(() => this.ask(), EVERY);
    this.model.on("msg:custom", told);
    this.undo.push(() => clearInterval(timer), () => this.model.off("msg:custom", told));
  }

  /** One question at a time, and only while somebody can see the answer. */
  ask() {
    if (!this.live || !this.visible || this.paused || document.hidden) return;
    const now = performance.now();
    if (this.asked && now - this.asked < SILENCE) return;
    if (this.asked) this.message.textContent = "The kernel doesn't answer. Restart it (Kernel > Restart), then run this cell again.";
    this.asked = now;
    this.model.send({ kind: "look" });
  }

  told({ reading, away, count, keys }) {
    const time = (performance.now() - this.started) / 1000, { data } = this;
    this.asked = 0;
    this.message.textContent = away ?? "";
    this.root.classList.toggle("away", away !== undefined);
    const gone = data.times.length > 0 && data.hits.at(-1) === null;
    if (away && !gone && data.times.length) data.marks.push([time, data.away]);
    const anew = reading && this.process && this.process !== reading.process;
    if (anew) this.before = Object.fromEntries(Object.keys(COUNTERS).map((name) => [name, 0]));
    if (reading && (gone || anew)) data.marks.push([time, "came back"]);
    if (reading) Object.assign(data, { count, keys });
    this.add(time, reading ?? null);
    this.draw();
    this.tell();
  }

  /** Counters are sums since the first look; one that fell began anew meanwhile. */
  add(time, reading) {
    const { data } = this;
    data.times.push(time);
    for (const name of Object.keys(COUNTERS)) {
      const sum = data[name].findLast((value) => value !== null) ?? 0, before = this.before?.[name];
      const more = !reading || before === undefined ? 0 : reading[name] >= before ? reading[name] - before : reading[name];
      data[name].push(reading ? sum + more : null);
    }
    for (const name of ["memory", "taken", "limit"]) data[name].push(reading ? reading[name] : null);
    if (reading) [this.before, this.process] = [reading, reading.process];
    if (data.times.length <= KEPT) return;
    for (const column of [data.times, ...Object.keys(COUNTERS).map((name) => data[name]), data.memory, data.taken, data.limit]) column.shift();
    data.marks = data.marks.filter(([when]) => when >= data.times[0]);
    if (this.chosen) this.chosen -= 1;
  }

  // -- what is to be seen --------------------------------------------------------------------

  draw() {
    const width = this.plot.clientWidth, { times } = this.data;
    if (!width) return;
    const last = times.at(-1) ?? 0;
    const [begin, end] = this.live ? [Math.max(0, last - WINDOW), Math.max(last, 10)] : [0, Math.max(last, 0.001)];
    this.drawing.draw(this.data, begin, end, width, this.chosen);
    this.readout.textContent = this.chosen == null ? "" : this.at(this.chosen);
    this.plot.setAttribute("aria-valuemax", String(Math.max(times.length - 2, 0)));
    this.plot.setAttribute("aria-valuenow", String(this.chosen ?? 0));
    this.plot.setAttribute("aria-valuetext", this.chosen == null ? "no interval chosen" : this.readout.textContent);
  }

  at(i) {
    const { times, memory } = this.data, digits = times.at(-1) > 20 ? 1 : 2;
    const when = `${times[i].toFixed(digits)} to ${times[i + 1].toFixed(digits)} s: `;
    if (memory[i + 1] === null) return `${when}the server did not answer`;
    const counts = Object.keys(COUNTERS).map((name) => counted(rise(this.data, name, i), name));
    return `${when}${counts.join(", ")}; memory ${megabytes(memory[i + 1])}`;
  }

  tell() {
    const { data } = this, { count, keys } = data;
    for (const [name, words] of Object.entries(this.counts)) {
      words.textContent = counted(data[name].findLast((value) => value !== null) ?? 0, name);
    }
    const said = Object.values(this.counts).map((words) => words.textContent).join(", ");
    this.plot.setAttribute("aria-label", `Cache meter. ${this.live ? data.title : this.model.get("words")}. ${said}.`);
    const ending = (keys ?? []).filter(([, life]) => life !== null).slice(0, LISTED);
    this.keyTitle.replaceChildren(make("b", "", { textContent: "keys inside " }), this.inWords(count, keys, ending.length));
    const longest = ending.at(-1)?.[1] || 1;
    this.keyRows.replaceChildren(...ending.map(([name, life]) => {
      const bar = make("i", "aow-life");
      bar.style.width = `${(100 * life) / longest}%`;
      const lane = make("span", "", {}, [bar]);
      lane.setAttribute("aria-hidden", "true");
      return make("li", "", {}, [make("span", "aow-key", { textContent: name, title: name }), lane, make("span", "", { textContent: lifetime(life) })]);
    }));
  }

  inWords(count, keys, drawn) {
    const number = count.toLocaleString("en-US");
    if (!count || keys === null) return number + (count ? ", and this server does not tell which" : "");
    if (!drawn) return `${number}; none will expire: ${keys.slice(0, 4).map(([name]) => name).join(", ")}${count > 4 ? ", …" : ""}`;
    return count > drawn ? `${number}; those that expire first:` : `${number}, and what is left of their lives:`;
  }

  end() {
    for (const step of this.undo) step();
  }
}

export default {
  render({ model, el }) {
    const meter = new CacheMeter(model, el);
    return () => meter.end();
  },
};
