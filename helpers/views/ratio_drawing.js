// Hit ratios against the size of the cache, as curve.py draws them, on a canvas in the page's colors.

const FRAME = { left: 40, right: 26, top: 26, high: 230, foot: 44 };
const SHAPES = [["ready", "circle"], ["starting", "square"], ["resting", "triangle"]];

function shape(pen, form, x, y, size) {
  pen.beginPath();
  if (form === "circle") pen.arc(x, y, size, 0, 7);
  else if (form === "square") pen.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  else {
    pen.moveTo(x, y - size * 1.15);
    pen.lineTo(x + size * 1.1, y + size * 0.85);
    pen.lineTo(x - size * 1.1, y + size * 0.85);
  }
  pen.fill();
}

/** The powers of ten from `first` to `last`; 2 and 5 times them too, if there are few. */
function sizeTicks(first, last) {
  const found = [], steps = Math.log10(last / first) < 2.5 ? [1, 2, 5] : [1];
  for (let power = Math.floor(Math.log10(first)); power <= Math.ceil(Math.log10(last)); power++) {
    for (const step of steps) found.push(step * 10 ** power);
  }
  return found.filter((size) => size >= first * 0.999 && size <= last * 1.001);
}

class RatioDrawing extends Sheet {
  /** `line` is Che's {sizes, shares, best, keys}; `points` are {cache, size, ratio}, in `caches`; `stale`: of other numbers. */
  draw(line, points, caches, stale, width) {
    this.ink = this.look(width);
    this.clear(FRAME.top + FRAME.high + FRAME.foot);
    Object.assign(this, { first: 1, last: Math.max(line.keys, 2) });
    this.grid();
    this.curve(line.sizes, line.best, this.ink("quiet"), 1.5, [2, 3]);
    this.curve(line.sizes, line.shares, this.ink("running"), 2.4);
    this.pen.globalAlpha = stale ? 0.35 : 1;
    for (const { cache, size, ratio } of points) {
      const [color, form] = SHAPES[caches.indexOf(cache) % SHAPES.length] ?? SHAPES[0];
      this.pen.fillStyle = this.ink(color);
      if (size >= this.first && size <= this.last) shape(this.pen, form, this.x(size), this.y(ratio), 5);
    }
    this.pen.globalAlpha = 1;
  }

  x(size) {
    const share = Math.log(size / this.first) / Math.log(this.last / this.first);
    return FRAME.left + share * (this.width - FRAME.left - FRAME.right);
  }

  y(share) {
    return FRAME.top + (1 - share) * FRAME.high;
  }

  grid() {
    const quiet = this.ink("quiet"), rule = this.ink("rule"), right = this.width - FRAME.right, bottom = FRAME.top + FRAME.high;
    for (let fifth = 0; fifth <= 5; fifth++) {
      const y = Math.round(this.y(fifth / 5)) + 0.5;
      this.stroke([[FRAME.left, y], [right, y]], rule, 1);
      this.write(`${fifth / 5}`, FRAME.left - 8, y, quiet, "right");
    }
    for (const size of sizeTicks(this.first, this.last)) {
      const x = Math.round(this.x(size)) + 0.5;
      this.stroke([[x, FRAME.top], [x, bottom]], rule, 1);
      this.write(size.toLocaleString("en-US"), x, bottom + 13, quiet, "center");
    }
    this.write("hit ratio", 0, 9, quiet);
    this.write("pages that fit", right, bottom + 32, quiet, "right");
  }

  curve(sizes, shares, ink, width, dashes = []) {
    const places = sizes.map((size, i) => [this.x(Math.max(size, this.first)), this.y(shares[i])]);
    this.pen.setLineDash(dashes);
    this.stroke(places.filter((_, i) => sizes[i] >= this.first * 0.999), ink, width);
    this.pen.setLineDash([]);
  }

  stroke(places, ink, width) {
    this.pen.strokeStyle = ink;
    this.pen.lineWidth = width;
    this.pen.lineJoin = "round";
    this.pen.beginPath();
    for (const [x, y] of places) this.pen.lineTo(x, y);
    this.pen.stroke();
  }
}
