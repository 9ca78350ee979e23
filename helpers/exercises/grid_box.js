// A grid of check boxes, or of radio buttons with one choice in each row; goes before guess_box.js.

const STEPS = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  Home: [0, -Infinity], End: [0, Infinity],
};

const GRID_KEYS = "Arrow keys move, Space chooses, Enter commits.";

function breakable(name) {
  return name.split(/(?<=[._/])/).flatMap((part, index) => (index ? [element("wbr"), part] : [part]));
}

function gridInput(what, committed, draft) {
  const { rows, columns, one, widths: [first, each] } = what;
  // Radio buttons without a name: browsers take Tab from those of a group, and the arrow keys choose.
  const boxes = rows.map((row) => columns.map((column, index) => element("input", {
    type: one ? "radio" : "checkbox", ariaLabel: `${row}, ${column}`,
    checked: committed?.[row].includes(column) ?? false,
    ...(one && { ariaPosInSet: `${index + 1}`, ariaSetSize: `${columns.length}` }),
  })));
  const chosen = (row) => columns.filter((_, column) => boxes[row][column].checked);
  const missing = () => {
    const open = rows.filter((_, row) => !chosen(row).length);
    boxes[rows.indexOf(open[0])][0].focus();
    return open.length === 1
      ? `One more: choose in the row “${open[0]}”, then commit.`
      : `Each row needs a choice, and ${open.length} are still open. Go on with “${open[0]}”.`;
  };
  const change = () => {
    const ticks = Object.fromEntries(rows.map((row, index) => [row, chosen(index)]));
    const complete = !one || rows.every((row) => ticks[row].length);
    draft(complete ? ticks : null, complete ? null : missing);
  };
  // The grid is one stop of the Tab key: where one was last.
  const stopAt = (stop) => {
    for (const box of boxes.flat()) box.tabIndex = box === stop ? 0 : -1;
  };
  const cell = (row, column) => {
    const box = boxes[row][column];
    box.addEventListener("focus", () => stopAt(box));
    box.addEventListener("change", () => {
      if (one) for (const other of boxes[row]) other.checked = other === box;
      change();
    });
    box.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const within = (wanted, names) => Math.min(Math.max(wanted, 0), names.length - 1);
      boxes[within(row + step[0], rows)][within(column + step[1], columns)].focus();
    });
    return element("td", {}, element("label", {}, box));
  };
  const head = element("tr", {}, element("td"),
    ...columns.map((column) => element("th", { scope: "col" }, ...breakable(column))));
  const body = rows.map((row, index) => element("tr", {},
    element("th", { scope: "row" }, ...breakable(row)), ...columns.map((_, column) => cell(index, column))));
  const total = first + each * columns.length;
  const table = element("table", { className: "aow guess-grid" },
    element("colgroup", {}, element("col"), element("col", { span: columns.length })),
    element("thead", {}, head), element("tbody", {}, ...body));
  table.style.width = `min(100%, ${total}em)`;
  [first, each].forEach((width, index) => {
    table.querySelectorAll("col")[index].style.width = `${(100 * width) / total}%`;
  });
  stopAt(boxes[0][0]);
  change();
  return element("div", { className: "guess-wide" }, table);
}

function gridInWords({ rows, columns, one }, ticks) {
  if (one) return "You chose in each row";
  const count = Object.values(ticks).flat().length;
  return count ? `You ticked ${count} of ${rows.length * columns.length}` : "You left all of them empty";
}
