// What a program's own boxes (sets, queues) hold at the cursor, as chips; and where in its source it is.

const seconds = (microseconds) => Float64Array.from(microseconds, (time) => time / 1e6);

/** Boxes and listing of one recording. */
class Inside {
  constructor(recording, titled) {
    this.recording = recording;
    this.rows = recording.boxes.map((box) => {
      const chips = make("span", "aow-chips");
      const row = make("div", "aow-box", {}, [make("span", "aow-box-name", { textContent: box.name }), chips]);
      return { ...box, chips, row, times: seconds(box.times), at: undefined };
    });
    this.steps = seconds(recording.steps);
    this.code = recording.listing.map((text) => make("span", "aow-code", { textContent: text || " " }));
    const boxes = make("div", "aow-boxes", {}, this.rows.map(({ row }) => row));
    if (titled && recording.title) boxes.prepend(make("div", "aow-inside-title", { textContent: recording.title }));
    this.source = keepsItsKeys(make("pre", "aow-listing", { hidden: !this.code.length }, this.code));
    this.root = make("div", "aow-inside", {}, [boxes, this.source]);
  }

  /** The moments at which a box or the line changes. */
  get stops() {
    return [...this.rows.flatMap(({ times }) => [...times]), ...this.steps];
  }

  /** Keep room for the fullest moment of each box: the page must not jump while it plays. */
  resize() {
    for (const row of this.rows) {
      const lengths = row.held.map((items) => items.reduce((sum, item) => sum + this.recording.chips[item].length + 3, 0));
      row.chips.style.minHeight = "";
      this.fill(row, lengths.indexOf(Math.max(...lengths)));
      row.chips.style.minHeight = `${row.chips.offsetHeight}px`;
      row.at = undefined;
    }
  }

  /** Show the boxes and the line of `time`. Only what has changed is touched. */
  show(time) {
    for (const row of this.rows) row.now = firstAfter(row.times, time) - 1;
    const latest = Math.max(...this.rows.map((row) => row.times[row.now] ?? -1));
    for (const row of this.rows) {
      const fresh = row.times[row.now] === latest;
      if (row.now !== row.at || fresh !== row.fresh) this.fill(row, row.now, fresh);
      [row.at, row.fresh] = [row.now, fresh];
    }
    const line = this.recording.lines[firstAfter(this.steps, time) - 1];
    if (line === this.line) return;
    this.code[this.line - 1]?.classList.remove("current");
    this.line = line;
    const code = this.code[line - 1];
    if (!code) return;
    code.classList.add("current");
    const { source } = this, margin = 2 * code.offsetHeight, top = code.offsetTop - source.offsetTop;
    if (top < source.scrollTop + margin) source.scrollTop = top - margin;
    else if (top > source.scrollTop + source.clientHeight - 2 * margin) {
      source.scrollTop = top - source.clientHeight + 2 * margin;
    }
  }

  /** What came in with the newest change of all (`fresh`) stands out. */
  fill(row, at, fresh) {
    const items = row.held[at] ?? [], count = row.counts[at] ?? 0, before = new Set(row.held[at - 1] ?? []);
    const chips = items.map((item) => {
      const className = fresh && !before.has(item) ? "aow-chip new" : "aow-chip";
      return make("span", className, { textContent: this.recording.chips[item] });
    });
    if (count > items.length) chips.push(make("span", "aow-more", { textContent: `+ ${count - items.length} more` }));
    if (!count) chips.push(make("span", "aow-more", { textContent: "empty" }));
    row.chips.replaceChildren(...chips);
  }

  /** The line and the boxes of the moment that was shown last, for whoever listens instead of looking. */
  tell() {
    const source = this.recording.listing[this.line - 1];
    const boxes = this.rows.map(({ name, chips }) =>
      `${name}: ${[...chips.children].map((chip) => chip.textContent).join(", ")}`);
    return [...(source ? [`Line ${this.line}: ${source.trim()}`] : []), ...boxes].join("; ");
  }
}
