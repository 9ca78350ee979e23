// Draws recordings on a canvas. Plain data in, pixels out: no widget, no controls, no kernel.
// The geometry is that of picture.py; the colors are the CSS variables of palette.py.

const BAR = 18, PITCH = 27, MARK_ROW = 15, GUESS_ROW = 20, TITLE_ROW = 28, AXIS_ROW = 26;
const MANY_ARROWS = 40;

/** Round times between `begin` and `end`, at most `most` of them, with labels; the last names the unit. */
function ticks(begin, end, most) {
  const raw = (end - begin) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= raw * 0.999);
  const [scale, unit] = step >= 0.05 ? [1, "s"] : [1000, "ms"];
  const digits = Math.max(0, -Math.floor(Math.log10(step * scale) + 1e-9));
  const first = Math.ceil(begin / step - 1e-6), last = Math.floor(end / step + 1e-6);
  const found = [];
  for (let i = first; i <= last; i++) {
    const label = i ? (i * step * scale).toFixed(digits) : "0";
    found.push({ time: i * step, label: i === last ? `${label} ${unit}` : label });
  }
  return found;
}

/** The index of the first number in sorted `list` that is greater than `value`. */
function firstAfter(list, value) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A recording as the browser gets it (see wire.py), sorted by lane, so that drawing can skip what is out of view. */
function unpack(recording) {
  const lanes = recording.lanes.map((name) => ({ name, starts: [], ends: [], states: [], labels: [] }));
  const { spans, labels } = recording;
  for (let i = 0; i < spans.length; i += 4) {
    const lane = lanes[spans[i]];
    lane.first ??= i / 4;
    lane.states.push(spans[i + 1]);
    lane.starts.push(spans[i + 2] / 1e6);
    lane.ends.push(spans[i + 3] / 1e6);
    lane.labels.push(labels[i / 4] ?? "");
  }
  for (const lane of lanes) {
    lane.starts = Float64Array.from(lane.starts);
    lane.ends = Float64Array.from(lane.ends);
    const marks = recording.marks.filter((mark) => recording.lanes[mark.lane] === lane.name);
    lane.marks = marks.map((mark) => ({ ...mark, item: recording.items?.[mark.item] ?? null }));
    stack(lane, recording);
  }
  return { ...recording, lanes, arrows: unpackArrows(recording) };
}

/** A run of equal diagonal lines or dots, as a canvas pattern. */
function hatchPattern(context, ink, hatch, scale) {
  const size = Math.round(7 * scale);
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext("2d");
  pen.fillStyle = pen.strokeStyle = ink;
  pen.globalAlpha = 0.2;
  pen.fillRect(0, 0, size, size);
  pen.globalAlpha = 1;
  if (hatch === "lines") {
    pen.lineWidth = 1.5 * scale;
    for (const shift of [-size, 0, size]) {
      pen.moveTo(shift - scale, size + scale);
      pen.lineTo(shift + size + scale, -scale);
    }
    pen.stroke();
  } else {
    for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]]) {
      pen.beginPath();
      pen.arc(x * size, y * size, 1.1 * scale, 0, 7);
      pen.fill();
    }
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / scale));
  return pattern;
}

