// What a cache counted, over time, on a canvas: the same as meter_chart.py, in the page's colors.

const PLOTS = { reads: 84, lost: 40, memory: 52 }, WORDS = 22, FLAG = 14, GUTTER = 66, MARGIN = 16;
const COUNTERS = { hits: "running", misses: "ready", evictions: "killed", expirations: "resting" };
const HATCHES = { misses: "lines", expirations: "dots" };

const megabytes = (size) => `${(size / 2 ** 20).toFixed(size < 100 * 2 ** 20 ? 1 : 0)} MB`;

function roundTop(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return power * [1, 2, 5, 10].find((step) => power * step >= most * 0.999);
}

/** The rise of `sums` in interval `i`, and per second; 0 where the server was away. */
function rise(data, name, i) {
  const low = data[name][i], high = data[name][i + 1];
  return low == null || high == null ? 0 : high - low;
}

function rate(data, name, i) {
  return rise(data, name, i) / Math.max(data.times[i + 1] - data.times[i], 1e-4);
}

class MeterDrawing extends Sheet {
  /** Draw `data` from `begin` to `end` (seconds), `width` CSS pixels wide; `chosen` is the interval looked at. */
  draw(data, begin, end, width, chosen) {
    const ink = this.look(width);
    Object.assign(this, { data, begin, end });
    const names = ["text", "quiet", "rule", "killed", "running", "ready", "resting", "starting"];
    this.ink = Object.fromEntries(names.map((name) => [name, ink(name)]));
    const flags = this.flags();
    const head = WORDS + FLAG * (1 + Math.max(-1, ...flags.map(({ row }) => row)));
    const lost = head + PLOTS.reads + WORDS, memory = lost + PLOTS.lost + WORDS, bottom = memory + PLOTS.memory;
    this.clear(bottom + 24);
    for (const { time, label } of ticks(begin, end, Math.min(10, (width - GUTTER) / 60))) {
      this.line(this.x(time), head, this.x(time), bottom, this.ink.rule);
      this.write(label, this.x(time), bottom + 13, this.ink.quiet, "center");
    }
    if (chosen != null) this.choose(chosen, head, bottom);
    this.write("reads, each second", GUTTER, WORDS / 2 - 1, this.ink.quiet);
    this.stacks(head, PLOTS.reads, ["hits", "misses"]);
    this.write("keys lost, each second", GUTTER, lost - WORDS / 2 + 1, this.ink.quiet);
    this.stacks(lost, PLOTS.lost, ["evictions", "expirations"]);
    this.write("memory", GUTTER, memory - WORDS / 2 + 1, this.ink.quiet);
    this.memory(memory);
    for (const { time, row, from, text, color } of flags) {
      this.pen.setLineDash([2, 3]);
      for (const [top, high] of [[head, PLOTS.reads], [lost, PLOTS.lost], [memory, PLOTS.memory]]) {
        this.line(this.x(time), top, this.x(time), top + high, color);
      }
      this.pen.setLineDash([]);
      this.write(text, from, head - 9 - FLAG * row, color);
    }
  }

  x(time) {
    return GUTTER + ((time - this.begin) / (this.end - this.begin)) * (this.width - GUTTER - MARGIN);
  }

  /** The interval at `x`, or null. */
  intervalAt(x) {
    const time = this.begin + ((x - GUTTER) / (this.width - GUTTER - MARGIN)) * (this.end - this.begin);
    const i = firstAfter(this.data.times, time) - 1;
    return i >= 0 && i < this.data.times.length - 1 ? i : null;
  }

  /** Where each mark's words go: they have two rows. */
  flags() {
    const free = [0, 0];
    this.pen.font = `11px ${this.font}`;
    return this.data.marks.filter(([time]) => time >= this.begin && time <= this.end).map(([time, text]) => {
      const wide = this.pen.measureText(text).width, from = Math.min(this.x(time) + 1, this.width - wide);
      const row = from >= free[0] ? 0 : 1;
      free[row] = from + wide + 8;
      return { time, row, from, text, color: text === this.data.away ? this.ink.killed : this.ink.text };
    });
  }

