// The pad: every click and every key goes to Python, and comes back when it has been handled.

const SHOWN = 6, PATIENCE = 400;

class Pad {
  constructor(model, host) {
    this.model = model;
    this.sent = new Map(); // number of an event -> when it was made, and its dot
    this.took = new Map();
    this.count = 0;
    this.touch = keepsItsKeys(make("div", "aow-touch", { tabIndex: 0 }));
    this.touch.setAttribute("role", "application");
    this.touch.setAttribute("aria-label", "Pad: click it, or press letter keys");
    this.invitation = make("span", "aow-invitation");
    this.touch.append(this.invitation);
    this.body = make("tbody");
    const head = make("tr", "", {}, ["event", "your function ran in", "there and back"].map((words) => make("th", "", { textContent: words })));
    const table = make("table", "aow-rows", {}, [make("thead", "", {}, [head]), this.body]);
    this.button = keepsItsKeys(make("button", "aow-run", { type: "button", textContent: "Stop" }));
    this.message = make("span", "aow-message");
    this.message.setAttribute("role", "status");
    const foot = make("div", "aow-pad-foot", {}, [this.button, this.message]);
    const events = make("div", "aow-events", {}, [table, foot]);
    host.append(make("div", "aow aow-pad", {}, [this.touch, events]));

    this.touch.onpointerdown = (event) => {
      const box = this.touch.getBoundingClientRect();
      this.send("click", "", (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    };
    this.touch.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.key === "Escape") this.touch.blur();
      if (event.key.length !== 1 && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      const key = event.key === " " ? "space" : event.key;
      this.send("key", key, 0.12 + 0.76 * Math.random(), 0.15 + 0.55 * Math.random());
    };
    this.button.onclick = () => model.send({ kind: "stop" });
    const draw = () => this.draw();
    model.on("change:rows", draw);
    model.on("change:stopped", draw);
    this.end = () => {
      model.off("change:rows", draw);
      model.off("change:stopped", draw);
      clearTimeout(this.waiting);
    };
    this.draw();
  }

  send(kind, key, x, y) {
    if (this.model.get("stopped")) return;
    const id = ++this.count, dot = this.dot(key, x, y, "pending");
    this.sent.set(id, { at: performance.now(), dot });
    this.model.send({ kind, key, id, x, y });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.draw(), PATIENCE);
  }

  dot(key, x, y, look) {
    const dot = make("span", `aow-dot ${look}`, { textContent: key.length > 1 ? "␣" : key });
    dot.style.left = `${100 * x}%`;
    dot.style.top = `${100 * y}%`;
    this.touch.append(dot);
    return dot;
  }

  draw() {
    const rows = this.model.get("rows"), stopped = this.model.get("stopped");
    const now = performance.now();
    for (const { id } of rows) {
      const sent = this.sent.get(id);
      if (!sent) continue;
      sent.dot.remove();
      this.took.set(id, now - sent.at);
      this.sent.delete(id);
    }
    for (const dot of this.touch.querySelectorAll(".aow-dot:not(.pending)")) dot.remove();
    rows.slice(-SHOWN).forEach((row, i, shown) => {
      if (row.x !== undefined) this.dot(row.key, row.x, row.y, `${row.by} ${i === shown.length - 1 ? "latest" : ""}`);
    });
    this.body.replaceChildren(...rows.slice(-SHOWN).map((row) => this.row(row)));
    this.touch.classList.toggle("stopped", stopped);
    this.button.disabled = stopped;
    this.invitation.textContent = stopped ? "Stopped. Run the cell again for a new pad." : "Click here, or click and type.";
    const waiting = this.sent.size;
    const robot = rows.some(({ by }) => by === "robot") ? "Hollow: played by a robot, as nobody touched the pad." : "";
    this.message.textContent = waiting ? `${waiting} not handled yet …` : robot;
  }

  row({ id, kind, key, called, ms }) {
    const took = this.took.get(id) ?? ms;
    const words = took < 10 ? `${took.toFixed(1)} ms` : took < 1000 ? `${Math.round(took)} ms` : `${(took / 1000).toFixed(1)} s`;
    const cells = [key ? `key ${key}` : kind, called ?? "", words];
    return make("tr", "", {}, cells.map((text) => make("td", "", { textContent: text, title: text })));
  }
}

export default {
  render({ model, el }) {
    const pad = new Pad(model, el);
    return () => pad.end();
  },
};
