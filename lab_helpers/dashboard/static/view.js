// The whole page: its parts, its clock, and what is told to people who do not look.

const REFRESH_EVERY_MS = 250;
const NEWS_KEPT = 2;

/** How the view itself is doing: does Envoy run, is the view live, and what happened last. */
class Status {
  constructor(store, onButton) {
    this.store = store;
    this.pausedAt = "";
    this.scene = make("p", { class: "lab-scene" });
    this.problem = make("pre", { class: "lab-problem", role: "alert", hidden: true });
    this.notice = make("p", { class: "lab-notice", role: "status", hidden: true });
    this.live = make("span", { class: "lab-live" });
    // One button with two names, so that who pressed it by the keyboard stays on it.
    this.button = make("button", { type: "button", onclick: onButton }, "Pause");
    this.news = make("div", { class: "lab-news", role: "log", "aria-label": "What happened" });
    this.element = make(
      "section",
      { class: "lab-status", "aria-label": "Status" },
      make("div", { class: "lab-bar" }, this.scene, this.live, this.button),
      this.problem,
      this.notice,
      this.news,
    );
  }

  askToResume() {
    this.store.ask("resume");
    this.asked = true;
  }

  refresh() {
    const { scene, watching } = this.store;
    this.element.dataset.running = String(Boolean(scene.running));
    const silent = this.store.silent();
    const words = this.sceneWords(scene, silent);
    say(this.scene, silent ? `Last heard: ${words}` : words);
    const problem = watching.problem || (scene.running ? "" : scene.problem);
    say(this.problem, problem ?? "");
    show(this.problem, Boolean(problem));
    say(this.notice, scene.notice ?? "");
    show(this.notice, Boolean(scene.notice));
    if (!watching.rests) this.asked = false;
    this.element.dataset.alarm = String(silent || watching.rests === "failed");
    say(this.live, this.liveWords(scene, watching, silent));
    say(this.button, watching.rests || this.pausedAt ? "Resume" : "Pause");
    // Nothing moves that could be paused. What somebody paused can still be resumed.
    show(this.button, Boolean(scene.running || watching.rests || this.pausedAt));
  }

  sceneWords(scene, silent) {
    // A kernel that has ended knows no `envoy` any more.
    if (!scene.running) return silent ? "○ Envoy does not run" : "○ Envoy does not run: envoy.start() starts it";
    const period = scene.tickMs ? `, a tick every ${scene.tickMs / 1000} s` : "";
    const api = scene.fault === "none" ? "the token API works" : `the token API fails: ${scene.fault}`;
    return `● Envoy runs: ${count(scene.workers, "worker")} and main${period}; ${api}`;
  }

  liveWords(scene, watching, silent) {
    if (this.asked) return "resuming as soon as the kernel has time";
    if (watching.rests === "over") {
      return `paused after ${count(watching.minutes, "minute")}, so that it does not run for ever`;
    }
    if (watching.rests === "failed") return "stopped: the view itself failed";
    if (watching.rests) return "stopped; this is the last picture";
    if (silent) {
      const since = age(this.store.silence());
      return `no news for ${since}: the kernel is busy, or has ended. If it has, run this cell again`;
    }
    if (this.pausedAt) return `paused: the picture is of ${this.pausedAt}, and Envoy goes on`;
    if (!scene.running) {
      return this.store.threads.size
        ? "the last picture; it is live again when Envoy starts"
        : "live as soon as Envoy starts";
    }
    return watching.leftS < 60 ? `live, for ${watching.leftS} s more` : "live";
  }

  /** Add what happened; what is there stays, or a screen reader would read it once more. */
  tell(sentences) {
    for (const text of sentences) {
      const at = timeOfDay(Date.now());
      this.news.append(make("p", {}, make("time", {}, at), ` ${text}`));
    }
    while (this.news.childElementCount > NEWS_KEPT) this.news.firstElementChild.remove();
  }
}

const PARTS = { tallies: Tallies, lanes: Lanes, threads: Threads, headers: Headers, log: Log };

class Page {
  constructor(store, names) {
    this.store = store;
    this.paused = false;
    this.status = new Status(store, () => this.pauseOrResume());
    this.parts = names.filter((name) => PARTS[name]).map((name) => new PARTS[name](store));
    this.lanes = this.parts.find((part) => part instanceof Lanes);
    this.element = make(
      "div",
      { class: "lab", role: "group", "aria-label": "Envoy, live" },
      this.status.element,
      ...this.parts.map((part) => part.element),
    );
    this.unlisten = store.listen((frame) => this.take(frame));
    // Not an animation frame: the page's words must go on when nothing moves or nothing comes.
    this.clock = setInterval(() => this.refresh(), REFRESH_EVERY_MS);
    this.refresh();
    this.lanes?.update();
  }

  take(frame) {
    if (frame.news) this.status.tell(frame.news);
    if (frame.watching || frame.scene) this.status.refresh();
    if (this.paused) return;
    this.lanes?.update();
    this.paintSoon();
  }

  refresh() {
    this.status.refresh();
    const frozen = this.paused || this.store.still() || this.store.silent();
    if (this.element.dataset.frozen !== String(frozen)) {
      this.element.dataset.frozen = String(frozen);
      this.lanes?.freeze(frozen);
    }
    const shown = this.still ?? this.store;
    const now = shown.now();
    for (const part of this.parts) part.refresh?.(now);
    this.paintSoon();
  }

  /**
   * Paint the lanes in the next animation frame. This is asked for when there is news, which is ten
   * times a second at most, and four times a second for what only moves: painting in each animation
   * frame took a quarter of a core, on whatever machine somebody left the page open.
   */
  paintSoon() {
    if (!this.lanes) return;
    this.animation ??= requestAnimationFrame((at) => {
      this.animation = undefined;
      this.lanes.paint(at, (this.still ?? this.store).now());
    });
  }

  pauseOrResume() {
    const { rests } = this.store.watching;
    this.paused = !this.paused && !rests;
    this.still = this.paused ? this.store.kept() : undefined;
    this.status.pausedAt = this.paused ? this.still.timeOfDay(this.still.now()) : "";
    for (const part of this.parts) part.store = this.still ?? this.store;
    if (rests) this.status.askToResume();
    this.lanes?.update();
    this.refresh();
  }

  destroy() {
    cancelAnimationFrame(this.animation);
    clearInterval(this.clock);
    this.unlisten();
    this.lanes?.destroy();
  }
}

const stores = new Map();

/** Keep one store for a model, however many views of it a page shows: each has a proxy of its own. */
function storeOf(model) {
  const key = model.get("key");
  if (!stores.has(key)) stores.set(key, new Store(model));
  return stores.get(key);
}

export default {
  initialize({ model }) {
    const key = model.get("key");
    storeOf(model);
    return () => stores.delete(key);
  },
  render({ model, el }) {
    const page = new Page(storeOf(model), model.get("parts"));
    el.append(page.element);
    return () => page.destroy();
  },
};
