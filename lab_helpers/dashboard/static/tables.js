// The row for each thread, and the figures: calls a period, and what Envoy itself counts.

class Threads {
  constructor(store) {
    this.store = store;
    this.table = new Table("Threads", [
      { head: "thread" },
      { head: "tid", title: "the thread's number in Envoy's log", number: true },
      { head: "VM", title: "the tag that the VM gave itself", code: true },
      { head: "ticks", number: true },
      { head: "fetches", title: "fetches that ended, by outcome" },
      { head: "token", title: "the fingerprint of the token that the VM holds", code: true },
      { head: "expires" },
      { head: "served", title: "requests of the lab that it answered", number: true },
      { head: "connections", title: "open connections, as Envoy counts them", number: true },
    ]);
    this.crossed = new Crossed();
    const table = make("div", { class: "lab-threads" }, this.table.element);
    this.element = make("div", { class: "lab-by-thread" }, table, this.crossed.element);
  }

  refresh(now) {
    const rows = [...this.store.threads.values()].map((thread) => [
      thread.tid,
      [
        thread.name,
        thread.tid,
        [this.machine(thread), thread.vmFrom],
        [thread.ticks, thread.ticksFrom],
        [thread.fetches, thread.fetchesFrom],
        [thread.token, thread.tokenFrom],
        expiry(thread.expires, now),
        thread.name === "main" ? "no traffic" : thread.served,
        thread.name === "main" ? "" : (thread.connections ?? ""),
      ],
      thread.failure ? "died" : "",
    ]);
    this.table.fill(rows);
    this.crossed.refresh(this.store.crossed);
  }

  machine(thread) {
    if (thread.failure) return thread.vm === "not told" ? "✖ died" : `✖ ${thread.vm} died`;
    return thread.vms > 1 ? `${thread.vm} (no. ${thread.vms})` : thread.vm;
  }
}

/** What else crossed between Envoy and the filter: a column for each kind that was seen somewhere. */
class Crossed {
  constructor() {
    this.note = make("p", { class: "lab-note" });
    this.place = make("div");
    this.element = make(
      "details",
      { class: "lab-crossed", hidden: true },
      make("summary", {}, "What else crossed between Envoy and the filter"),
      this.place,
      this.note,
    );
  }

  refresh(crossed) {
    show(this.element, Boolean(crossed.kinds));
    if (!crossed.kinds) return;
    this.arrange(crossed);
    this.table.fill(crossed.rows.map(([name, ...cells]) => [name, [name, ...cells]]));
    say(this.note, `${crossed.others ? `${crossed.others}. ` : ""}(${crossed.from})`);
  }

  /** Make the table anew where other kinds are seen, and open it where somebody looks. */
  arrange({ kinds, on }) {
    if (this.on !== on) this.element.open = this.on = on;
    if (this.kinds === kinds.join()) return;
    this.kinds = kinds.join();
    const columns = kinds.map((head) => ({ head, number: true }));
    this.table = new Table("By thread", [{ head: "thread" }, ...columns]);
    this.place.replaceChildren(this.table.element);
  }
}

/** Say how long a token still lives. */
function expiry(expires, now) {
  if (expires == null) return "";
  const left = expires - now;
  return left > 0 ? `in ${age(left)}` : `✖ ${age(-left)} ago`;
}

class Tallies {
  constructor(store) {
    this.store = store;
    this.values = {};
    this.list = make("dl", { class: "lab-tallies", "aria-label": "Figures" });
    this.element = this.list;
    this.add("calls", "calls a period, measured", "counted at the token API, not computed");
    this.add("expected", "N+1", "as many threads run the filter: the workers and main");
    this.add("vms", "VMs alive", "one for each thread, and a base VM");
    this.add("created", "VMs created", "with the one that checked the module at the start");
    this.add("reloads", "reloads", "VMs that FAIL_RELOAD replaced");
    this.add("connections", "connections", "open ones, to all workers");
    this.add("rss", "Envoy's memory", "resident, as the system counts it");
  }

  add(key, text, title) {
    this.values[key] = make("dd", { "data-figure": key }, "–");
    this.list.append(make("div", { title }, make("dt", {}, text), this.values[key]));
  }

  refresh() {
    const { tallies } = this.store;
    for (const [key, element] of Object.entries(this.values)) {
      const value = tallies[key === "calls" ? "measured" : key];
      if (key === "calls") element.parentElement.title = `at the token API: ${tallies.callsFrom}`;
      if (value == null) say(element, "–");
      else say(element, key === "rss" ? `${Math.round(value / 1e6)} MB` : String(value));
    }
  }
}
