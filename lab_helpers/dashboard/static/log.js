// What filters said, line by line. All of it is text: nothing that a filter writes can act here.

const AT_END_PX = 8;

class Log {
  constructor(store) {
    this.store = store;
    this.table = new Table("Log", [
      { head: "time (UTC)" },
      { head: "thread" },
      { head: "level" },
      { head: "text", code: true },
    ]);
    const id = `lab-lines-${Math.random().toString(36).slice(2)}`;
    this.select = make("select", { id, onchange: () => this.refresh() });
    this.note = make("span", { class: "lab-note" });
    this.element = make(
      "div",
      { class: "lab-log" },
      make("div", { class: "lab-bar" }, make("label", { for: id }, "Lines of "), this.select, this.note),
      this.table.element,
    );
  }

  refresh() {
    const lines = [...this.store.lines.values()].map((line) => ({ ...line, name: this.name(line) }));
    offer(this.select, [EVERY_THREAD, ...new Set(lines.map(({ name }) => name))]);
    const chosen = this.select.value;
    const shown = lines.filter(({ name }) => chosen === EVERY_THREAD || name === chosen);
    const box = this.table.element;
    const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END_PX;
    const last = this.lastShown;
    this.lastShown = shown.at(-1)?.number;
    this.table.fill(
      shown.map(({ number, time, name, level, text, serious }) => [
        number,
        [exactTime(time), name, level, text],
        serious ? "serious" : "",
      ]),
    );
    // Whoever reads further up is left there.
    if (atEnd && this.lastShown !== last) box.scrollTop = box.scrollHeight;
    say(this.note, this.words(lines.length));
  }

  name({ tid }) {
    return this.store.threads.get(tid)?.name ?? `thread ${tid}`;
  }

  words(kept) {
    const { linesTotal } = this.store;
    if (!linesTotal) {
      return "No filter has said anything in words of its own yet; ticks and fetches stand in the lanes.";
    }
    const gone = linesTotal - kept;
    return gone > 0 ? `${count(linesTotal, "line")}, the last ${kept} of them here` : count(kept, "line");
  }
}

const EVERY_THREAD = "every thread";

/** Give a time of day in UTC with its milliseconds; it is told in milliseconds since 1970. */
function exactTime(time) {
  return new Date(time).toISOString().slice(11, 23);
}
