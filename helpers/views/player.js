// The player: controls around a Drawing. Everything the mouse can do, the keyboard can do too.

const ICONS = {
  previous: "M4 3h2v10H4zM13 3v10L6.5 8z",
  next: "M10 3h2v10h-2zM3 3l6.5 5L3 13z",
  play: "M4 2.5l9.5 5.5L4 13.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  out: "M3 7.25h10v1.5H3z",
  in: "M3 7.25h10v1.5H3zM7.25 3h1.5v10h-1.5z",
  all: "M1 3h1.5v10H1zM13.5 3H15v10h-1.5zM6 5v2.25h4V5l3 3-3 3V8.75H6V11L3 8z",
};
const SPEEDS = [[1, "real time"], [4, "4 × slower"], [20, "20 × slower"], [100, "100 × slower"]];
const HELP = [
  ["Space", "play, pause"], ["← →", "step to the event before, after"], ["↑ ↓", "choose a lane"],
  ["Home End", "beginning, end"], ["+ −", "zoom (also the wheel)"], ["Shift ← →", "move along"], ["0", "show all"],
];

const MESSAGE_HELP = [["m", "follow the next message, Shift m the one before"], ["Esc", "follow none"]];
const CLICK = 4; // pixels: who moves less has not dragged

class Player {
  constructor(model, host) {
    this.data = model.get("data");
    this.canvas = make("canvas", "aow-canvas");
    this.veil = make("div", "aow-veil");
    this.cursor = make("div", "aow-cursor");
    this.flag = make("span", "aow-flag");
    this.cursor.append(this.flag);
    this.bubble = make("div", "aow-bubble", { hidden: true });
    this.plot = keepsItsKeys(make("div", "aow-plot", { tabIndex: 0 }, [this.canvas, this.veil, this.cursor, this.bubble]));
    this.plot.setAttribute("role", "slider");
    this.plot.setAttribute("aria-label", `Timeline. ${model.get("words")}`);
    this.plot.setAttribute("aria-valuemin", "0");
    this.window = make("div", "aow-window");
    this.overview = make("div", "aow-overview", { title: "the part you see: drag it along" }, [this.window]);
    this.readout = make("div", "aow-readout");
    const looked = this.data.recordings.filter(({ boxes, listing }) => boxes.length || listing.length);
    this.insides = looked.map((recording) => new Inside(recording, looked.length > 1));
    this.insight = make("div", "aow-unseen");
    const below = [...this.insides.map(({ root }) => root), this.insight];
    const mapped = this.data.recordings.map((recording) => (recording.map ? { ...recording, title: "" } : recording));
    this.drawing = new Drawing(this.canvas, { ...this.data, recordings: mapped });
    this.maps = this.drawing.recordings.flatMap((recording, i) => {
      if (!recording.map) return [];
      return [new BrokerMap({ ...recording, title: this.data.recordings[i].title }, this.data, (item) => this.following.choose(item))];
    });
    this.following = new Following(this);
    const above = this.maps.map(({ root }) => root);
    this.root = make("div", "aow aow-player", {}, [...above, this.plot, this.overview, ...below, this.readout, this.controls()]);
    host.append(this.root);
    this.drawing.restyle();
    const { length } = this.drawing.recordings;
    // The page must not jump while it plays, or when it tells a message's story.
    this.readout.style.setProperty("--lines", length > 1 ? length + 1 : this.following.items.length ? 2 : 1);
    this.events = this.eventTimes(this.drawing.recordings.flatMap((recording) => recording.lanes));
    this.stops = Float64Array.from(new Set(this.insides.flatMap(({ stops }) => stops))).sort();
    const [begin, end] = model.get("zoom");
    this.drawing.look(begin, end - begin);
    this.from = this.stepped = null;
    this.now = this.data.until; // the whole picture is to be seen until somebody plays
    this.playing = false;
    this.undo = [];
    this.listen();
  }

  // -- building ----------------------------------------------------------------------------