class Drawing {
  /** `data` is {recordings, guesses, states, hatches, until}; colors are read from the styles of `canvas`. */
  constructor(canvas, data) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.data = data;
    this.recordings = data.recordings.map(unpack);
    this.begin = 0;
    this.end = data.until;
    this.chosen = null; // the lane under the keyboard
    this.followed = null; // the name of a message
    this.restyle();
  }

  /** Read colors and fonts anew: the theme has changed. */
  restyle() {
    const style = getComputedStyle(this.canvas);
    const ink = (name) => style.getPropertyValue(`--aow-${name}`).trim();
    this.font = style.fontFamily;
    this.ink = Object.fromEntries(["text", "quiet", "rule", "prediction", "killed"].map((name) => [name, ink(name)]));
    this.scale = window.devicePixelRatio || 1;
    this.ink.page = getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim() || "#fff";
    this.colors = this.data.states.map((state) => ink(state) || ink("fallback"));
    this.fills = this.colors.map((color, i) => {
      const hatch = this.data.hatches[i];
      return hatch && hatch !== "outlined" ? hatchPattern(this.context, color, hatch, this.scale) : color;
    });
  }

  /** Give everything its place on a canvas `width` CSS pixels wide. */
  layout(width) {
    this.width = width;
    this.context.font = `12px ${this.font}`;
    const names = this.recordings.flatMap((recording) => recording.lanes.map((lane) => lane.name));
    const deep = this.recordings.some(({ lanes }) => lanes.some((lane) => lane.depth > DEEP)) ? 75 : 0;
    const widest = Math.max(deep, ...names.map((name) => this.context.measureText(name).width));
    this.left = Math.ceil(Math.min(widest, width * 0.28, 190)) + 16;
    this.right = width - 22;
    let y = 0;
    this.blocks = this.recordings.map((recording, i) => {
      const guess = this.data.guesses[i];
      const titleRow = recording.title ? TITLE_ROW : 8;
      const block = { recording, guess, top: y, guessY: y + titleRow + GUESS_ROW / 2, middles: [] };
      y += titleRow + (guess ? GUESS_ROW : 0);
      block.lanesTop = y;
      for (const lane of recording.lanes) {
        y += lane.marks.length ? MARK_ROW : 0;
        const height = laneHeight(lane.depth);
        block.middles.push(y + height / 2);
        y += height;
      }
      y += 4;
      block.bottom = y;
      y += 6;
      return block;
    });
    this.axisY = y - 6;
    this.height = this.axisY + AXIS_ROW;
    this.scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.scale);
    this.canvas.height = Math.round(this.height * this.scale);
    this.canvas.style.height = `${this.height}px`;
  }

  x(time) {
    return this.left + ((time - this.begin) / (this.end - this.begin)) * (this.right - this.left);
  }

  time(x) {
    return this.begin + ((x - this.left) / (this.right - this.left)) * (this.end - this.begin);
  }

  /** Show the times from `begin` on, `length` seconds of them; what lies beyond the recording is not shown. */
  look(begin, length) {
    const span = Math.min(this.data.until, Math.max(length, 2e-5));
    this.begin = Math.max(0, Math.min(begin, this.data.until - span));
    this.end = this.begin + span;
  }

  draw() {
    const pen = this.context;
    pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    this.ticks = ticks(this.begin, this.end, Math.min(10, (this.right - this.left) / 60));
    for (const block of this.blocks) this.block(block);
    this.axis();
  }

  block(block) {
    const { recording } = block;
    this.write(recording.title, 0, block.top + 13, { font: "600 13px", most: this.width });
    for (const { time } of this.ticks) this.line(this.x(time), block.lanesTop, this.x(time), block.bottom, this.ink.rule);
    recording.lanes.forEach((lane, i) => this.lane(lane, block.middles[i]));
    const seen = recording.arrows.filter((arrow) => arrow.arrived >= this.begin && arrow.sent <= this.end);
    this.arrows(seen, block, recording.arrows.length < 7);
    recording.lanes.forEach((lane, i) => {
      // Above the arrows: many messages fly when somebody is killed.
      if (lane.passed) this.marks(lane, barsTop(lane, block.middles[i]));
    });
    if (block.guess) this.guess(block);
  }

  lane(lane, middle) {
    const chosen = lane === this.chosen;
    const font = chosen ? "600 12px" : "12px";
    this.write(lane.name, this.left - 10, middle, { font, align: "right", most: this.left - 12 });
    const top = barsTop(lane, middle);
    if (lane.about) drawStack(this, lane, top);
    else this.spans(lane, top);
    if (!lane.passed) this.marks(lane, top);
  }

  marks(lane, top) {
    let freeFrom = 0;
    const seen = lane.marks.filter(({ time }) => time >= this.begin && time <= this.end);
    this.context.font = `11px ${this.font}`;
    seen.forEach((mark, i) => {
      const next = seen[i + 1], words = 8 + this.context.measureText(mark.label).width;
      // Of equal ones so close that the next would stand in the words, only the last says what it is.
      const silent = next?.label === mark.label && this.x(next.time) < this.x(mark.time) + words;
      this.context.globalAlpha = this.followed == null || mark.item === this.followed ? 1 : PALE;
      freeFrom = this.mark(mark, top, freeFrom, silent);
    });
    this.context.globalAlpha = 1;
  }

  /** Only what is in view. Bars narrower than a device pixel share a column, each state by its time in it. */
  spans(lane, top) {
    const { starts, ends, states } = lane, pixel = 1 / this.scale;
    const paths = this.fills.map(() => new Path2D()), column = new Float64Array(this.fills.length);
    let columnX = 0, count = 0;
    const finishColumn = () => {
      const whole = column.reduce((sum, part) => sum + part, 0);
      let y = top + BAR;
      for (let state = 0; count && state < column.length; state++) {
        const part = (column[state] / whole) * BAR;
        y -= part;
        if (part) paths[state].rect(columnX, y, pixel, part);
      }
      column.fill(0);
      count = 0;
    };
    for (let i = Math.max(0, firstAfter(starts, this.begin) - 1); i < starts.length && starts[i] < this.end; i++) {
      if (ends[i] < this.begin) continue;
      const from = this.x(Math.max(starts[i], this.begin)), to = this.x(Math.min(ends[i], this.end));
      const place = Math.floor(from * this.scale) / this.scale;
      if (count && (place !== columnX || to - from >= pixel)) finishColumn();
      if (to - from >= pixel) {
        const left = Math.round(from * this.scale) / this.scale, right = Math.round(to * this.scale) / this.scale;
        paths[states[i]].rect(left, top, right - left, BAR);
      } else {
        columnX = place;
        count += 1;
        column[states[i]] += Math.max(to - from, 1e-9);
      }
    }
    finishColumn();
    // Running last: a hair of work on the edge of a long wait is what one zooms in for.
    for (let state = paths.length - 1; state >= 0; state--) {
      this.context.fillStyle = this.fills[state];
      this.context.fill(paths[state]);
    }
  }

  mark(mark, top, freeFrom, silent) {
    const pen = this.context, x = this.x(mark.time), y = top - 5;
    const ink = /^(killed|died|lost)/.test(mark.label) ? this.ink.killed : this.ink.text;
    if (ink === this.ink.killed) {
      this.line(x - 4, y - 4, x + 4, y + 4, ink, 2);
      this.line(x - 4, y + 4, x + 4, y - 4, ink, 2);
    } else {
      pen.fillStyle = ink;
      pen.beginPath();
      pen.moveTo(x - 4.5, y - 3);
      pen.lineTo(x + 4.5, y - 3);
      pen.lineTo(x, y + 4);
      pen.fill();
    }
    pen.font = `11px ${this.font}`;
    const wide = pen.measureText(mark.label).width;
    const right = x + 8, left = x - 8 - wide;
    const begin = right + wide > this.right && left >= freeFrom ? left : right;
    if (silent || begin < freeFrom || begin + wide > this.width) return freeFrom;
    this.write(mark.label, begin, y, { font: "11px", ink });
    return Math.max(begin + wide, x + 5) + 6;
  }

  /** A crowd of them is drawn pale: it must not hide the lanes. */
  arrows(arrows, block, labeled) {
    const pen = this.context, lanes = block.middles.length, drawn = arrows.filter(({ source, target }) => Math.max(source, target) < lanes);
    const followed = (arrow) => this.followed != null && arrow.item === this.followed;
    pen.globalAlpha = this.followed != null ? PALE / 2 : drawn.length > MANY_ARROWS ? 0.4 : 1;
    if (drawn.length > THRONG) throng(this, drawn, block);
    else for (const arrow of drawn) if (!followed(arrow)) this.arrow(arrow, block, labeled);
    pen.globalAlpha = 1;
    if (this.followed != null) for (const arrow of drawn) if (followed(arrow)) this.arrow(arrow, block, true);
  }

  arrow(arrow, block, labeled) {
    const pen = this.context, start = block.middles[arrow.source], end = block.middles[arrow.target];
    const [x1, x2] = [this.x(arrow.sent), this.x(arrow.arrived)], [y1, y2] = arrowEnds(arrow, block);
    pen.save();
    pen.beginPath();
    pen.rect(this.left - 6, 0, this.right - this.left + 12, this.height);
    pen.clip();
    this.line(x1, y1, x2, y2, this.ink.text, 1.3);
    const angle = Math.atan2(y2 - y1, x2 - x1);
    pen.translate(x2, y2);
    pen.rotate(angle);
    pen.fillStyle = this.ink.text;
    pen.beginPath();
    pen.moveTo(0, 0);
    pen.lineTo(-8, -3.5);
    pen.lineTo(-8, 3.5);
    pen.fill();
    pen.restore();
    if (!labeled || !arrow.label || arrow.item) return; // a message has its name on its bar
    const x = (x1 + x2) / 2, wide = this.context.measureText(arrow.label).width;
    const flip = x + 7 + wide > this.right;
    this.write(arrow.label, flip ? x - 7 : x + 7, (start + 2 * end) / 3, { font: "11px", align: flip ? "right" : "left" });
  }

  guess({ guess, guessY: y, bottom }) {
    const pen = this.context, ink = guess.made ? this.ink.prediction : this.ink.quiet;
    if (guess.seconds === null) return this.write(guess.text, this.left, y, { font: "11.5px", ink });
    const beyond = guess.seconds > this.end;
    const x = beyond ? this.right : Math.max(this.left, this.x(guess.seconds));
    this.line(this.left, y, x, y, ink, 1.6);
    if (!beyond && guess.seconds >= this.begin) {
      this.line(x, y - 5, x, y + 5, ink, 1.6);
      pen.setLineDash([5, 4]);
      this.line(x, y + 5, x, bottom, ink, 1.4);
      pen.setLineDash([]);
    }
    const words = guess.text + (beyond ? " →" : "");
    pen.font = `11.5px ${this.font}`;
    const fits = x + 8 + pen.measureText(words).width <= this.width;
    this.write(words, fits ? x + 8 : x - 8, fits ? y : y - 9, { font: "11.5px", ink, align: fits ? "left" : "right" });
  }

  axis() {
    this.line(this.left, this.axisY, this.right, this.axisY, this.ink.quiet);
    for (const { time, label } of this.ticks) {
      this.line(this.x(time), this.axisY, this.x(time), this.axisY + 4, this.ink.quiet);
      this.write(label, this.x(time), this.axisY + 14, { font: "11px", ink: this.ink.quiet, align: "center" });
    }
  }

  line(x1, y1, x2, y2, ink, width = 1) {
    const pen = this.context;
    // A hairline between two rows of pixels would be two gray rows.
    const crisp = (value, other) => (value === other && width === 1 ? Math.round(value - 0.5) + 0.5 : value);
    pen.strokeStyle = ink;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(crisp(x1, x2), crisp(y1, y2));
    pen.lineTo(crisp(x2, x1), crisp(y2, y1));
    pen.stroke();
  }

  write(text, x, y, { font = "12px", ink = this.ink.text, align = "left", most = Infinity } = {}) {
    const pen = this.context;
    pen.font = `${font} ${this.font}`;
    pen.fillStyle = ink;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    while (pen.measureText(text).width > most && text.length > 2) text = text.slice(0, -2) + "…";
    pen.fillText(text, x, y);
  }

  // -- questions ---------------------------------------------------------------------------

  /** The lane at height `y` and the height of its middle, or null. */
  placeAt(y) {
    for (const { recording: { lanes }, middles } of this.blocks) {
      const i = middles.findIndex((middle, n) => Math.abs(middle - y) <= laneHeight(lanes[n].depth) / 2);
      if (i >= 0) return { lane: lanes[i], middle: middles[i] };
    }
    return null;
  }

  laneAt(y) {
    return this.placeAt(y)?.lane ?? null;
  }

  /** What `lane` does at `time`: {state, start, end, label}, or null. */
  spanAt(lane, time) {
    const i = firstAfter(lane.starts, time) - 1;
    if (i < 0 || lane.ends[i] <= time) return null;
    const [start, end, label] = [lane.starts[i], lane.ends[i], lane.labels[i]];
    return { state: this.data.states[lane.states[i]], start, end, label };
  }
}
