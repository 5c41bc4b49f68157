// The line under the controls: the call that a click made, and what came of it.

const SIGNS = { idle: "", working: "…", done: "✔", failed: "✖" };

class ProgressLine {
  constructor(model) {
    this.model = model;
    this.sign = make("span", { class: "lab-sign", "aria-hidden": "true" });
    this.call = make("code");
    this.said = make("span", { class: "lab-said" });
    this.refused = make("p", { class: "lab-refusal", role: "alert", hidden: true });
    this.line = make(
      "div",
      { class: "lab-progress", role: "status", "aria-label": "What the controls do" },
      this.sign,
      this.call,
      this.said,
    );
    this.element = make("div", {}, this.refused, this.line);
    this.show = () => this.refresh();
    model.on("change:progress change:refused", this.show);
    this.clock = setInterval(this.show, 1000);
    this.refresh();
  }

  refresh() {
    const { call, state = "idle", said, waiting, since } = this.model.get("progress");
    const refused = this.model.get("refused").map((text) => `✖ ${text}`);
    say(this.refused, refused.join("\n"));
    show(this.refused, refused.length > 0);
    if (this.line.dataset.state !== state) this.line.dataset.state = state;
    this.line.ariaBusy = String(state === "working");
    say(this.sign, SIGNS[state]);
    say(this.call, call ?? "");
    say(this.said, this.words(state, said, waiting, since));
  }

  words(state, said, waiting, since) {
    if (state === "idle") return "Nothing was done yet.";
    const queued = waiting ? ` (${waiting} more waiting)` : "";
    if (state !== "working") return `${said}${queued}`;
    // A short call needs no clock; a screen reader would read every second of it.
    const seconds = Math.floor((Date.now() / 1000 - since) / 5) * 5;
    const long = seconds >= 5 ? `, for ${age(seconds)} now` : "";
    return `${said ? `${said}, ` : ""}working${long}${queued}`;
  }

  destroy() {
    clearInterval(this.clock);
    this.model.off("change:progress change:refused", this.show);
  }
}

export default {
  render({ model, el }) {
    const line = new ProgressLine(model);
    el.append(line.element);
    return () => line.destroy();
  },
};