  controls() {
    const button = (name, label, act) => {
      const made = keepsItsKeys(make("button", "aow-button", { type: "button", title: label, onclick: act }));
      made.setAttribute("aria-label", label);
      made.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
      return made;
    };
    this.playButton = button("play", "Play (Space)", () => this.toggle());
    this.speed = keepsItsKeys(make("select", "aow-speed", { title: "how fast it plays" }));
    this.speed.setAttribute("aria-label", "Speed");
    this.speed.append(...SPEEDS.map(([value, label]) => make("option", "", { value, textContent: label })));
    this.speed.value = "4";
    const help = this.following.items.length ? [...HELP, ...MESSAGE_HELP] : HELP;
    const keys = help.map(([key, does]) => make("span", "", {}, [make("kbd", "", { textContent: key }), ` ${does}`]));
    this.help = make("div", "aow-help", { hidden: true }, keys);
    this.helpButton = keepsItsKeys(make("button", "aow-button", { type: "button", textContent: "?", title: "keys (?)" }));
    this.helpButton.setAttribute("aria-label", "Keys");
    this.helpButton.onclick = () => this.toggleHelp();
    const bar = make("div", "aow-bar", {}, [
      button("previous", "Step to the event before (←)", () => this.step(-1)),
      this.playButton,
      button("next", "Step to the next event (→)", () => this.step(1)),
      this.speed,
      make("span", "aow-gap"),
      legend(this.data),
      make("span", "aow-gap"),
      make("span", "aow-group", {}, [
        button("out", "Zoom out (−)", () => this.zoom(0.5)),
        button("in", "Zoom in (+)", () => this.zoom(2)),
        button("all", "Show all (0)", () => this.look(0, this.data.until)),
        this.helpButton,
      ]),
    ]);
    return make("div", "", {}, [bar, this.help]);
  }

  /** The moments at which something happens on `lanes`, in order. */
  eventTimes(lanes) {
    const times = lanes.flatMap((lane) => [...lane.starts, ...lane.ends, ...lane.marks.map((mark) => mark.time)]);
    for (const { lanes: all, arrows } of this.drawing.recordings) {
      for (const { source, sent, target, arrived } of arrows) {
        if (lanes.includes(all[source])) times.push(sent);
        if (lanes.includes(all[target])) times.push(arrived);
      }
    }
    return Float64Array.from(new Set(times)).sort();
  }

  listen() {
    const resized = new ResizeObserver(() => this.resize());
    resized.observe(this.plot);
    this.undo.push(() => resized.disconnect(), () => this.pause(), onTheme(() => this.retheme()));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.plot.addEventListener("pointerdown", (event) => this.press(event));
    this.plot.addEventListener("pointermove", (event) => this.hover(event));
    this.plot.addEventListener("pointerleave", () => (this.bubble.hidden = true));
    this.overview.addEventListener("pointerdown", (event) => this.follow(event, this.overview, (x, width) =>
      this.look((x / width) * this.data.until - this.length / 2, this.length)));
  }

  // -- painting ----------------------------------------------------------------------------

  resize() {
    const width = this.plot.clientWidth;
    if (!width || width === this.drawing.width) return;
    this.drawing.restyle();
    this.drawing.layout(width);
    for (const inside of this.insides) inside.resize();
    for (const map of this.maps) map.layout(width);
    this.paint();
  }

  retheme() {
    this.drawing.restyle();
    for (const map of this.maps) map.restyle();
    this.repaint();
  }

  /** Draw everything anew before the next frame, once, however often it was asked for. */
  repaint() {
    this.frame ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    if (!this.drawing.width) return;
    this.drawing.draw();
    const { begin, end } = this.drawing, until = this.data.until;
    this.overview.classList.toggle("zoomed", this.length < until * 0.999);
    this.overview.style.marginLeft = `${this.drawing.left}px`;
    this.overview.style.width = `${this.drawing.right - this.drawing.left}px`;
    this.window.style.left = `${(begin / until) * 100}%`;
    this.window.style.width = `${((end - begin) / until) * 100}%`;
    this.place();
  }

  /** Move the cursor to where it belongs; the picture below stays as it is. */
  place() {
    const { left, right, axisY } = this.drawing, top = this.drawing.blocks[0].lanesTop - 3, x = this.drawing.x(this.now);
    const inside = x >= left - 1 && x <= right + 1;
    const beforeEnd = this.now < this.data.until;
    this.cursor.hidden = !inside || !beforeEnd;
    this.cursor.style.transform = `translateX(${x}px)`;
    this.cursor.style.top = this.veil.style.top = `${top}px`;
    this.cursor.style.height = `${axisY - top}px`;
    this.flag.textContent = clock(this.drawing, this.now);
    this.veil.style.transform = `translateX(${Math.min(Math.max(x, left), right)}px)`;
    this.veil.style.width = `${right + 1}px`;
    this.veil.style.height = `${axisY - 1 - top}px`;
    this.root.classList.toggle("playing", this.playing);
    for (const inside of this.insides) inside.show(this.now);
    for (const map of this.maps) {
      map.show(this.now, this.from, this.playing);
      map.highlight(...(this.playing ? [1, 0] : this.recent));
    }
    this.from = this.now; // drawn once more, nothing flies anew
    // Ten readings a second are for the eye; a screen reader gets the one where it stops.
    if (!this.playing || performance.now() - this.said > 100) this.say();
  }

