// Messages on a lane overlap: their bars are stacked, and of very many only the number is drawn, as an area.
// The geometry is that of rows.py.

const ROW = 16, MOST = 80, DEEP = 26, AREA = 63, NAMED = 12, PALE = 0.22, THRONG = 300;

function rowHeight(depth) {
  return depth <= 1 ? BAR : Math.min(ROW, MOST / depth);
}

function laneHeight(depth) {
  if (depth > DEEP) return PITCH - BAR + AREA;
  return depth > 1 ? PITCH - BAR + depth * rowHeight(depth) : PITCH;
}

/** Where the bars of a lane begin whose middle is at that height. */
function barsTop(lane, middle) {
  return middle - (laneHeight(lane.depth) - (PITCH - BAR)) / 2;
}

/** Give a lane that messages pass its rows, and the name of each span's message. */
function stack(lane, { rows = [], about = [], items = [] }) {
  const { first = 0, starts } = lane, last = first + starts.length;
  lane.depth = 1;
  lane.passed = items.length > 0; // messages do, in this recording
  if (!about.slice(first, last).some((item) => item >= 0)) return;
  lane.rows = rows.slice(first, last);
  lane.about = about.slice(first, last).map((item) => items[item] ?? null);
  lane.depth = 1 + lane.rows.reduce((most, row) => Math.max(most, row), 0);
}

function unpackArrows({ arrows, arrowLabels = [], items = [], ways = [], back = [] }) {
  const found = [], returning = new Set(back);
  for (let i = 0; i < arrows.length; i += 9) {
    const [source, sent, target, arrived, label, item, way, from, to] = arrows.slice(i, i + 9);
    found.push({
      source, sent: sent / 1e6, target, arrived: arrived / 1e6, label: arrowLabels[label] ?? "",
      item: items[item] ?? null, via: ways[way] ?? [], from, to, number: i / 9, back: returning.has(i / 9),
    });
  }
  return found;
}

// -- drawing ---------------------------------------------------------------------------------

/** What has been asked to be drawn, state by state: whole bars, and those too thin to have a hatch. */
class Bars {
  constructor(drawing) {
    this.drawing = drawing;
    this.whole = drawing.fills.map(() => new Path2D());
    this.thin = drawing.fills.map(() => new Path2D());
    this.washed = drawing.fills.map(() => new Path2D());
  }

  add(state, x, y, wide, high) {
    const outlined = this.drawing.data.hatches[state] === "outlined";
    if (wide < 3 && this.drawing.data.hatches[state]) this.thin[state].rect(x, y, wide, high);
    else if (outlined) this.whole[state].rect(x + 0.6, y + 0.6, wide - 1.2, high - 1.2);
    else this.whole[state].rect(x, y, wide, high);
  }

  /** Running last: it lies over what its message is besides. */
  paint(alpha) {
    const { context: pen, fills, colors, data: { hatches } } = this.drawing;
    for (let state = fills.length - 1; state >= 0; state--) {
      pen.fillStyle = pen.strokeStyle = colors[state];
      pen.globalAlpha = alpha * 0.7;
      pen.fill(this.thin[state]);
      pen.globalAlpha = alpha;
      if (hatches[state] !== "outlined") {
        pen.fillStyle = fills[state];
        pen.fill(this.whole[state]);
        continue;
      }
      pen.lineWidth = 1.2;
      pen.stroke(this.whole[state]);
      pen.globalAlpha = alpha * 0.14;
      pen.fill(this.whole[state]);
    }
    pen.globalAlpha = 1;
  }
}

function drawStack(drawing, lane, top) {
  const { followed } = drawing, all = lane.starts.map((_, i) => i);
  const alpha = followed == null ? 1 : PALE;
  if (lane.depth > DEEP) drawArea(drawing, lane, top, alpha);
  else drawBars(drawing, lane, top, all, alpha);
  if (followed != null) drawBars(drawing, lane, top, all.filter((i) => lane.about[i] === followed), 1);
}

