// What messages went through, in words.

/** A few names; of many the first three and the number; what is numbered in a row by its ends. */
function some(items) {
  const names = new Set(items.map((item) => item.replace(/\d+$/, ""))), numbers = items.map((item) => Number(item.match(/\d+$/)?.[0] ?? NaN));
  const row = names.size === 1 && numbers.every((number, i) => number === numbers[0] + i);
  if (row && items.length > 3) return `${items[0]} to ${numbers.at(-1)}`;
  if (items.length <= 8) return items.join(", ");
  return `${items.slice(0, 3).join(", ")} and ${(items.length - 3).toLocaleString("en-US")} more`;
}

/** What a lane that messages pass has in hand at `time`; of one that only sends, how many it has sent. */
function inHand(drawing, recording, lane, time) {
  const found = {};
  for (const i of holding(lane, Math.min(time, recording.duration - 2e-6))) {
    const state = drawing.data.states[lane.states[i]], item = lane.about?.[i];
    if (item != null) (found[state] ??= []).push(item);
  }
  const running = found.running ?? [], words = running.length ? [`works on ${some(running)}`] : [];
  for (const [state, items] of Object.entries(found)) {
    const held = state === "running" ? [] : items.filter((item) => !running.includes(item));
    if (held.length) words.push(`${some(held)} ${state}`);
  }
  const number = recording.lanes.indexOf(lane);
  const sent = new Set(recording.arrows.filter((arrow) => arrow.source === number && arrow.sent <= time && !arrow.back &&
    (arrow.via.length || arrow.target >= recording.lanes.length)).map(({ item, sent }) => `${item} ${sent}`));
  if (sent.size && !lane.about) words.push(`${sent.size.toLocaleString("en-US")} sent`);
  return words.join(", ");
}

/** What happened from one moment (seconds, not with it) to another: a few events, the latest. */
function happened(drawing, recording, from, to) {
  const { lanes, arrows, elsewhere } = recording, name = (place) => lanes[place]?.name ?? elsewhere[place - lanes.length];
  const within = (time) => time > from && time <= to, events = [];
  const add = (time, what, where, item) => within(time) && events.push({ time, what, where, item });
  for (const { source, sent, target, arrived, item, via, back } of arrows) {
    if (item === null || sent > to || arrived <= from) continue;
    if (via.length && arrived > to) add(sent, "sent by", name(source), item);
    const at = turnedAway(recording, item) ? "turned away at" : "lost at", home = source < lanes.length ? "back in" : "back at";
    const what = target >= lanes.length ? at : back ? home : via.length ? "in" : "delivered to";
    add(arrived, what, name(target), item);
  }
  for (const lane of lanes) {
    lane.about?.forEach((item, i) => {
      const state = drawing.data.states[lane.states[i]], end = lane.ends[i];
      if (item === null || lane.starts[i] > to || end <= from) return;
      if (state === "running") add(lane.starts[i], "begun by", lane.name, item);
      else if (state === "unacknowledged" && within(end) && !leaves(recording, lane, i)) add(end, "acknowledged by", lane.name, item);
    });
    for (const { time, label, item } of lane.marks) if (!item) add(time, label, lane.name);
  }
  return inWords(events.sort((a, b) => a.time - b.time));
}

/** Events with the same words are told once: several messages, or one at several places. */
function inWords(events) {
  const byPlace = new Map(), byItems = new Map();
  for (const { what, where, item } of events) {
    const key = `${what}\n${where}`;
    if (!byPlace.has(key)) byPlace.set(key, { what, where, items: new Set() });
    if (item !== undefined) byPlace.get(key).items.add(item);
  }
  for (const { what, where, items } of byPlace.values()) {
    const names = some([...items]), key = `${what}\n${names || where}`;
    byItems.set(key, { what, names, places: [...(byItems.get(key)?.places ?? []), where] });
  }
  const told = [...byItems.values()].map(({ what, names, places }) => {
    const where = places.join(", ").replace(/, ([^,]*)$/, " and $1");
    return names ? `${names} ${what} ${where}` : `${where}: ${what}`;
  });
  return told.length > 4 ? `${told.slice(0, 4).join(", ")}, and more` : told.join(", ");
}

/** The arrow with which the message of a lane's span leaves it, or undefined; the end of a recording is no end. */
function leaves(recording, lane, i) {
  recording.leaving ??= new Map(recording.arrows.filter(({ from }) => from >= 0).map((arrow) => [arrow.from, arrow]));
  return recording.leaving.get(lane.first + i) ?? (lane.ends[i] >= recording.duration - 2e-6 ? "the end" : undefined);
}

