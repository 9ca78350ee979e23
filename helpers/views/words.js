// What a Drawing shows at one moment, in words.

const VERBS = { running: "runs", waiting: "waits", starting: "starts", resting: "rests" };

/** A moment, as exact as a pixel. */
function clock(drawing, time) {
  const length = drawing.end - drawing.begin;
  const [scale, unit] = length > 0.2 ? [1, "s"] : [1000, "ms"];
  const digits = Math.ceil(-Math.log10((length * scale) / 1000) - 0.3);
  return `${(time * scale).toFixed(Math.max(scale === 1 ? 2 : 0, digits))} ${unit}`;
}

/** A length of time, two digits and its unit. */
function duration(seconds) {
  return seconds >= 1 ? `${seconds.toFixed(2)} s` : `${(seconds * 1000).toPrecision(2) * 1} ms`;
}

/** Who runs, who waits, who is ready at `time`; a line for each recording, or one about the chosen lane. */
function tell(drawing, time) {
  const { recordings, chosen } = drawing, at = `At ${clock(drawing, time)}`;
  if (chosen) return `${at}: ${chosen.name}${chosen.passed ? ":" : ""} ${detail(drawing, chosen, time)}`;
  const told = recordings.map((recording) => {
    const { title, lanes } = recording, who = recordings.length > 1 && title ? `${title}: ` : "";
    if (recording.items?.length) return who + hands(drawing, recording, time);
    return who + (lanes.length > 6 ? counts(drawing, lanes, time) : each(drawing, lanes, time));
  });
  return told.length > 1 ? [at, ...told].join("\n") : `${at}: ${told[0]}`;
}

function hands(drawing, recording, time) {
  const told = recording.lanes.map((lane) => [lane.name, inHand(drawing, recording, lane, time)]);
  const words = told.filter(([, what]) => what).map(([name, what]) => `${name}: ${what}`);
  return words.slice(0, 8).join("; ") || "no message is there";
}

function each(drawing, lanes, time) {
  return lanes.map((lane) => `${lane.name} ${doing(drawing, lane, time)}`).join(", ");
}

function counts(drawing, lanes, time) {
  const found = {};
  for (const lane of lanes) {
    const state = drawing.spanAt(lane, time)?.state;
    if (state) found[state] = (found[state] ?? 0) + 1;
  }
  return Object.entries(found).map(([state, count]) => `${count} ${state}`).join(", ") || "nothing happens";
}

function doing(drawing, lane, time) {
  const span = drawing.spanAt(lane, time);
  if (span) return (VERBS[span.state] ?? `is ${span.state}`) + (span.label ? ` (${span.label})` : "");
  if (!lane.starts.length && lane.marks.length) return "is quiet"; // it has moments, and no stretches
  if (!lane.starts.length || time < lane.starts[0]) return "hasn't begun";
  return time >= lane.ends.at(-1) ? "is done" : "does nothing";
}

/** What one lane does at `time`, for how long, and the mark that stands there. */
function detail(drawing, lane, time) {
  const passed = drawing.recordings.find(({ lanes, items }) => items?.length && lanes.includes(lane));
  if (passed) return inHand(drawing, passed, lane, time) || (lane.about ? "nothing" : "none sent yet");
  const span = drawing.spanAt(lane, time), near = (drawing.end - drawing.begin) / 400;
  const mark = lane.marks.find((one) => Math.abs(one.time - time) < near);
  const words = [doing(drawing, lane, time)];
  if (span) {
    const { start, end } = span;
    words.push(` for ${duration(end - start)}, from ${clock(drawing, start)} to ${clock(drawing, end)}`);
  }
  return words.join("") + (mark ? ` · ${mark.label}` : "");
}
