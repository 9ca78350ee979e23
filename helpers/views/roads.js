// The broker's map in lines: where its columns stand, and the points of each road. The geometry of brokermap.py.

/** The left edges of the columns on a map `width` pixels wide. */
function columnEdges({ columns, gaps, edge, nodes }, width) {
  const widths = columns.map(([name]) => nodes.find((node) => node.name === name).width);
  if (widths.length < 2) return widths.map((wide) => (width - wide) / 2);
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const extra = (width - 2 * edge - sum(widths) - sum(gaps)) / gaps.length;
  const found = [edge];
  gaps.forEach((gap, i) => found.push(found[i] + widths[i] + Math.max(24, gap + extra)));
  return found;
}

function bezier(a, b, c, d, t) {
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  return [0, 1].map((i) => weights[0] * a[i] + weights[1] * b[i] + weights[2] * c[i] + weights[3] * d[i]);
}

/** From stop to stop, level at each of them. */
function waved(stops) {
  const points = [stops[0]];
  for (let i = 1; i < stops.length; i++) {
    const [[x1, y1], [x2, y2]] = [stops[i - 1], stops[i]], bend = Math.max(Math.min(24, x2 - x1), (x2 - x1) / 2);
    for (let n = 1; n <= 40; n++) points.push(bezier([x1, y1], [x1 + bend, y1], [x2 - bend, y2], [x2, y2], n / 40));
  }
  return points;
}

/** A line through `corners`, its corners rounded. */
function rounded(corners, radius = 8) {
  const toward = ([x, y], [x2, y2]) => {
    const far = Math.hypot(x2 - x, y2 - y), share = far ? Math.min(radius, far / 2) / far : 0;
    return [x + (x2 - x) * share, y + (y2 - y) * share];
  };
  const points = [corners[0]];
  for (let i = 1; i < corners.length - 1; i++) {
    const near = toward(corners[i], corners[i - 1]), far = toward(corners[i], corners[i + 1]);
    for (let n = 0; n <= 6; n++) points.push(bezier(near, corners[i], corners[i], far, n / 6));
  }
  return [...points, corners.at(-1)];
}

/** The points of `road`, from the node `source` to the node `target`. */
function roadPoints(map, edges, road, source, target) {
  if (road.back) return backPoints(edges, road, source, target);
  const stops = [[edges[source.column] + source.width, road.leave]];
  road.over.forEach((y, i) => {
    const column = source.column + 1 + i, left = edges[column];
    const { width } = map.nodes.find((node) => node.column === column);
    stops.push([left, y], [left + width, y]);
  });
  return waved([...stops, [edges[target.column], road.reach]]);
}

/** Below everything, from right to left. */
function backPoints(edges, { leave, reach, track }, source, target) {
  const [left, to] = [edges[source.column], edges[target.column]], right = left + source.width;
  const corners = source.lowest
    ? [[left + source.width / 2, source.y + source.height], [left + source.width / 2, track]]
    : [[right, leave], [right + 9, leave], [right + 9, track]];
  if (target.lowest) corners.push([to + target.width / 2, track], [to + target.width / 2, target.y + target.height]);
  else corners.push([to - 11, track], [to - 11, reach], [to, reach]);
  return rounded(corners);
}

/** A way of many points, to be asked where one is after a part of it. */
class Way {
  constructor(points) {
    this.points = points;
    this.lengths = [0];
    for (let i = 1; i < points.length; i++) {
      const [[x1, y1], [x2, y2]] = [points[i - 1], points[i]];
      this.lengths.push(this.lengths[i - 1] + Math.hypot(x2 - x1, y2 - y1));
    }
  }

  at(share) {
    const wanted = share * this.lengths.at(-1), i = Math.min(firstAfter(this.lengths, wanted), this.points.length - 1);
    if (i < 1) return this.points[0];
    const [[x1, y1], [x2, y2]] = [this.points[i - 1], this.points[i]];
    const part = (wanted - this.lengths[i - 1]) / (this.lengths[i] - this.lengths[i - 1] || 1);
    return [x1 + (x2 - x1) * part, y1 + (y2 - y1) * part];
  }
}
