// The lanes: time from left to right, now at the right end, one lane for each thread. What moves is
// painted on one canvas; names and gaps, on another, of the same moment: what a label says is what
// stands beside it. What both show is said in words. Nothing is painted that cannot be seen.

const LANE_PX = { most: 34, least: 8, all: 540 };
const NARROW_LANE_PX = 14;
const NAME_PX = 14; // the least room that a name needs to be read; else only some have theirs
const AXIS_PX = 20; // above the lanes, so that it is seen where there are many
const PAINT_EVERY_MS = 200; // where there is no news: so that each turn of the page's clock paints
const LINE_PX = 30; // the least between two lines of the axis
const APART_PX = 14; // the least between two of its labels
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const COLOURS = ["ink", "soft", "faint", "grid", "kept", "failed", "began", "ground"];

// Each mark, its name, and what it means for whoever meets it first.
const LEGEND = [
  ["tick", "tick", "the filter's timer fired on this thread"],
  ["waiting", "callout under way", "the filter asked for a token, and no reply has come yet"],
  ["kept", "reply, token kept", "a reply came, with a token that the filter keeps"],
  ["answered", "reply, status not seen", "Envoy tells that a reply came, and not what it said"],
  ["failed", "no token kept", "a refusal came, or a reply without a good token, or none in time"],
  ["began", "VM began", "this thread began to run its own copy of the filter"],
  ["died", "VM died", "the filter's copy on this thread failed, and runs no more"],
  ["gap", "since the last tick", "so much time has passed since; its length stands to the right"],
];