  get length() {
    return this.drawing.end - this.drawing.begin;
  }

  say() {
    this.said = performance.now();
    this.readout.setAttribute("aria-live", this.playing ? "off" : "polite");
    const silent = this.now >= this.data.until && !this.drawing.chosen;
    const said = silent ? "Press play, or step with ← and →." : this.news() || tell(this.drawing, this.now);
    const text = this.following.story || said;
    if (this.readout.textContent !== text) this.readout.textContent = text;
    this.insight.setAttribute("aria-live", this.playing ? "off" : "polite");
    const inside = silent ? "" : [...this.insides, ...this.maps].map((one) => one.tell()).join("\n");
    if (this.insight.textContent !== inside) this.insight.textContent = inside;
    this.plot.setAttribute("aria-valuemax", this.data.until.toFixed(6));
    this.plot.setAttribute("aria-valuenow", this.now.toFixed(6));
    this.plot.setAttribute("aria-valuetext", clock(this.drawing, this.now));
  }

  /** On a map, what has just happened. */
  news() {
    if (!this.maps.length || this.playing || this.drawing.chosen) return "";
    const told = happened(this.drawing, this.drawing.recordings[0], ...this.recent);
    return told && `At ${clock(this.drawing, this.now)}: ${told}`;
  }

  /** From when to when (seconds) the last step went; if one has jumped, what a pixel holds. */
  get recent() {
    const pixel = this.length / (this.drawing.right - this.drawing.left);
    return this.stepped?.[1] === this.now ? this.stepped : [this.now - pixel, this.now];
  }

  // -- doing -------------------------------------------------------------------------------

  look(begin, length) {
    this.drawing.look(begin, length);
    this.repaint();
  }

  /** Zoom by `factor`, keeping `anchor` (seconds) where it is. */
  zoom(factor, anchor = this.cursor.hidden ? (this.drawing.begin + this.drawing.end) / 2 : this.now) {
    const length = Math.min(this.length / factor, this.data.until);
    this.look(anchor - ((anchor - this.drawing.begin) / this.length) * length, length);
  }

  /** Put the cursor at `time`, and the view where the cursor is. What was sent since `from` is seen to fly. */
  go(time, from = null) {
    this.now = Math.max(0, Math.min(time, this.data.until));
    this.from = from;
    const { begin, end } = this.drawing;
    if (this.now < begin || this.now > end) {
      this.drawing.look(this.now - this.length * (this.now < begin ? 0.8 : 0.2), this.length);
      this.paint();
    } else {
      this.place();
    }
  }

  /**
   * To the next event, on the chosen lane or on any; of events within a pixel, to the last. But no change of
   * a box or a line is passed over, however close to the next, unless a lane is chosen or a message followed.
   */
  step(direction) {
    this.pause();
    const { chosen } = this.drawing, followed = this.following.item !== null;
    const events = followed ? this.following.times : chosen ? this.eventTimes([chosen]) : this.events;
    const stops = chosen || followed ? [] : this.stops;
    const pixel = this.length / (this.drawing.right - this.drawing.left);
    const { now } = this, { until } = this.data;
    if (direction < 0) {
      const event = events[firstAfter(events, now - pixel) - 1] ?? 0;
      this.stepped = null;
      return this.go(Math.max(event, stops[firstAfter(stops, now - 1e-10) - 1] ?? 0));
    }
    const from = now >= until ? -1 : now;
    const next = events[firstAfter(events, from)] ?? until, together = from < 0 ? next : next + pixel;
    const event = next < until ? events[firstAfter(events, together) - 1] : until;
    const to = Math.min(event, stops[firstAfter(stops, from)] ?? until);
    this.stepped = [from, to];
    this.go(to, from);
  }