/** Whether a message came back from an exchange: the broker has returned or refused it. */
function turnedAway({ lanes, arrows }, item) {
  return arrows.some((arrow) => arrow.item === item && arrow.source >= lanes.length);
}

/** The story of one message up to `now`, or "" if this recording has none of that name. */
function story(drawing, recording, item, now) {
  const { lanes, elsewhere } = recording, name = (place) => lanes[place]?.name ?? elsewhere[place - lanes.length];
  const arrows = recording.arrows.filter((arrow) => arrow.item === item);
  const sendings = arrows.filter(({ via, target }) => via.length || target >= lanes.length);
  if (!recording.items?.length) return "";
  if (!arrows.length && !lanes.some((lane) => lane.about?.includes(item))) return "";
  const first = sendings[0], at = (time) => clock(drawing, time), parts = [];
  if (first && first.sent > now) return `${item}: not sent yet`;
  if (first) {
    const via = first.via.length ? ` through ${first.via[0]}` : "", key = first.label ? ` with key ${first.label}` : "";
    parts.push(`sent by ${name(first.source)} at ${at(first.sent)}${via}${key}`);
  }
  const copies = sendings.filter(({ sent }) => sent <= now);
  for (const arrow of copies) {
    if (arrow.target >= lanes.length) {
      const why = lanes[arrow.source].marks.find((mark) => mark.item === item && /^(lost|returned|refused)/.test(mark.label));
      const end = turnedAway(recording, item) ? "turned away" : "lost", reason = why?.label.replace(/^[^:]*/, "") ?? "";
      parts.push(now < arrow.arrived ? "on its way" : `${end} at ${name(arrow.target)}${reason}`);
      continue;
    }
    parts.push(stays(drawing, recording, arrow, now).join(", "));
  }
  // What was there before the recording began: it rests, or is held.
  for (const lane of first ? [] : lanes) {
    const i = lane.about?.indexOf(item) ?? -1;
    if (i < 0) continue;
    parts.push(...stays(drawing, recording, { target: lanes.indexOf(lane), to: lane.first + i, arrived: 0 }, now));
    break;
  }
  return `${item}: ${parts.join(copies.length > 1 ? "; " : ", ")}`;
}

/** From queue to client, and back if it must; what each of them did with it. */
function stays(drawing, recording, arrow, now) {
  const { lanes, duration: whole } = recording, moment = Math.min(now, whole - 2e-6), words = [];
  for (let step = 0; arrow && step < 40; step++) {
    if (arrow.arrived > now) return [...words, `on its way to ${lanes[arrow.target].name}`];
    const lane = lanes[arrow.target], i = arrow.to >= 0 ? arrow.to - lane.first : -1;
    if (step && !arrow.back) words.push(`delivered to ${lane.name}`);
    if (arrow.back) words.push(cameBack(recording, arrow));
    if (i < 0) return words;
    const start = lane.starts[i], end = lane.ends[i], state = drawing.data.states[lane.states[i]];
    const next = leaves(recording, lane, i);
    if (end > moment) {
      if (state === "resting") return [...words, `rests in ${lane.name}`];
      const runs = holding(lane, moment).some((n) => lane.about[n] === lane.about[i] && drawing.data.states[lane.states[n]] === "running");
      return [...words, runs ? `in work at ${lane.name}` : `${state} at ${lane.name}`];
    }
    const brief = end - start < 5e-5;
    if (state === "resting") words.push(brief ? `passed ${lane.name}` : `rested in ${lane.name} for ${duration(end - start)}`);
    else if (!next && state === "unacknowledged") words.push("acknowledged");
    if (!next && state === "resting") words.push(fateOf(recording, lane.name, end) ? "gone with its queue" : "dropped");
    arrow = typeof next === "object" ? next : null;
  }
  return words;
}

function fateOf({ fates = [] }, name, time) {
  return fates.find(([who, end]) => who === name && Math.abs(end - time) < 0.05)?.[2] ?? "";
}

function cameBack(recording, { source, sent }) {
  const { name } = recording.lanes[source], fate = fateOf(recording, name, sent);
  if (/^(killed|cut)/.test(fate)) return `came back when ${name} was ${fate}`;
  return fate ? `came back when ${name} left` : `given back by ${name}`;
}