class Lanes {
  constructor(store) {
    this.store = store;
    this.moving = make("canvas", { class: "lab-moving", "aria-hidden": "true" });
    this.texts = make("canvas", { class: "lab-texts", "aria-hidden": "true" });
    const id = `lab-words-${Math.random().toString(36).slice(2)}`;
    this.words = make("p", { id });
    this.stage = make(
      "div",
      { class: "lab-stage", role: "img", "aria-label": "Ticks by thread", "aria-describedby": id },
      this.texts,
      this.moving,
    );
    this.legend = make(
      "ul",
      { class: "lab-legend", "aria-label": "Legend" },
      ...LEGEND.map(legendItem),
    );
    this.meanings = make(
      "ul",
      { "aria-label": "What the marks mean" },
      ...LEGEND.map(([, name, meaning]) => make("li", {}, `${name}: ${meaning}`)),
    );
    this.markSeen = new Map();
    this.element = make(
      "section",
      { class: "lab-lanes", "aria-label": "Lanes" },
      make(
        "div",
        { class: "lab-over" },
        this.legend,
        make("details", {}, make("summary", {}, "In words"), this.words, this.meanings),
      ),
      this.stage,
    );
    this.width = 0;
    this.textPaints = 0;
    this.textsAt = 0;
    this.dirty = true;
    this.seen = true;
    this.frozen = false;
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.stage);
    // Scrolled away, or in a notebook behind another one.
    this.sight = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
    });
    this.sight.observe(this.stage);
  }

  /** Show whether the picture stands still: then its right end is a time of day, and not now. */
  freeze(frozen) {
    this.frozen = frozen;
    this.dirty = true;
    this.textsAt = 0;
  }

  /** Take note that there is news. */
  update() {
    this.dirty = true;
    say(this.words, this.store.words);
    if (this.threads().length !== this.laneCount) this.fit();
  }

  threads() {
    return [...this.store.threads.values()];
  }

  /** Fit the canvases to the room there is and to the number of lanes. */
  fit() {
    const width = this.stage.clientWidth;
    if (!width) return;
    this.laneCount = this.threads().length;
    const lanes = Math.max(this.laneCount, 1);
    this.lane = Math.max(Math.min(LANE_PX.all / lanes, LANE_PX.most), LANE_PX.least);
    this.width = width;
    this.height = Math.ceil(lanes * this.lane + AXIS_PX);
    this.named = Math.ceil(NAME_PX / this.lane);
    this.font = this.named > 1 ? 11 : Math.min(this.lane - 1, 13);
    this.stage.style.height = `${this.height}px`;
    this.scale = window.devicePixelRatio || 1;
    for (const canvas of [this.moving, this.texts]) {
      canvas.width = Math.round(width * this.scale);
      canvas.height = Math.round(this.height * this.scale);
    }
    this.left = Math.ceil(this.font * 5.6) + 8;
    this.right = width - Math.ceil(this.font * 11.5);
    this.textsAt = 0;
    this.dirty = true;
  }

  readColours() {
    const style = getComputedStyle(this.stage);
    this.colours = Object.fromEntries(
      COLOURS.map((name) => [name, style.getPropertyValue(`--lab-${name}`).trim()]),
    );
    this.fontFamily = style.fontFamily;
    const theme = COLOURS.map((name) => this.colours[name]).join();
    if (this.theme !== theme) {
      this.theme = theme;
      this.dirty = true;
      paintLegend(this.legend, this.colours);
    }
  }

  /**
   * Paint what has moved; `at` is the frame's time, `now` the kernel's. Marks and labels always go
   * together: a label painted a little earlier would speak of the tick before the last one.
   */
  paint(at, now) {
    if (!this.width || !this.seen) return;
    const due = at - this.textsAt > PAINT_EVERY_MS;
    if (due) {
      this.textsAt = at;
      this.readColours();
    }
    if (!this.dirty && (!due || now === this.paintedAt)) return;
    const perS = (this.right - this.left) / (this.store.scene.windowS || 10);
    this.paintedAt = now;
    this.dirty = false;
    this.textPaints += 1;
    this.paintTexts(now);
    this.paintMoving(now, perS);
    // For measurements: enough to read a pixel's place as a time.
    const { windowS } = this.store.scene;
    const { right, laneCount: lanes, textPaints } = this;
    const detail = { now, perS, windowS, right, lanes, textPaints };
    this.stage.dispatchEvent(new CustomEvent("lab-paint", { detail }));
  }

  paintMoving(now, perS) {
    const context = this.moving.getContext("2d");
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.paintAxis(context, perS);
    const painter = new Painter(context, this.colours, this.lane);
    const x = (time) => Math.max(this.right - (now - time) * perS, this.left);
    this.threads().forEach((thread, index) => {
      const y = AXIS_PX + (index + 0.5) * this.lane;
      const since = now - (this.right - this.left) / perS;
      for (const tick of thread.past) {
        if (tick.time >= since) painter.tick(tick, x, y, this.right);
      }
      for (const [sent, ended] of thread.asked) {
        if (sent >= since) painter.callout(sent, ended, x, y, this.right);
      }
      for (const [time, , failure] of thread.changes) {
        if (time >= since) painter.change(x(time), y, Boolean(failure));
      }
      const last = this.store.lastTick(thread);
      if (last && !thread.failure && !thread.silence) painter.gap(x(last.time), this.right, y);
    });
    painter.finish();
    this.explain(painter.marks, now);
  }

  /**
   * Let the legend name the marks that are there, and no others. One that comes and goes, as a quick
   * callout does with each tick, stays while it would still be in the picture.
   */
  explain(marks, now) {
    for (const mark of marks) this.markSeen.set(mark, now);
    const keptS = this.frozen ? 0 : this.store.scene.windowS || 10;
    LEGEND.forEach(([mark], index) => {
      const ago = Math.abs(now - (this.markSeen.get(mark) ?? -Infinity));
      const there = ago <= keptS;
      show(this.legend.children[index], there);
      show(this.meanings.children[index], there);
    });
  }

  paintAxis(context, perS) {
    const windowS = this.store.scene.windowS || 10;
    const step = axisStep(perS, () => LINE_PX);
    const top = AXIS_PX - 4;
    context.fillStyle = this.colours.grid;
    for (let ago = 0; ago <= windowS; ago += step) {
      context.fillRect(Math.round(this.right - ago * perS), top, 1, this.height - top);
    }
    context.fillRect(this.left, AXIS_PX - 1, this.right - this.left, 1);
  }

  /** Paint the names, the gaps and the axis' figures. */
  paintTexts(now) {
    const context = this.texts.getContext("2d");
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.textBaseline = "middle";
    this.threads().forEach((thread, index, { length }) => {
      const last = index === length - 1;
      const crowded = length - 1 - index < this.named;
      if (!last && (crowded || index % this.named)) return;
      const y = AXIS_PX + (index + 0.5) * this.lane;
      context.font = `${this.font}px ${this.fontFamily}`;
      context.fillStyle = this.colours.ink;
      context.textAlign = "right";
      context.fillText(thread.name, this.left - 8, y);
      context.textAlign = "left";
      context.fillStyle = thread.failure ? this.colours.failed : this.colours.soft;
      context.fillText(this.aside(thread, now), this.right + 8, y);
    });
    this.paintAxisTexts(context, now);
  }

  paintAxisTexts(context, now) {
    const windowS = this.store.scene.windowS || 10;
    const perS = (this.right - this.left) / windowS;
    const y = AXIS_PX / 2 - 3;
    context.font = `12px ${this.fontFamily}`;
    context.fillStyle = this.colours.soft;
    context.textAlign = "right";
    const end = this.frozen ? this.store.timeOfDay(now) : "now";
    context.fillText(end, this.right, y);
    const words = (ago) => `${ago < 1 ? `${ago.toFixed(1)} s` : age(ago)} ${this.frozen ? "before" : "ago"}`;
    const width = (ago) => context.measureText(words(ago)).width;
    // As wide as the longest of them: the least step's, or the furthest back.
    const step = axisStep(perS, (least) => Math.max(width(least), width(windowS)) + APART_PX);
    const free = this.right - context.measureText(end).width - APART_PX;
    context.textAlign = "center";
    for (let ago = step; ago < windowS; ago += step) {
      const x = this.right - ago * perS;
      const half = width(ago) / 2;
      if (x + half <= free && x - half >= 0) context.fillText(words(ago), x, y);
    }
    context.textAlign = "left";
    context.fillText("last tick, reply", this.right + 8, y);
  }

  /** Say how long ago a thread ticked last, and how long its last reply took. */
  aside(thread, now) {
    if (thread.failure) return thread.failure.startsWith("Envoy ended") ? "Envoy ended" : "VM died";
    const last = this.store.lastTick(thread);
    if (thread.silence || !last) return thread.silence;
    const ended = thread.lastEnded;
    const took = ended ? `, ${latency(ended.ended - (ended.sent ?? ended.time))}` : "";
    return `${duration(Math.max(now - last.time, 0))} ${this.frozen ? "before" : "ago"}${took}`;
  }

  destroy() {
    this.observer.disconnect();
    this.sight.disconnect();
  }
}

