// The whole page: its parts, its clock, and what is told to people who do not look.

const REFRESH_EVERY_MS = 200;
const SILENT_AFTER_S = 3.5;
const NEWS_KEPT = 2;

/** How the view itself is doing: does Envoy run, is the view live, and what happened last. */
class Status {
  constructor(store, pause) {
    this.store = store;
    this.scene = make("p", { class: "lab-scene" });
    this.problem = make("pre", { class: "lab-problem", role: "alert", hidden: true });
    this.notice = make("p", { class: "lab-notice", role: "status", hidden: true });
    this.live = make("span", { class: "lab-live" });
    this.pause = make("button", { type: "button", "aria-pressed": "false", onclick: pause }, "Pause");
    this.resume = make(
      "button",
      { type: "button", hidden: true, onclick: () => this.askToResume() },
      "Resume",
    );
    this.news = make("div", { class: "lab-news", role: "log", "aria-label": "What happened" });
    this.element = make(
      "section",
      { class: "lab-status", "aria-label": "Status" },
      make("div", { class: "lab-bar" }, this.scene, this.live, this.pause, this.resume),
      this.problem,
      this.notice,
      this.news,
    );
  }

  askToResume() {
    this.store.ask("resume");
    this.asked = true;
    this.refresh();
  }

  refresh() {
    const { scene, watching } = this.store;
    this.element.dataset.running = String(Boolean(scene.running));
    say(this.scene, this.sceneWords(scene));
    const problem = watching.problem || (scene.running ? "" : scene.problem);
    say(this.problem, problem ?? "");
    show(this.problem, Boolean(problem));
    say(this.notice, scene.notice ?? "");
    show(this.notice, Boolean(scene.notice));
    if (!watching.rests) this.asked = false;
    const silent = !watching.rests && this.store.silence() > SILENT_AFTER_S;
    this.element.dataset.alarm = String(silent || watching.rests === "failed");
    say(this.live, this.liveWords(watching, silent));
    show(this.resume, Boolean(watching.rests));
    show(this.pause, !watching.rests);
  }

  sceneWords(scene) {
    if (!scene.running) return "○ Envoy does not run: envoy.start() starts it";
    const period = scene.tickMs ? `, a tick every ${scene.tickMs / 1000} s` : "";
    const api = scene.fault === "none" ? "the token API works" : `the token API fails: ${scene.fault}`;
    return `● Envoy runs: ${count(scene.workers, "worker")} and main${period}; ${api}`;
  }

  liveWords(watching, silent) {
    if (this.asked) return "resuming as soon as the kernel has time";
    if (watching.rests === "over") {
      return `paused after ${count(watching.minutes, "minute")}, so that it does not run for ever`;
    }
    if (watching.rests === "failed") return "stopped: the view itself failed";
    if (watching.rests) return "stopped; this is the last picture";
    if (silent) {
      return `no news for ${Math.round(this.store.silence())} s: the kernel is busy, or has ended`;
    }
    return watching.leftS < 60 ? `live, for ${watching.leftS} s more` : "live";
  }

  /** Add what happened; what is there stays, or a screen reader would read it once more. */
  tell(sentences) {
    for (const text of sentences) {
      const at = new Date().toLocaleTimeString();
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
    this.refreshedAt = 0;
    this.status = new Status(store, () => this.pause());
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
    this.animate();
  }

  take(frame) {
    if (frame.news) this.status.tell(frame.news);
    if (frame.watching || frame.scene) this.status.refresh();
    if (!this.paused) this.lanes?.update();
  }

  refresh() {
    this.status.refresh();
    if (this.paused) return;
    const now = this.now();
    for (const part of this.parts) part.refresh?.(now);
  }

  /** Return the moment to show; it stands still while nothing follows the Envoy. */
  now() {
    const { store } = this;
    if (store.watching.rests) this.stillAt ??= store.now();
    else this.stillAt = undefined;
    return this.stillAt ?? store.now();
  }

  animate() {
    this.animation = requestAnimationFrame((at) => {
      if (!this.paused) this.lanes?.paint(at, this.now());
      this.animate();
    });
  }

  pause() {
    this.paused = !this.paused;
    this.status.pause.setAttribute("aria-pressed", String(this.paused));
    if (!this.paused) this.refresh();
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
