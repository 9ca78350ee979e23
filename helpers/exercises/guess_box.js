// The box in which a prediction is made: by mouse or by keyboard, fixed once committed.

const SHORTCUTS = "lmSuppressShortcuts"; // else JupyterLab takes the keys of whatever is focused

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  if (["input", "button"].includes(tag)) made.dataset[SHORTCUTS] = "true";
  made.append(...children);
  return made;
}

// Each box loads this file anew, so that a counter would begin at 0 for each of them.
const unique = () => `guess-${Math.random().toString(36).slice(2)}`;

// Each kind of input returns the element to show, and calls draft(value) when the learner changes it. With
// draft(null, missing) it can't be committed yet: who tries is told what missing() says.

function numberInput(what, committed, draft) {
  const { low, high, unit } = what;
  const step = Number(((high - low) / 100).toPrecision(1));
  const ruler = element("input", {
    type: "range", min: low, max: high, step, value: committed ?? low, ariaLabel: "on a ruler",
    className: committed === null ? "untouched" : "",
  });
  const field = element("input", { type: "number", step: "any", placeholder: "?", ariaLabel: `number of ${unit}` });
  if (committed !== null) field.value = committed;
  ruler.addEventListener("input", () => {
    ruler.className = "";
    field.value = ruler.value;
    draft(ruler.valueAsNumber);
  });
  field.addEventListener("input", () => {
    const value = field.valueAsNumber;
    ruler.className = Number.isNaN(value) ? "untouched" : "";
    if (!Number.isNaN(value)) ruler.value = value;
    draft(Number.isNaN(value) ? null : value);
  });
  return element("div", { className: "guess-number" },
    field, element("span", {}, unit),
    element("span", { className: "guess-end" }, `${low}`), ruler, element("span", { className: "guess-end" }, `${high}`));
}

function choiceInput(what, committed, draft) {
  const name = unique();
  return element("div", { role: "radiogroup", className: "guess-choice" }, ...what.options.map((option) => {
    const radio = element("input", { type: "radio", name, value: option, checked: option === committed });
    radio.addEventListener("change", () => draft(option));
    return element("label", {}, radio, element("span", {}, option));
  }));
}

function orderInput(what, committed, draft, say) {
  const items = [...(committed ?? what.items)];
  const list = element("ol", { className: "guess-order" });
  const move = (from, to, focus) => {
    items.splice(to, 0, ...items.splice(from, 1));
    draw();
    draft([...items]);
    const row = list.children[to];
    const wanted = row.querySelector(`button[data-way="${focus}"]`);
    (wanted.disabled ? row.querySelector("button:enabled") : wanted).focus();
    say(`${items[to]} is number ${to + 1} now.`);
  };
  const draw = () => list.replaceChildren(...items.map((item, index) => {
    const button = (sign, way, to, words) => {
      const made = element("button", {
        type: "button", disabled: committed !== null || to < 0 || to >= items.length, title: words, ariaLabel: `${item}: ${words}`,
      }, sign);
      made.dataset.way = way;
      made.addEventListener("click", () => move(index, to, way));
      return made;
    };
    return element("li", {},
      element("span", { className: "guess-place" }, `${index + 1}`),
      element("span", { className: "guess-item" }, item),
      button("▲", "up", index - 1, "earlier"), button("▼", "down", index + 1, "later"));
  }));
  draw();
  draft([...items]);
  return list;
}

function inWords(kind, what, value) {
  if (kind === "grid") return gridInWords(what, value);
  if (kind === "number") return `You said ${value} ${what.unit}`.trim();
  return `You said ${kind === "order" ? value.join(", then ") : `“${value}”`}`;
}

function render({ model, el }) {
  const kind = model.get("kind");
  const what = model.get("what");
  const label = unique();
  let value = null;
  let missing = null;

  const status = element("span", { className: "guess-status", role: "status" });
  const keys = element("span", { className: "guess-keys", id: unique() }, kind === "grid" ? GRID_KEYS : "");
  const commit = element("button", { type: "button", className: "guess-commit", disabled: true }, "Commit");
  const body = element("fieldset", { className: "guess-body" });
  body.setAttribute("aria-labelledby", label);
  if (kind === "grid") body.setAttribute("aria-describedby", keys.id);
  const draft = (changed, whatIsMissing = null) => {
    value = changed;
    missing = whatIsMissing;
    commit.disabled = value === null && missing === null;
    status.textContent = "";
  };
  const finish = () => {
    if (model.get("committed") !== null) return;
    if (value === null) {
      status.textContent = missing?.() ?? "";
      return;
    }
    model.set("committed", value);
    model.save_changes();
  };
  commit.addEventListener("click", finish);
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault();
      finish();
    }
  });

  const draw = () => {
    const committed = model.get("committed") ?? null;
    const inputs = { number: numberInput, choice: choiceInput, order: orderInput, grid: gridInput };
    const hadFocus = el.contains(document.activeElement);
    body.replaceChildren(inputs[kind](what, committed, draft, (words) => (status.textContent = words)));
    body.disabled = committed !== null;
    commit.hidden = committed !== null;
    box.classList.toggle("committed", committed !== null);
    if (committed !== null) {
      status.textContent = `✓ ${inWords(kind, what, committed)}. Now run the next cell.`;
      if (hadFocus) {
        status.tabIndex = -1;
        status.dataset[SHORTCUTS] = "true";
        status.focus();
      }
    }
  };
  const box = element("div", { className: "guess" },
    element("div", { className: "guess-question", id: label },
      element("b", {}, "Your prediction "), element("span", {}, model.get("question"))),
    body,
    element("div", { className: "guess-foot" }, commit, status, keys));
  el.replaceChildren(box);
  draw();
  model.on("change:committed", draw);
  return () => model.off("change:committed", draw);
}

export default { render };
