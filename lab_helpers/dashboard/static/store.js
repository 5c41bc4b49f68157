// What the page knows. Frames come in (frames.py says what is in them), parts read it and are told.

const CLOCKS_KEPT = 50;
const PAST_MARGIN_S = 1;
const ASK_AGAIN_MS = 2000;
const LINES_KEPT = 200;
// A frame comes each second. Without one for so long, nobody knows how it goes on.
const SILENT_AFTER_S = 3.5;

class Store {
  constructor(model) {
    this.model = model;
    this.listeners = new Set();
    this.seq = 0;
    this.asked = 0;
    this.reset();
    this.take(model.get("picture"));
    model.on("msg:custom", (frame) => this.take(frame));
  }

  reset() {
    this.scene = {};
    this.watching = {};
    this.tallies = {};
    this.crossed = {};
    this.words = "";
    this.threads = new Map();
    this.answers = new Map();
    this.lines = new Map();
    this.linesTotal = 0;
    this.clocks = [];
    this.origin = 0;
    this.told = 0;
    this.stillAt = undefined;
  }

  /** Call a function after each frame; what comes back ends that. */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Ask the kernel for something; it may be busy, so nothing waits for an answer. */
  ask(what) {
    this.model.send({ do: what });
  }

  take(frame) {
    if (!frame || !Object.keys(frame).length) return;
    if (frame.seq !== undefined) this.count(frame);
    if (frame.whole) this.reset();
    if (frame.origin !== undefined) this.origin = frame.origin;
    if (frame.now !== undefined) this.setClock(frame.now);
    for (const section of ["scene", "watching", "tallies", "crossed"]) {
      if (frame[section] !== undefined) this[section] = frame[section];
    }
    // The words are of the same moment as the picture: once it stands still, so do they.
    if (frame.words !== undefined && this.stillAt === undefined) this.words = frame.words;
    if (!this.still()) this.stillAt = undefined;
    else this.stillAt ??= this.now();
    for (const row of frame.threads ?? []) this.takeThread(row);
    for (const tick of frame.ticks ?? []) this.takeTick(tick);
    for (const answer of frame.answers ?? []) this.answers.set(answer.worker, answer);
    if (frame.lines) this.takeLines(frame.lines);
    this.forgetPast();
    for (const listener of this.listeners) listener(frame);
  }

  /** Ask for a whole frame where one was missed: changes alone would leave holes. */
  count(frame) {
    const missed = !frame.whole && frame.seq !== this.seq + 1;
    this.seq = frame.seq;
    this.arrived = performance.now();
    if (missed && this.arrived - this.asked > ASK_AGAIN_MS) {
      this.asked = this.arrived;
      this.ask("whole");
    }
  }

  /** Fit the page's clock to the kernel's by the quickest of the last frames. */
  setClock(now) {
    this.told = now;
    this.clocks.push(performance.now() / 1000 - now);
    if (this.clocks.length > CLOCKS_KEPT) this.clocks.shift();
    this.offset = Math.min(...this.clocks);
  }

  /**
   * Return the moment to show, in seconds after the frames' origin: the kernel's time; where Envoy
   * does not run or nothing follows it any more, when that began; where no news comes, no more than is
   * known.
   */
  now() {
    return this.stillAt ?? Math.min(performance.now() / 1000 - this.offset, this.told + SILENT_AFTER_S);
  }

  /** Return for how long no frame has come, in seconds. */
  silence() {
    return (performance.now() - this.arrived) / 1000;
  }

  /** Return whether frames should come, and none does. */
  silent() {
    return !this.watching.rests && this.silence() > SILENT_AFTER_S;
  }

  /** Give the time of day of a time that a frame told. */
  timeOfDay(time) {
    return timeOfDay((this.origin + time) * 1000);
  }

  /** Return whether nothing goes on that could be seen: Envoy does not run, or nobody looks. */
  still() {
    return Boolean(this.watching.rests) || this.scene.running === false;
  }

  /** Return what is known now, to be shown while this store goes on. */
  kept() {
    const { model: _model, listeners: _listeners, ...known } = this;
    const kept = Object.create(Store.prototype);
    return Object.assign(kept, structuredClone({ ...known, stillAt: this.now() }));
  }

  takeThread(row) {
    const thread = this.threads.get(row.tid);
    if (thread) Object.assign(thread, row);
    else this.threads.set(row.tid, { ...row, past: [], byKey: new Map() });
  }

  takeTick([tid, vm, n, time, sent, ended, outcome, status]) {
    const thread = this.threads.get(tid);
    if (!thread) return;
    const key = `${vm}:${n}`;
    let tick = thread.byKey.get(key);
    if (!tick) {
      tick = { key };
      thread.byKey.set(key, tick);
      thread.past.push(tick);
    }
    Object.assign(tick, { vm, n, time, sent, ended, outcome, status });
    if (ended != null && !(thread.lastEnded?.time > time)) thread.lastEnded = tick;
  }

  takeLines({ total, rows }) {
    this.linesTotal = total;
    for (const [number, time, tid, level, text, serious] of rows) {
      this.lines.set(number, { number, time, tid, level, text, serious });
    }
    for (const number of this.lines.keys()) {
      if (this.lines.size <= LINES_KEPT) break;
      this.lines.delete(number);
    }
  }

  /** Let go of ticks that have left the window, but for each thread's last. */
  forgetPast() {
    const since = this.now() - (this.scene.windowS ?? 0) - PAST_MARGIN_S;
    for (const { past, byKey } of this.threads.values()) {
      let gone = 0;
      while (gone < past.length - 1 && past[gone].time < since) byKey.delete(past[gone++].key);
      if (gone) past.splice(0, gone);
    }
  }

  lastTick(thread) {
    return thread.past.at(-1);
  }
}