  choose(i, top, bottom) {
    const [left, right] = [this.x(this.data.times[i]), this.x(this.data.times[i + 1])];
    this.pen.fillStyle = this.ink.rule;
    this.pen.fillRect(left, top, Math.max(right - left, 2), bottom - top);
  }

  axis(top, high, most) {
    this.write(most, GUTTER - 8, top, this.ink.quiet, "right");
    this.write("0", GUTTER - 8, top + high, this.ink.quiet, "right");
    this.line(GUTTER, top, this.width - MARGIN, top, this.ink.rule);
    this.line(GUTTER, top + high, this.width - MARGIN, top + high, this.ink.quiet);
  }

  /** Intervals that are in view. */
  * intervals() {
    const { times } = this.data;
    for (let i = Math.max(0, firstAfter(times, this.begin) - 1); i < times.length - 1 && times[i] < this.end; i++) yield i;
  }

  stacks(top, high, names) {
    let most = 0;
    for (const i of this.intervals()) most = Math.max(most, names.reduce((sum, name) => sum + rate(this.data, name, i), 0));
    most = roundTop(most);
    const base = new Map(), bottom = top + high;
    for (const name of names) {
      const path = new Path2D(), color = this.ink[COUNTERS[name]];
      for (const i of this.intervals()) {
        const more = rate(this.data, name, i), low = base.get(i) ?? 0;
        if (more) this.box(path, i, bottom - (low / most) * high, bottom - ((low + more) / most) * high);
        base.set(i, low + more);
      }
      this.pen.fillStyle = HATCHES[name] ? hatchPattern(this.pen, color, HATCHES[name], this.scale) : color;
      this.pen.fill(path);
    }
    this.axis(top, high, most.toLocaleString("en-US"));
  }

  /** Edges on whole device pixels: neighbors neither overlap nor leave a gap. */
  box(path, i, foot, top) {
    const snap = (x) => Math.round(x * this.scale) / this.scale;
    const left = snap(Math.max(this.x(this.data.times[i]), GUTTER)), right = snap(this.x(this.data.times[i + 1]));
    path.rect(left, top, Math.max(right - left, 1 / this.scale), foot - top);
  }

  memory(top) {
    const { memory, taken, limit } = this.data, bottom = top + PLOTS.memory;
    const seen = [...this.intervals()].map((i) => i + 1);
    const bound = Math.max(0, ...seen.map((i) => limit[i] ?? 0));
    const most = Math.max(1, bound, ...seen.map((i) => Math.max(memory[i] ?? 0, taken[i] ?? 0))) * 1.1;
    for (const [values, strength] of [[taken, 0.22], [memory, 0.55]]) {
      const path = new Path2D();
      for (const i of this.intervals()) {
        const value = values[i + 1];
        if (value && values[i] !== null) this.box(path, i, bottom, bottom - (value / most) * PLOTS.memory);
      }
      this.pen.globalAlpha = strength;
      this.pen.fillStyle = this.ink.starting;
      this.pen.fill(path);
      this.pen.globalAlpha = 1;
    }
    this.axis(top, PLOTS.memory, seen.length ? megabytes(most) : "");
    if (!bound) return;
    const y = bottom - (bound / most) * PLOTS.memory;
    this.pen.setLineDash([5, 4]);
    this.line(GUTTER, y, this.width - MARGIN, y, this.ink.text, 1.2);
    this.pen.setLineDash([]);
    this.write(`limit ${megabytes(bound)}`, this.width - MARGIN, top - WORDS / 2 + 1, this.ink.text, "right");
  }

  line(x1, y1, x2, y2, ink, width = 1) {
    const crisp = (value, other) => (value === other && width === 1 ? Math.round(value - 0.5) + 0.5 : value);
    this.pen.strokeStyle = ink;
    this.pen.lineWidth = width;
    this.pen.beginPath();
    this.pen.moveTo(crisp(x1, x2), crisp(y1, y2));
    this.pen.lineTo(crisp(x2, x1), crisp(y2, y1));
    this.pen.stroke();
  }
}