/** Return the least of the round steps, in seconds, that is as wide on the axis as it must be. */
function axisStep(perS, leastPx) {
  return STEPS_S.find((step) => step * perS >= leastPx(step)) ?? 2 * STEPS_S.at(-1);
}

/** Paints marks; each kind in one go at the end, for thousands of single strokes would be slow. */
class Painter {
  constructor(context, colours, lane) {
    this.context = context;
    this.colours = colours;
    this.narrow = lane < NARROW_LANE_PX;
    this.half = this.narrow ? lane * 0.42 : lane * 0.36;
    this.radius = this.narrow ? Math.max(lane * 0.2, 1.6) : Math.min(lane * 0.15, 5);
    this.bars = [];
    this.replies = [];
    this.kept = [];
    const path = () => new Path2D();
    this.paths = { failed: path(), waiting: path(), began: path(), answered: path() };
    this.died = [];
    this.gaps = new Path2D();
    this.marks = new Set(); // those that were painted, by the legend's names
  }

  tick(tick, x, y, right) {
    const start = x(tick.time);
    this.marks.add("tick");
    this.bars.push(start, y);
    if (tick.sent == null && tick.ended == null) return;
    const end = tick.ended == null ? right : x(tick.ended);
    const from = x(tick.sent ?? tick.time);
    if (end - from > 1) this.replies.push(from, end - from, y);
    if (tick.ended == null) this.arrow(end, y);
    else if (tick.outcome === "ok") this.keep(end, y);
    else if (tick.outcome === "answered") this.ring(end, y);
    else this.cross(end, y);
  }

  /** Paint a callout that a request sent: there is no tick, and no word of what came. */
  callout(sent, ended, x, y, right) {
    const [from, end] = [x(sent), ended == null ? right : x(ended)];
    if (end - from > 1) this.replies.push(from, end - from, y);
    if (ended == null) this.arrow(end, y);
    else this.ring(end, y);
  }

  keep(x, y) {
    this.marks.add("kept");
    this.kept.push(x, y);
  }

  ring(x, y) {
    const r = this.radius;
    this.marks.add("answered");
    this.paths.answered.moveTo(x + r, y);
    this.paths.answered.arc(x, y, r, 0, 2 * Math.PI);
  }

  cross(x, y) {
    const r = this.radius * 1.15;
    const path = this.paths.failed;
    this.marks.add("failed");
    path.moveTo(x - r, y - r);
    path.lineTo(x + r, y + r);
    path.moveTo(x + r, y - r);
    path.lineTo(x - r, y + r);
  }

