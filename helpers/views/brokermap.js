// The broker's map: who sends, keeps and receives at the cursor's time. Nodes are elements, roads are lines.

const CHIPS = 12, NARROW = 760, SVG = "http://www.w3.org/2000/svg";

function drawn(tag, attributes, children = []) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class BrokerMap {
  /** `recording` is unpacked and has a `map` (see grounds.py); `follow` is called with an item or null. */
  constructor(recording, data, follow) {
    Object.assign(this, { recording, data, follow, map: recording.map, followed: null, now: 0 });
    this.nodes = new Map(this.map.nodes.map((node) => [node.name, this.node(node)]));
    this.roads = new Map(this.map.roads.map((road) => [`${road.source}\n${road.target}`, this.road(road)]));
    this.lines = drawn("svg", { class: "aow-roads", "aria-hidden": "true" });
    for (const { line, head } of this.roads.values()) this.lines.append(line, head);
    for (const { words } of this.roads.values()) this.lines.append(words);
    this.canvas = make("canvas", "aow-flights");
    const nodes = [...this.nodes.values()].map(({ root }) => root);
    this.ground = make("div", "aow-ground", {}, [this.lines, this.canvas, ...nodes]);
    this.ground.style.height = `${this.map.height}px`;
    const parts = [this.ground];
    const { leftOut } = this.map, more = leftOut ? [make("span", "", { textContent: `${leftOut} more are not drawn` })] : [];
    if (recording.title || leftOut) parts.unshift(make("div", "aow-map-title", {}, [recording.title, ...more]));
    if (recording.sum) parts.push(make("div", "aow-sum", { textContent: recording.sum }));
    this.root = make("div", "aow-map", {}, parts);
    this.root.setAttribute("aria-hidden", "true"); // `tell` says it all
    const queues = new Set(recording.lanes.flatMap(({ name }, i) => (this.nodes.get(name)?.kind === "queue" ? [i] : [])));
    this.flights = new Flights(this.canvas, queues, (arrow) => this.way(arrow), () => this.fill());
    this.ground.addEventListener("pointerdown", (event) => this.press(event));
    for (const lane of recording.lanes) this.order(lane);
    const counted = new Set(); // an exchange makes copies: one message came to it
    recording.arrows.forEach((arrow, number) => {
      for (const leg of this.legs(arrow)) {
        const one = `${leg}\n${arrow.item ?? number}\n${arrow.back ? number : arrow.sent}`;
        if (!counted.has(one)) this.roads.get(leg)?.[arrow.back ? "returned" : "used"].push(arrow.sent);
        counted.add(one);
      }
    });
    for (const { used, returned } of this.roads.values()) [used, returned].forEach((times) => times.sort((a, b) => a - b));
  }

  // -- building ----------------------------------------------------------------------------

  node(node) {
    const chips = make("div", "aow-held"), foot = make("div", "aow-foot");
    const name = make("div", "aow-name", { textContent: node.name, title: node.name });
    const label = node.label ? [make("div", "aow-label", { textContent: node.label })] : [];
    const body = node.kind === "exchange" ? [] : [chips, ...(node.foot ? [foot] : [])];
    const bin = make("div", "aow-bin");
    bin.innerHTML = '<svg viewBox="0 0 13 15"><path d="M1 4l1.5 10h8L12 4M0 3h13M4.5 1h4"/></svg>';
    const count = make("span");
    bin.append(count);
    const root = make("div", `aow-node ${node.kind}`, {}, [name, ...label, ...body]);
    if (node.bin) root.append(bin);
    root.dataset.name = node.name;
    Object.assign(root.style, { top: `${node.y}px`, height: `${node.height}px` });
    return { ...node, root, chips, foot, count, key: "" };
  }

  road(road) {
    const words = drawn("text", {}, [road.label]);
    const line = drawn("path", { class: "aow-road" }), head = drawn("path", { class: "aow-head" });
    return { ...road, line, head, words, key: "", used: [], returned: [] };
  }

  /** A lane's spans, the first that came to it first: what comes back gets its old place. */
  order(lane) {
    if (!lane.about) return;
    const first = new Map();
    lane.about.forEach((item, i) => first.has(item) || first.set(item, lane.starts[i]));
    const numbers = lane.about.map((_, i) => i);
    lane.order = numbers.sort((a, b) => first.get(lane.about[a]) - first.get(lane.about[b]) || lane.starts[a] - lane.starts[b]);
  }

  layout(width) {
    this.width = Math.max(width, this.least);
    for (const node of this.map.nodes) {
      // A wide page has room for wide queues.
      const wide = node.kind === "queue" ? Math.min(Math.max(width / NARROW, 1), 1.35) : 1;
      Object.assign(this.nodes.get(node.name), { width: node.width * wide });
    }
    this.edges = columnEdges({ ...this.map, nodes: [...this.nodes.values()] }, this.width);
    for (const { root, column, width: wide } of this.nodes.values()) {
      Object.assign(root.style, { left: `${this.edges[column]}px`, width: `${wide}px` });
    }
    for (const road of this.roads.values()) {
      road.points = roadPoints(this.map, this.edges, road, this.nodes.get(road.source), this.nodes.get(road.target));
      road.line.setAttribute("d", `M${road.points.map((point) => point.map((n) => n.toFixed(1))).join("L")}`);
      const [[x0, y0], [x, y]] = [road.points.at(-3), road.points.at(-1)];
      const angle = (Math.atan2(y - y0, x - x0) * 180) / Math.PI;
      road.head.setAttribute("d", "M0 0L-8 -3.6L-8 3.6z");
      road.head.setAttribute("transform", `translate(${x} ${y}) rotate(${angle})`);
      const middle = road.points[Math.floor(road.points.length * 0.55)];
      road.words.setAttribute("x", middle[0]);
      road.words.setAttribute("y", middle[1]);
    }
    this.ground.style.width = this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.map.height}px`;
    this.ways = new Map();
    this.restyle();
  }

  /** Too narrow a page scrolls. */
  get least() {
    const { columns, edge, nodes } = this.map;
    const widths = columns.map(([name]) => nodes.find((node) => node.name === name).width);
    return widths.reduce((sum, wide) => sum + wide + 24, 2 * edge - 24);
  }

  restyle() {
    const style = getComputedStyle(this.ground), ink = (name) => style.getPropertyValue(`--aow-${name}`).trim();
    const page = getComputedStyle(document.body).getPropertyValue("--jp-layout-color0").trim() || "#fff";
    this.flights.layout(this.width, this.map.height, { resting: ink("resting"), page, font: style.fontFamily });
  }

  /** The whole way of an arrow through the map, or null if a part of it isn't there. */
  way(arrow) {
    const stops = this.stops(arrow), key = stops.join("\n") + arrow.back;
    if (this.ways.has(key)) return this.ways.get(key);
    const points = [], back = arrow.back ? stops.toReversed() : stops;
    for (let i = 1; i < back.length; i++) points.push(...(this.roads.get(`${back[i - 1]}\n${back[i]}`)?.points ?? []));
    const end = this.nodes.get(stops.at(-1));
    if (end?.bin && arrow.target >= this.recording.lanes.length) {
      points.push([this.edges[end.column] + end.width / 2 - 18, end.y + end.height + 12]);
    }
    const way = points.length ? new Way(arrow.back ? points.reverse() : points) : null;
    this.ways.set(key, way);
    return way;
  }

  /** The names of the nodes that an arrow touches, in its order. */
  stops({ source, via, target }) {
    const { lanes, elsewhere } = this.recording, name = (place) => lanes[place]?.name ?? elsewhere[place - lanes.length];
    return [name(source), ...via, name(target)].filter((one, i, all) => one !== all[i - 1]);
  }

  // -- showing -----------------------------------------------------------------------------

  /** Show the moment `now`. What was sent since `from` flies, unless that is null: then one has jumped. */
  show(now, from, playing) {
    const { arrows } = this.recording, calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (from === null || now < this.flights.now) this.flights.clear(); // who steps on from the end begins anew
    Object.assign(this.flights, { now, playing });
    if (from !== null && !calm) this.flights.launch(arrows.filter(({ sent }) => sent > from && sent <= now));
    this.flights.still = playing ? [] : arrows.filter(({ sent, arrived }) => sent <= now && now < arrived);
    Object.assign(this, { now, playing });
    this.fill();
    this.flights.draw();
  }

  /** The roads on which something moved from one moment (seconds) to the other stand out. */
  highlight(from, to) {
    const used = new Set();
    for (const arrow of this.recording.arrows) {
      if (arrow.sent <= to && arrow.arrived > from) this.legs(arrow).forEach((leg) => used.add(leg));
    }
    for (const [key, { line, head }] of this.roads) {
      for (const part of [line, head]) part.classList.toggle("used", used.has(key));
    }
  }

  legs(arrow) {
    const stops = arrow.back ? this.stops(arrow).toReversed() : this.stops(arrow);
    return stops.slice(1).map((stop, i) => `${stops[i]}\n${stop}`);
  }

  /** What lasts to the end of the recording is there when it has ended. */
  get moment() {
    return Math.min(this.now, this.recording.duration - 2e-6);
  }

  fill() {
    const now = this.moment, states = this.held(now);
    for (const node of this.nodes.values()) {
      const life = node.lives.findLast(([start]) => start <= now);
      const fate = !life ? "ghost" : life[2] && now >= life[1] ? life[2] : "alive";
      if (node.fate !== fate) {
        const broken = /^(killed|cut|died)/.test(fate);
        node.root.classList.toggle("ghost", fate === "ghost");
        node.root.classList.toggle("broken", broken);
        node.root.classList.toggle("gone", !broken && fate !== "ghost" && fate !== "alive");
        node.fate = fate;
        node.key = null;
      }
      if (node.bin) this.fillBin(node);
      if (node.kind !== "exchange") this.fillNode(node, states.get(node.name), now);
    }
    for (const road of this.roads.values()) {
      this.count(road, now);
      const there = road.times.some(([start, end]) => start <= now && now < end);
      const state = there ? "there" : road.times.some(([, end]) => end <= now) ? "cut" : "ghost";
      if (road.state === state) continue;
      for (const part of [road.line, road.head, road.words]) {
        part.classList.remove("there", "cut", "ghost");
        part.classList.add(state);
      }
      road.state = state;
    }
    this.mark();
  }

  /** A road's keys, and how much has gone along it until `now`: hello ×3, 1 back. */
  count(road, now) {
    const [used, back] = [road.used, road.returned].map((times) => firstAfter(times, now)), key = `${used} ${back}`;
    if (road.key === key) return;
    const passed = [used && `×${used.toLocaleString("en-US")}`, back && `${back.toLocaleString("en-US")} back`].filter(Boolean).join(", ");
    road.words.textContent = [road.label, passed].filter(Boolean).join("  ");
    road.key = key;
  }

  /** What each lane holds at `now`, without what is `expected`: that is still in the air. */
  held(now, expected = this.flights.expected) {
    const { recording: { lanes }, data: { states } } = this, found = new Map();
    lanes.forEach((lane, number) => {
      const known = new Set(), running = new Set(), unsure = expected.size > 0;
      for (const i of lane.order ?? []) {
        const item = lane.about[i];
        if (lane.starts[i] > now || lane.ends[i] <= now || item === null) continue;
        if (unsure && expected.has(`${number}\n${item}`)) continue;
        if (states[lane.states[i]] === "running") running.add(item);
        known.add(item);
      }
      found.set(lane.name, { items: [...known], running });
    });
    return found;
  }

  fillNode(node, { items, running }, now) {
    const gone = node.fate !== "alive", shown = gone ? [] : items.slice(0, CHIPS);
    const more = gone ? 0 : items.length - shown.length, waiting = node.foot.isConnected ? this.waiting(node, now) : 0;
    const key = `${shown.join("\n")} ${more} ${waiting} ${[...running].join("\n")}`;
    if (node.key === key) return;
    node.key = key;
    const kind = node.kind === "queue" ? "ready" : "held";
    const chips = shown.map((item) => {
      const chip = make("span", `aow-message ${running.has(item) ? "running" : kind}`, { textContent: item });
      chip.dataset.item = item;
      return chip;
    });
    if (more) chips.push(make("span", "aow-rest", { textContent: `+ ${more.toLocaleString("en-US")} more` }));
    const word = gone && node.fate !== "ghost" ? node.fate : node.kind === "queue" && !gone ? "empty" : "";
    if (!chips.length && word) chips.push(make("span", "aow-none", { textContent: word }));
    node.chips.replaceChildren(...chips);
    node.foot.textContent = waiting ? `${waiting.toLocaleString("en-US")} unacknowledged` : "";
  }

  /** How many of a queue's messages are delivered and not yet acknowledged. */
  waiting(node, now) {
    const { recording: { lanes, arrows }, data: { states } } = this;
    node.deliveries ??= arrows.filter(({ source, to, back }) => lanes[source]?.name === node.name && to >= 0 && !back);
    return node.deliveries.filter(({ target, to }) => {
      const lane = lanes[target], i = to - lane.first;
      return lane.starts[i] <= now && now < lane.ends[i] && states[lane.states[i]] === "unacknowledged";
    }).length;
  }

  fillBin(node) {
    const { lanes, elsewhere, arrows } = this.recording, number = lanes.length + elsewhere.indexOf(node.name);
    node.thrown ??= arrows.filter(({ target }) => target === number);
    node.saved ??= arrows.filter(({ source }) => source === number); // it came back: returned, or refused
    const flying = this.flights.air.filter(({ arrow }) => arrow.target === number).length;
    const before = (some) => some.filter(({ arrived }) => arrived <= this.now).length;
    const count = Math.max(0, before(node.thrown) - before(node.saved) - flying);
    node.lost = count;
    node.root.querySelector(".aow-bin").classList.toggle("full", count > 0);
    node.count.textContent = count > 0 ? `${count.toLocaleString("en-US")} lost` : "";
  }

  // -- following ---------------------------------------------------------------------------

  /** Show the way of the message that is followed, as far as it has come; all else grows pale. */
  mark() {
    const { followed } = this, on = new Set(), { recording, now } = this;
    if (followed != null) {
      for (const arrow of recording.arrows) {
        if (arrow.item !== followed || arrow.sent > now) continue;
        this.legs(arrow).forEach((leg) => on.add(leg));
        this.stops(arrow).forEach((stop) => on.add(stop));
      }
    }
    this.root.classList.toggle("following", followed != null);
    for (const node of this.nodes.values()) {
      node.root.classList.toggle("on", on.has(node.name));
      for (const chip of node.chips.children) chip.classList.toggle("followed", chip.dataset.item === followed);
    }
    for (const [key, { line, head, words }] of this.roads) {
      for (const part of [line, head, words]) part.classList.toggle("on", on.has(key));
    }
  }

  press(event) {
    const box = this.ground.getBoundingClientRect();
    const flying = this.flights.at(event.clientX - box.left, event.clientY - box.top);
    this.follow(event.target.closest(".aow-message")?.dataset.item ?? flying);
  }

  // -- telling -----------------------------------------------------------------------------

  /** What stands on the map now, for whoever listens instead of looking: messages do not fly for them. */
  tell() {
    const held = this.held(this.moment, new Set());
    const told = [...this.nodes.values()].map((node) => {
      if (node.fate === "ghost") return "";
      if (node.fate !== "alive") return `${node.name}: ${node.fate}`;
      if (node.kind === "exchange") return node.lost > 0 ? `${node.lost} lost at ${node.name}` : "";
      const { items, running } = held.get(node.name), words = [], idle = items.filter((item) => !running.has(item));
      const waiting = node.kind === "queue" ? this.waiting(node, this.moment) : 0;
      if (node.kind === "queue") words.push(items.length ? `${some(items)} ready` : "empty");
      else if (idle.length) words.push(`holds ${some(idle)}`);
      if (running.size) words.push(`works on ${some([...running])}`);
      if (waiting) words.push(`${waiting} unacknowledged`);
      return words.length ? `${node.name}: ${words.join(", ")}` : "";
    });
    return told.filter(Boolean).join("; ");
  }
}
