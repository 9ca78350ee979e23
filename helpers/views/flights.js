// Messages in the air. In truth a hop takes a fifth of a millisecond: here it takes as long as an eye needs.

const AIR = 150, HOP = 350, RING = 260, APART = 45, QUEUE = 700; // milliseconds, but for AIR

class Flights {
  /**
   * `queues` are the numbers of lanes; `way` gives an arrow's Way, or null; `landed` is called when what may be
   * seen on the ground has changed.
   */
  constructor(canvas, queues, way, landed) {
    Object.assign(this, { canvas, queues, way, landed, now: 0, playing: false });
    this.pen = canvas.getContext("2d");
    this.air = [];
    this.rings = [];
    this.still = [];
  }

  layout(width, height, inks) {
    this.inks = inks;
    this.scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.scale);
    this.canvas.height = Math.round(height * this.scale);
    this.clear();
  }

  clear() {
    this.air = [];
    this.rings = [];
  }

  /** Let go what was sent since the moment that was shown before; each leg waits for the one before it. */
  launch(arrows) {
    const leaving = new Map(); // of many that leave at once by the same way, one after the other
    for (const arrow of arrows) {
      if (this.air.length >= AIR) return;
      const way = this.way(arrow);
      if (!way) continue;
      const after = this.air.findLast((one) => this.before(one.arrow, arrow));
      const takes = Math.max(HOP, (1 + arrow.via.length) * 260);
      const late = leaving.get(way) ?? 0;
      leaving.set(way, Math.min(late + APART, QUEUE));
      this.air.push({ arrow, way, after, takes, late, done: false, share: 0 });
    }
    this.run();
  }

  /** Whether a message must have come before another leaves: the same one, or, at a client, what it answers. */
  before(one, other) {
    return one.target === other.source && (one.item === other.item || (one.arrived <= other.sent && !this.queues.has(one.target)));
  }

  /** What is still on its way, and where to. */
  get expected() {
    return new Set(this.air.map(({ arrow }) => `${arrow.target}\n${arrow.item}`));
  }

  run() {
    this.frame ??= requestAnimationFrame((at) => this.tick(at));
  }

  tick(at) {
    this.frame = undefined;
    const before = this.air.length;
    for (const flight of this.air) {
      if (flight.after && !flight.after.done) continue;
      flight.begun ??= at + flight.late;
      const { sent, arrived } = flight.arrow;
      const truth = this.now >= arrived ? 1 : (this.now - sent) / (arrived - sent);
      flight.share = Math.max(0, Math.min((at - flight.begun) / flight.takes, truth));
      flight.done = flight.share >= 1;
      if (flight.done && this.rings.length < 12) this.rings.push({ point: flight.way.at(1), begun: at, item: flight.arrow.item });
    }
    this.air = this.air.filter((flight) => !flight.done);
    this.rings = this.rings.filter(({ begun }) => at - begun < RING);
    if (this.air.length !== before) this.landed();
    this.draw(at);
    if (this.air.some(({ share, arrow }) => share < 1 && this.now >= arrow.arrived) || this.rings.length) this.run();
    else if (this.playing && this.air.length) this.run();
  }

  draw(at = performance.now()) {
    const { pen, scale } = this;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const named = this.air.length + this.still.length <= 24;
    for (const { point, begun } of this.rings) this.ring(point, (at - begun) / RING);
    this.seen = [];
    const flying = this.air.filter(({ after }) => !after || after.done);
    for (const { way, share, arrow } of flying) this.message(way.at(ease(share)), arrow.item, named);
    this.canvas.dataset.air = this.air.length;
    this.canvas.dataset.flying = flying.length;
    const gone = new Set(this.air.map(({ arrow }) => arrow.number));
    for (const arrow of this.still) {
      if (gone.has(arrow.number)) continue;
      const share = (this.now - arrow.sent) / (arrow.arrived - arrow.sent);
      const way = this.way(arrow);
      if (way) this.message(way.at(share), arrow.item, named);
    }
  }

  message([x, y], item, named) {
    const { pen, inks } = this, pale = this.followed != null && item !== this.followed;
    this.seen.push({ x, y, item });
    pen.globalAlpha = pale ? 0.25 : 1;
    pen.fillStyle = inks.resting;
    pen.font = `11.5px ${inks.font}`;
    const wide = named ? Math.max(18, Math.min(120, pen.measureText(item).width + 14)) : 9;
    pen.beginPath();
    pen.roundRect(x - wide / 2, y - (named ? 9 : 4.5), wide, named ? 18 : 9, 9);
    pen.fill();
    pen.strokeStyle = inks.page;
    pen.lineWidth = 1;
    pen.stroke();
    if (named) {
      pen.fillStyle = inks.page;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(item, x, y + 0.5, 106);
    }
    pen.globalAlpha = 1;
  }

  ring([x, y], share) {
    const { pen, inks } = this;
    pen.globalAlpha = 0.7 * (1 - share);
    pen.strokeStyle = inks.resting;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, 4 + 12 * share, 0, 7);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** The message in the air at the point, or null. */
  at(x, y) {
    return this.seen?.findLast((one) => Math.abs(one.x - x) < 14 && Math.abs(one.y - y) < 11)?.item ?? null;
  }

  end() {
    cancelAnimationFrame(this.frame);
  }
}

/** Off slowly, on slowly. */
function ease(share) {
  return share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2;
}