function drawBars(drawing, lane, top, numbers, alpha) {
  const bars = new Bars(drawing), names = [], latest = new Map();
  const { begin, end, scale } = drawing, snap = (x) => Math.round(x * scale) / scale;
  const hairs = new Float64Array(drawing.fills.length * (lane.depth + 1)).fill(-1); // the last of each state and row
  for (const i of numbers) {
    if (lane.ends[i] < begin || lane.starts[i] > end) continue;
    const x = snap(drawing.x(Math.max(lane.starts[i], begin)));
    const to = Math.max(snap(drawing.x(Math.min(lane.ends[i], end))), x + 1);
    const state = lane.states[i], item = lane.about[i], hair = state * (lane.depth + 1) + lane.rows[i];
    if (to - x <= 1 && hairs[hair] === x) continue; // thousands may share a pixel
    hairs[hair] = x;
    const [y, high] = rowAt(lane, lane.rows[i], top);
    bars.add(state, x, y, to - x > 4 ? to - x - 1 : to - x, high); // two in a row do not touch
    if (high < NAMED || item === null || to - x < 8) continue;
    const before = latest.get(y), wide = nameWidth(drawing, item);
    if (before?.item === item && x < before.to) {
      // Running lies over the stay: the name stands in it, or beside it.
      if (to - x >= wide) Object.assign(before, { x, to, state });
      else if (before.to - to >= wide) before.x = to;
      else before.to = x;
    } else {
      latest.set(y, { item, x, to, y, high, state });
      names.push(latest.get(y));
    }
  }
  bars.paint(alpha);
  for (const name of names) drawName(drawing, name, alpha);
}

function nameWidth(drawing, item) {
  drawing.context.font = `10.5px ${drawing.font}`;
  return drawing.context.measureText(item).width + 8;
}

/** The name on its bar, if there is room; dots make way for it. */
function drawName(drawing, { item, x, to, y, high, state }, alpha) {
  const wide = nameWidth(drawing, item), pen = drawing.context, hatch = drawing.data.hatches[state];
  if (to - x < wide) return;
  if (hatch && hatch !== "outlined") {
    pen.clearRect(x, y, wide, high);
    pen.fillStyle = drawing.colors[state];
    pen.globalAlpha = alpha * 0.2;
    pen.fillRect(x, y, wide, high);
  }
  pen.globalAlpha = alpha;
  const solid = drawing.data.states[state] === "running";
  drawing.write(item, x + 4, y + high / 2 + 0.5, { font: "10.5px", ink: solid ? drawing.ink.page : drawing.ink.text });
  pen.globalAlpha = 1;
}

/** Top and height of a row of bars, when the lane's bars begin at height `top`. */
function rowAt(lane, row, top) {
  if (lane.depth > DEEP) return [top + AREA - ((row + 1) / lane.depth) * AREA - 1, 3];
  const height = rowHeight(lane.depth), gap = height > 4 && lane.depth > 1 ? 1 : 0;
  return [top + (lane.depth - row - 1) * height + gap, height - gap];
}

/** How many messages are there at each time; what runs is a strip at the bottom. */
function drawArea(drawing, lane, top, alpha) {
  const pen = drawing.context, running = drawing.data.states.indexOf("running");
  const stays = lane.starts.map((_, i) => i).filter((i) => lane.states[i] !== running);
  lane.curve ??= depths(lane, [...stays]);
  const bottom = top + AREA, state = lane.states[stays[0]], path = new Path2D(), { times, counts } = lane.curve;
  const y = (count) => bottom - (count / lane.depth) * AREA, { begin, end } = drawing;
  const x = (time) => drawing.x(Math.min(Math.max(time, begin), end));
  let i = firstAfter(times, begin), level = y(counts[i - 1] ?? 0);
  path.moveTo(x(times[i - 1] ?? times[0]), bottom);
  path.lineTo(x(times[i - 1] ?? times[0]), level);
  for (; i < times.length && times[i] <= end; i++) {
    path.lineTo(x(times[i]), level);
    level = y(counts[i]);
    path.lineTo(x(times[i]), level);
  }
  if (i < times.length) path.lineTo(x(end), level);
  path.lineTo(i < times.length ? x(end) : x(times.at(-1)), bottom);
  pen.globalAlpha = alpha * (drawing.data.hatches[state] === "outlined" ? 0.14 : 1);
  pen.fillStyle = drawing.fills[state];
  pen.fill(path);
  pen.globalAlpha = alpha;
  pen.strokeStyle = drawing.colors[state];
  pen.lineWidth = 1.2;
  pen.stroke(path);
  const bars = new Bars(drawing);
  for (i = 0; i < lane.starts.length; i++) {
    if (lane.states[i] !== running || lane.ends[i] < drawing.begin || lane.starts[i] > drawing.end) continue;
    bars.add(running, x(lane.starts[i]), bottom - 8, Math.max(x(lane.ends[i]) - x(lane.starts[i]), 0.5), 8);
  }
  bars.paint(alpha);
  pen.globalAlpha = 1;
  const most = `up to ${Math.max(...counts).toLocaleString("en-US")}`;
  drawing.write(most, drawing.left - 10, top + AREA / 2 + 16, { font: "11px", align: "right", ink: drawing.ink.quiet });
}

