// Lines to be put in order: by the mouse, each is dragged; by the keyboard, each has two buttons, and
// Alt with an arrow does the same. What happens is said in a live region.

/** Make an element: its attributes (a handler where the name starts with "on"), then what is in it. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const ANSWERS_WITHIN_MS = 5000; // a kernel that has nothing else to do answers at once
const UNHEARD =
  "No answer: the kernel is busy, or it has ended. If it has, run the first cell again, and then this one.";

class Lines {
  constructor(model) {
    this.model = model;
    this.said = make("p", { class: "lab-order-said", role: "status" });
    this.list = make("ol", { class: "lab-order-lines", "aria-label": "Lines, in their order" });
    this.fixed = make("pre", { class: "lab-order-fixed" });
    this.button = make("button", { type: "button", class: "lab-order-try", onclick: () => this.tryIt() }, "Try this order");
    this.result = make("div", { class: "lab-order-result", "aria-live": "polite" });
    this.result.addEventListener("click", (event) => openHere(event.target.closest("a")));
    this.element = make(
      "section",
      // JupyterLab's own keys, such as `a` and the arrows, are not meant in here.
      { class: "lab-order", "aria-label": "Lines to put in order", "data-lm-suppress-shortcuts": "true" },
      make("p", {}, model.get("task")),
      this.fixed,
      this.list,
      this.button,
      this.said,
      this.result,
    );
    this.fixed.textContent = model.get("fixed").trim();
    this.dragged = -1;
  }

  refresh() {
    const lines = this.model.get("lines");
    this.list.replaceChildren(...lines.map((line, at) => this.item(line, at, lines.length)));
  }

  item(line, at, count) {
    const words = line.trim();
    const button = (name, sign, by) =>
      make(
        "button",
        {
          type: "button",
          "data-by": by,
          // Not `disabled`: the focus would be lost at either end.
          "aria-disabled": String(at + by < 0 || at + by >= count),
          "aria-label": `Move ${name} line ${at + 1} of ${count}: ${words}`,
          title: `Move ${name} (Alt+${by < 0 ? "Up" : "Down"})`,
          onclick: () => this.move(at, at + by, by),
        },
        sign,
      );
    return make(
      "li",
      {
        draggable: "true",
        onkeydown: (event) => this.key(event, at),
        ondragstart: (event) => this.drag(event, at),
        ondragover: (event) => this.over(event),
        ondragleave: (event) => event.currentTarget.classList.remove("lab-order-here"),
        ondrop: (event) => this.drop(event, at),
        ondragend: () => this.refresh(),
      },
      button("up", "↑", -1),
      button("down", "↓", 1),
      make("code", {}, line.replaceAll("\t", "    ")),
    );
  }

  key(event, at) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    // Without Alt the notebook would take it, and go to its next cell.
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey) this.move(at, at + by, by);
    else this.go(at + by, by);
  }

  /** Bring the focus to the same button of another line. */
  go(to, by) {
    const line = this.list.children[to];
    if (!line) return;
    line.querySelector(`[data-by="${by}"]`).focus();
    this.say("Alt with an arrow moves the line.");
  }

  drag(event, at) {
    this.dragged = at;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.model.get("lines")[at]);
    event.stopPropagation();
  }

  over(event) {
    if (this.dragged < 0) return;
    event.preventDefault();
    event.stopPropagation();
    event.currentTarget.classList.add("lab-order-here");
  }

  drop(event, at) {
    event.preventDefault();
    event.stopPropagation();
    const from = this.dragged;
    this.dragged = -1;
    if (from >= 0) this.move(from, at, 0);
  }

  /** Put a line at another place; the focus goes with it, to the button that was pressed. */
  move(from, to, by) {
    const lines = [...this.model.get("lines")];
    if (to < 0 || to >= lines.length) {
      this.say(`It is the ${to < 0 ? "first" : "last"} line already.`);
      return;
    }
    const [line] = lines.splice(from, 1);
    lines.splice(to, 0, line);
    this.model.set("lines", lines);
    this.model.save_changes();
    this.say(`Now line ${to + 1} of ${lines.length}: ${line.trim()}`);
    this.makeOld();
    if (by) this.list.children[to].querySelector(`[data-by="${by}"]`).focus();
  }

  tryIt() {
    if (this.model.get("busy")) return;
    this.say("Saved and checked: that takes a second or two.");
    clearTimeout(this.unanswered);
    this.unanswered = setTimeout(() => this.say(UNHEARD), ANSWERS_WITHIN_MS);
    try {
      this.model.send({ do: "try" });
    } catch {
      // After a restart the page knows already that no kernel has this view.
      clearTimeout(this.unanswered);
      this.say(UNHEARD);
    }
  }

  /** What was said of another order stays to be read, as what it is. */
  makeOld() {
    if (!this.result.innerHTML || this.result.classList.contains("lab-order-old")) return;
    this.result.classList.add("lab-order-old");
    this.result.prepend(make("p", {}, "This was said of the order before:"));
  }

  showResult() {
    clearTimeout(this.unanswered);
    const busy = this.model.get("busy");
    this.button.setAttribute("aria-disabled", String(busy));
    this.result.setAttribute("aria-busy", String(busy));
    if (busy) return;
    this.result.classList.remove("lab-order-old");
    // It is HTML of the lab's own, in which what anybody wrote is escaped.
    this.result.innerHTML = this.model.get("result");
    if (this.model.get("result")) this.say("");
  }

  say(text) {
    this.said.textContent = text;
  }
}

/**
 * Let JupyterLab open a link to a file beside the notebook. It does so by itself in what a cell shows,
 * and not in a widget: there the browser would leave the page. What the link needs is asked for by the
 * names of its command linker, and the notebook's own path stands in the page's address.
 */
function openHere(link) {
  const href = link?.getAttribute("href") ?? "";
  const [, notebook] = window.location.pathname.match(/\/tree\/(.*)$/) ?? [];
  if (!notebook || !href || /^([a-z]+:|[/#])/i.test(href)) return;
  const { pathname } = new URL(href, `https://lab/${notebook}`);
  link.dataset.commandlinkerCommand = "docmanager:open";
  link.dataset.commandlinkerArgs = JSON.stringify({ path: decodeURIComponent(pathname.slice(1)) });
}

function render({ model, el }) {
  const lines = new Lines(model);
  const refresh = () => lines.refresh();
  const showResult = () => lines.showResult();
  model.on("change:lines", refresh);
  model.on("change:busy change:result", showResult);
  refresh();
  showResult();
  el.append(lines.element);
  return () => {
    clearTimeout(lines.unanswered);
    model.off("change:lines", refresh);
    model.off("change:busy change:result", showResult);
  };
}

export default { render };