  arrow(x, y) {
    const r = this.radius * 1.2;
    const path = this.paths.waiting;
    this.marks.add("waiting");
    path.moveTo(x - 2 * r, y - r);
    path.lineTo(x, y);
    path.lineTo(x - 2 * r, y + r);
    path.closePath();
  }

  change(x, y, failed) {
    this.marks.add(failed ? "died" : "began");
    if (failed) {
      this.died.push(x, y);
      return;
    }
    const r = this.radius * 1.4;
    const path = this.paths.began;
    path.moveTo(x, y - r);
    path.lineTo(x + r, y);
    path.lineTo(x, y + r);
    path.lineTo(x - r, y);
    path.closePath();
  }

  gap(from, to, y) {
    if (to - from < 3) return;
    this.marks.add("gap");
    this.gaps.moveTo(from, y);
    this.gaps.lineTo(to, y);
  }

  finish() {
    const { context, colours, radius, half } = this;
    const bar = this.narrow ? 1.2 : 2;
    context.lineWidth = 1;
    context.strokeStyle = colours.faint;
    context.setLineDash([2, 4]);
    context.stroke(this.gaps);
    context.setLineDash([]);
    context.fillStyle = colours.soft;
    for (let i = 0; i < this.replies.length; i += 3) {
      context.fillRect(this.replies[i], this.replies[i + 2] - 1, this.replies[i + 1], 2);
    }
    context.fillStyle = colours.ink;
    for (let i = 0; i < this.bars.length; i += 2) {
      context.fillRect(this.bars[i] - bar / 2, this.bars[i + 1] - half, bar, half * 2);
    }
    this.paintKept();
    context.lineWidth = this.narrow ? 1.5 : 3;
    context.strokeStyle = colours.failed;
    context.stroke(this.paths.failed);
    context.fillStyle = colours.failed;
    for (let i = 0; i < this.died.length; i += 2) {
      const side = radius * 2.4;
      context.fillRect(this.died[i] - side / 2, this.died[i + 1] - side / 2, side, side);
    }
    this.outline(this.paths.waiting, colours.soft);
    this.outline(this.paths.began, colours.began);
    this.outline(this.paths.answered, colours.kept);
  }

  paintKept() {
    const { context, radius } = this;
    context.fillStyle = this.colours.kept;
    if (this.narrow) {
      const side = radius * 2;
      for (let i = 0; i < this.kept.length; i += 2) {
        context.fillRect(this.kept[i] - radius, this.kept[i + 1] - radius, side, side);
      }
      return;
    }
    context.beginPath();
    for (let i = 0; i < this.kept.length; i += 2) {
      context.moveTo(this.kept[i] + radius, this.kept[i + 1]);
      context.arc(this.kept[i], this.kept[i + 1], radius, 0, 2 * Math.PI);
    }
    context.fill();
  }

  outline(path, colour) {
    this.context.lineWidth = 1.5;
    this.context.fillStyle = this.colours.ground;
    this.context.strokeStyle = colour;
    this.context.fill(path);
    this.context.stroke(path);
  }
}

/** Make one entry of the legend: the mark itself, painted as in the lanes, and what it means. */
function legendItem([mark, text, meaning]) {
  const canvas = make("canvas", { width: 48, height: 32, "aria-hidden": "true" });
  canvas.labMark = mark;
  return make("li", { title: meaning }, canvas, text);
}

/** Paint the legend's marks in the theme's colours. */
function paintLegend(list, colours) {
  for (const canvas of list.querySelectorAll("canvas")) {
    const context = canvas.getContext("2d");
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, 24, 16);
    const painter = new Painter(context, colours, 24);
    const ended = { time: 12, sent: 12, ended: 12 };
    const x = (time) => time;
    if (canvas.labMark === "tick") painter.tick({ time: 12 }, x, 8, 24);
    if (canvas.labMark === "waiting") painter.tick({ time: 3, sent: 3 }, x, 8, 21);
    if (canvas.labMark === "kept") painter.tick({ ...ended, outcome: "ok" }, x, 8, 24);
    if (canvas.labMark === "answered") painter.tick({ ...ended, outcome: "answered" }, x, 8, 24);
    if (canvas.labMark === "failed") painter.tick({ ...ended, outcome: "status 500" }, x, 8, 24);
    if (canvas.labMark === "began") painter.change(12, 8, false);
    if (canvas.labMark === "died") painter.change(12, 8, true);
    if (canvas.labMark === "gap") painter.gap(1, 23, 8);
    painter.finish();
  }
}