function depths(lane, stays) {
  const edges = stays.flatMap((i) => [[lane.starts[i], 1], [lane.ends[i], -1]]).sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const times = [], counts = [];
  let count = 0;
  for (const [time, step] of edges) {
    count += step;
    if (times.at(-1) === time) counts[counts.length - 1] = count;
    else times.push(time), counts.push(count);
  }
  return { times, counts };
}

// -- arrows ----------------------------------------------------------------------------------

/** The heights at which an arrow begins and ends: its message's rows, or the lanes. */
function arrowEnds({ source, target, from, to }, { recording: { lanes }, middles }) {
  const down = Math.sign(middles[target] - middles[source]);
  return [endAt(lanes[source], middles[source], from, down), endAt(lanes[target], middles[target], to, -down)];
}

function endAt(lane, middle, number, side) {
  if (lane.depth <= 1) return middle + side * (BAR / 2 - 3);
  const height = laneHeight(lane.depth) - (PITCH - BAR);
  const row = number >= 0 && lane.depth <= DEEP ? lane.rows[number - lane.first] : undefined;
  if (row === undefined) return middle + side * (height / 2);
  const [y, high] = rowAt(lane, row, middle - height / 2);
  return y + high / 2 + side * Math.max(0, high / 2 - 3);
}

/** Thousands of arrows: lines without heads, painted at once. */
function throng(drawing, arrows, block) {
  const pen = drawing.context, path = new Path2D(), seen = new Set();
  for (const arrow of arrows) {
    const [y1, y2] = arrowEnds(arrow, block), crisp = (time) => Math.round(drawing.x(time)) + 0.5;
    const x1 = crisp(arrow.sent), to = crisp(arrow.arrived), x2 = Math.abs(to - x1) < 2 ? x1 : to; // a clean band
    const key = (x1 * 4096 + Math.round(y1)) * 4096 + Math.round(y2);
    if (x1 === x2 && seen.has(key)) continue;
    seen.add(key);
    path.moveTo(x1, y1);
    path.lineTo(x2, y2);
  }
  pen.save();
  pen.globalAlpha *= 0.3;
  pen.beginPath();
  pen.rect(drawing.left - 6, 0, drawing.right - drawing.left + 12, drawing.height);
  pen.clip();
  pen.strokeStyle = drawing.ink.text;
  pen.lineWidth = 1;
  pen.stroke(path);
  pen.restore();
}

// -- questions -------------------------------------------------------------------------------

/** What `lane` holds at `time`: the numbers of its spans, the oldest first. */
function holding(lane, time) {
  const found = [], last = firstAfter(lane.starts, time);
  for (let i = 0; i < last; i++) if (lane.ends[i] > time) found.push(i);
  return found;
}

/** The number of the span under the point, on a lane that messages pass; -1 if there is none. */
function barAt(drawing, lane, middle, x, y) {
  if (!lane.about) return -1;
  const top = barsTop(lane, middle), time = drawing.time(x);
  if (lane.depth > DEEP) {
    const place = Math.floor(((top + AREA - y) / AREA) * lane.depth);
    return holding(lane, time)[Math.max(0, place)] ?? -1;
  }
  let best = -1, least = 4;
  lane.starts.forEach((start, i) => {
    const [up, high] = rowAt(lane, lane.rows[i], top);
    const far = Math.max(drawing.x(start) - x, x - drawing.x(lane.ends[i]), 0);
    if (y >= up - 1 && y <= up + high && far <= least) [best, least] = [i, far];
  });
  return best;
}
