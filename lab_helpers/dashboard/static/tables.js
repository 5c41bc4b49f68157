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
    this.element = make("div", { class: "lab-threads" }, this.table.element);
  }

  refresh(now) {
    const rows = [...this.store.threads.values()].map((thread) => [
      thread.tid,
      [
        thread.name,
        thread.tid,
        this.machine(thread),
        thread.ticks,
        Object.entries(thread.fetches)
          .map(([outcome, number]) => `${number} ${outcome}`)
          .join(", ") || "none",
        thread.token || "none",
        expiry(thread.expires, now),
        thread.name === "main" ? "no traffic" : thread.served,
        thread.name === "main" ? "" : (thread.connections ?? ""),
      ],
      thread.failure ? "died" : "",
    ]);
    this.table.fill(rows);
  }

  machine(thread) {
    if (thread.failure) return `✖ ${thread.vm || "none"} died`;
    return thread.vms > 1 ? `${thread.vm} (no. ${thread.vms})` : thread.vm || "none yet";
  }
}

/** Say how long a token still lives. */
function expiry(expires, now) {
  if (expires == null) return "";
  const left = expires - now;
  return left > 0 ? `in ${wholeSeconds(left)}` : `✖ ${wholeSeconds(-left)} ago`;
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
      if (value == null) say(element, "–");
      else say(element, key === "rss" ? `${Math.round(value / 1e6)} MB` : String(value));
    }
  }
}
