// One message is followed: its way stands out on map and timeline, and its story is told.

class Following {
  constructor(player) {
    this.player = player;
    this.items = [...new Set(player.drawing.recordings.flatMap(({ items }) => items ?? []))];
    this.item = null;
  }

  /** Follow the message of that name; null: none. */
  choose(item) {
    const { drawing, maps, plot } = this.player;
    this.item = drawing.followed = item;
    for (const map of maps) map.followed = map.flights.followed = item;
    plot.focus({ preventScroll: true });
    this.player.repaint();
  }

  /** The next message, or with -1 the one before. */
  next(direction) {
    const i = this.items.indexOf(this.item), { length } = this.items;
    this.choose(this.items[i < 0 && direction < 0 ? length - 1 : (i + direction + length) % length]);
  }

  /** When it comes and goes. */
  get times() {
    const { item } = this, its = (one) => one.item === item;
    const times = this.player.drawing.recordings.flatMap(({ lanes, arrows }) => [
      ...arrows.filter(its).flatMap(({ sent, arrived }) => [sent, arrived]),
      ...lanes.flatMap(({ about, starts, ends }) => (about ?? []).flatMap((name, i) => (name === item ? [starts[i], ends[i]] : []))),
      ...lanes.flatMap(({ marks }) => marks.filter(its).map(({ time }) => time)),
    ]);
    return Float64Array.from(new Set(times)).sort();
  }

  /** What became of it so far; "" if none is followed. */
  get story() {
    const { drawing, now } = this.player;
    if (this.item === null) return "";
    return drawing.recordings.map((recording) => story(drawing, recording, this.item, now)).filter(Boolean).join("\n");
  }

  /** The lane and the number of the bar of a message under the pointer, or null. */
  under(event) {
    const { canvas, drawing } = this.player, box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top, { lane, middle } = drawing.placeAt(y) ?? {};
    const i = lane && x >= drawing.left ? barAt(drawing, lane, middle, x, y) : -1;
    return i >= 0 && lane.about[i] !== null ? { lane, i } : null;
  }

  /** A bar in words: which message it is, and what it did there from when to when. */
  detail({ lane, i }) {
    const { drawing } = this.player, { starts, ends, about, states } = lane;
    const times = `for ${duration(ends[i] - starts[i])}, from ${clock(drawing, starts[i])} to ${clock(drawing, ends[i])}`;
    return `${about[i]}: ${drawing.data.states[states[i]]} at ${lane.name} ${times}`;
  }
}