  choose(direction) {
    const lanes = this.drawing.recordings.flatMap((recording) => recording.lanes);
    const i = lanes.indexOf(this.drawing.chosen) + direction;
    this.drawing.chosen = lanes[i] ?? null;
    this.repaint();
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  play() {
    if (this.now >= this.data.until) this.go(this.length < this.data.until * 0.999 ? this.drawing.begin : 0);
    this.playing = true;
    this.showPlaying();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let before = performance.now(), shown = -Infinity, now = this.now;
    const tick = (at) => {
      if (!this.playing) return;
      now += (at - before) / 1000 / Number(this.speed.value);
      before = at;
      if (!calm || at - shown > 500) {
        shown = at;
        this.go(now, this.now);
      }
      if (now >= this.data.until) return this.pause(this.data.until);
      this.ticking = requestAnimationFrame(tick);
    };
    this.ticking = requestAnimationFrame(tick);
  }

  pause(at = this.now) {
    cancelAnimationFrame(this.ticking);
    if (!this.playing) return;
    this.playing = false;
    this.showPlaying();
    this.go(at, this.now);
  }

  showPlaying() {
    const [icon, label] = this.playing ? ["pause", "Pause (Space)"] : ["play", "Play (Space)"];
    this.playButton.querySelector("path").setAttribute("d", ICONS[icon]);
    this.playButton.title = label;
    this.playButton.setAttribute("aria-label", label);
  }

  toggleHelp() {
    this.help.hidden = !this.help.hidden;
    this.helpButton.setAttribute("aria-expanded", String(!this.help.hidden));
  }

  // -- hearing -----------------------------------------------------------------------------

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === this.speed) return;
    if (event.target.closest("button") && (event.key === " " || event.key === "Enter")) return;
    const along = (share) => this.look(this.drawing.begin + share * this.length, this.length);
    const acts = {
      " ": () => this.toggle(),
      ArrowLeft: () => (event.shiftKey ? along(-0.2) : this.step(-1)),
      ArrowRight: () => (event.shiftKey ? along(0.2) : this.step(1)),
      ArrowUp: () => this.choose(-1),
      ArrowDown: () => this.choose(1),
      Escape: () => (this.following.choose(null), this.choose(-Infinity)),
      Home: () => (this.pause(), this.go(0)),
      End: () => (this.pause(), this.go(this.data.until)),
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(0.5),
      0: () => this.look(0, this.data.until),
      "?": () => this.toggleHelp(),
      ...(this.following.items.length && { m: () => this.following.next(1), M: () => this.following.next(-1) }),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  /** The wheel zooms only a plot that was clicked or tabbed to (or with Ctrl): the page must scroll past it. */
  wheel(event) {
    if (document.activeElement !== this.plot && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, right } = this.drawing;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      return this.look(this.drawing.begin + (event.deltaX / (right - left)) * this.length, this.length);
    }
    this.zoom(2 ** (-event.deltaY / 200), this.drawing.time(event.clientX - this.canvas.getBoundingClientRect().left));
  }

  press(event) {
    if (event.button) return;
    this.plot.focus();
    this.pause();
    const start = this.drawing.begin, from = event.clientX, bar = this.following.under(event);
    if (this.following.items.length) this.following.choose(bar && bar.lane.about[bar.i]);
    let dragged = !bar;
    this.follow(event, this.canvas, (x, width, now) => {
      const { left, right } = this.drawing;
      dragged ||= Math.abs(now.clientX - from) > CLICK;
      if (!dragged) return;
      if (!now.shiftKey) return this.go(Math.min(Math.max(this.drawing.time(x), this.drawing.begin), this.drawing.end));
      this.look(start - ((now.clientX - from) / (right - left)) * this.length, this.length);
    });
  }

  /** Call `act` for where the pointer is on `element`, now and until it is let go. */
  follow(event, element, act) {
    const move = (now) => {
      const box = element.getBoundingClientRect();
      act(now.clientX - box.left, box.width, now);
    };
    const done = new AbortController();
    document.addEventListener("pointermove", move, { signal: done.signal });
    for (const end of ["pointerup", "pointercancel"]) {
      document.addEventListener(end, () => done.abort(), { signal: done.signal });
    }
    event.preventDefault();
    move(event);
  }

  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const lane = this.drawing.laneAt(y), inside = x >= this.drawing.left && x <= this.drawing.right;
    this.bubble.hidden = !lane || !inside;
    if (this.bubble.hidden) return;
    const bar = this.following.under(event), told = detail(this.drawing, lane, this.drawing.time(x));
    this.bubble.textContent = bar ? this.following.detail(bar) : `${lane.name}${lane.passed ? ":" : ""} ${told}`;
    const wide = this.bubble.offsetWidth;
    this.bubble.style.left = `${Math.max(0, Math.min(x + 12, box.width - wide))}px`;
    this.bubble.style.top = `${y + 18}px`;
  }

  end() {
    for (const step of this.undo) step();
    for (const map of this.maps) map.flights.end();
    cancelAnimationFrame(this.frame);
  }
}

export default {
  render({ model, el }) {
    const player = new Player(model, el);
    return () => player.end();
  },
};
