// The few things that every part of the page needs. The files of this folder are joined into one
// ES module in the order that view.py names; so they share their names, and nothing is imported.

/** Make an element: its attributes (a handler where the name starts with "on"), then what is in it. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Set an element's text, only when it changed: a screen reader may be reading it. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show or hide an element. */
function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/** Give a count and its noun. */
function count(number, noun, plural = `${noun}s`) {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** Give a length of time in words that fit into a cell: tenths of a second while it is short. */
function duration(seconds) {
  return seconds < 10 ? `${Math.max(seconds, 0).toFixed(1)} s` : age(seconds);
}

/** Give a length of time in its largest fitting unit: of an answer of an hour ago no second matters. */
function age(seconds) {
  const whole = Math.max(Math.round(seconds), 0);
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min`;
  return whole < 172800 ? `${Math.floor(whole / 3600)} h` : `${Math.floor(whole / 86400)} days`;
}

/** Give a latency: two digits that mean something. */
function latency(seconds) {
  const ms = seconds * 1000;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${seconds.toFixed(1)} s`;
}

/** Offer choices in a select element; what is chosen stays so while it is among them. */
function offer(select, names) {
  const present = [...select.options].map((option) => option.value);
  if (names.length === present.length && names.every((name, i) => name === present[i])) return;
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
  if (names.includes(chosen)) select.value = chosen;
}

/**
 * Give a time of day, which is told in milliseconds since 1970: in UTC, as tokens and headers tell
 * theirs, so that it is the same whatever clock the kernel's machine and the page's go by.
 */
function timeOfDay(ms) {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

// A table with more rows scrolls by itself; its caption says so.
const MOST_ROWS = 24;

/**
 * Make a table and tell how to fill its rows. It is as wide as there is room: its cells wrap, and where
 * there is room for a few words only, each row is a list of headings and values.
 */
class Table {
  constructor(caption, columns, { stacks = columns.length > 4 } = {}) {
    // The roles are those of the elements: a row that is laid out as a list is still heard as a row.
    this.body = make("tbody", { role: "rowgroup" });
    this.rows = new Map();
    this.name = caption;
    this.caption = make("caption", {}, caption);
    const heads = columns.map(({ head, title, number }) =>
      make(
        "th",
        { scope: "col", role: "columnheader", title, class: number ? "lab-number" : null },
        head,
      ),
    );
    const header = make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads));
    this.columns = columns;
    this.element = make(
      "div",
      {
        class: `lab-scroll${stacks ? " lab-stacks" : ""}`,
        role: "region",
        "aria-label": caption,
        tabindex: "0",
      },
      make("table", { role: "table" }, this.caption, header, this.body),
    );
  }

  /**
   * Show these rows: [key, cells, what the row is like], the first cell being the row's heading. A
   * cell is a text, or [text, where it comes from], which is its tooltip.
   */
  fill(rows) {
    const keys = rows.map(([key]) => key);
    if (keys.length !== this.rows.size || keys.some((key) => !this.rows.has(key))) {
      this.rows = new Map(keys.map((key) => [key, this.rows.get(key) ?? this.makeRow()]));
      this.body.replaceChildren(...[...this.rows.values()].map((row) => row.element));
      this.tellLength(rows.length);
    }
    for (const [key, cells, state = ""] of rows) {
      const row = this.rows.get(key);
      if (row.element.dataset.state !== state) row.element.dataset.state = state;
      cells.forEach((cell, column) => {
        const [text, from] = Array.isArray(cell) ? cell : [cell, ""];
        const element = row.cells[column];
        say(element, String(text));
        if (element.title !== (from ?? "")) element.title = from ?? "";
      });
    }
  }

  tellLength(rows) {
    const long = rows > MOST_ROWS;
    this.element.classList.toggle("lab-long", long);
    say(this.caption, long ? `${this.name}: ${rows} rows, scroll to see them all` : this.name);
  }

  /** Show a column, or do without it where it would be empty. */
  showColumn(column, shown) {
    const heads = this.element.querySelectorAll("thead th");
    for (const cell of [heads[column], ...[...this.rows.values()].map(({ cells }) => cells[column])]) {
      show(cell, shown);
    }
  }

  makeRow() {
    const cells = this.columns.map(({ head, number, code }, column) =>
      make(column === 0 ? "th" : "td", {
        scope: column === 0 ? "row" : null,
        role: column === 0 ? "rowheader" : "cell",
        "data-head": head,
        class: [number && "lab-number", code && "lab-code"].filter(Boolean).join(" ") || null,
      }),
    );
    return { cells, element: make("tr", { role: "row" }, ...cells) };
  }
}
