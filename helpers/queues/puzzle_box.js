// Routing puzzles, one after another; goes after grid_box.js.

const SHORTCUTS = "lmSuppressShortcuts"; // else JupyterLab takes the keys of whatever is focused

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  if (["input", "button"].includes(tag)) made.dataset[SHORTCUTS] = "true";
  made.append(...children);
  return made;
}

function bound([queue, keys]) {
  const codes = keys.flatMap((key, index) => [index ? " and " : "", element("code", {}, key)]);
  return element("li", {}, element("b", {}, queue), " is bound with ", ...codes);
}

function render({ model, el }) {
  let ticks = null;
  let busy = false; // the button is not disabled meanwhile: it would lose the focus
  const button = element("button", { type: "button", className: "guess-commit" });
  const status = element("span", { className: "guess-status", role: "status" });
  const score = element("span", { className: "puzzle-score" });
  const title = element("div", { className: "guess-question" });
  const bindings = element("ul", { className: "puzzle-bindings" });
  const body = element("fieldset", { className: "guess-body" });

  const act = () => {
    if (busy) return;
    const answered = "text" in model.get("verdict");
    busy = true;
    model.send(answered ? { kind: "next" } : { kind: "answer", ticks });
  };
  button.addEventListener("click", act);
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    act();
  });

  const ask = () => {
    const puzzle = model.get("puzzle");
    const hadFocus = el.contains(document.activeElement);
    title.replaceChildren(element("b", {}, `Puzzle ${puzzle.number}`),
      element("span", {}, `A ${puzzle.kind} exchange. Which queue gets which message?`));
    bindings.replaceChildren(...puzzle.bindings.map(bound));
    body.replaceChildren(gridInput(puzzle, null, (changed) => (ticks = changed)));
    body.ariaLabel = title.textContent;
    if (hadFocus) body.querySelector("input").focus();
  };
  const tell = () => {
    const { text, html, right } = model.get("verdict");
    const answered = text !== undefined;
    box.classList.toggle("committed", answered);
    busy = false;
    button.textContent = answered ? "Next puzzle" : "Ask the broker";
    status.textContent = answered ? `${right ? "✓" : "→"} ${text}` : model.get("trouble");
    score.textContent = model.get("score") && `So far: ${model.get("score")}.`;
    if (!answered) return;
    const hadFocus = el.contains(document.activeElement);
    const truth = element("div", {});
    truth.innerHTML = html; // of names that Python has escaped
    body.replaceChildren(truth);
    if (hadFocus) button.focus();
  };
  const box = element("div", { className: "guess aow puzzle" }, title, bindings, body,
    element("div", { className: "guess-foot" }, button, status),
    element("div", { className: "guess-foot" }, score));
  el.replaceChildren(box);
  ask();
  tell();
  const events = { "change:puzzle": ask, "change:verdict": tell, "change:trouble": tell };
  for (const [name, act] of Object.entries(events)) model.on(name, act);
  return () => {
    for (const [name, act] of Object.entries(events)) model.off(name, act);
  };
}

export default { render };
