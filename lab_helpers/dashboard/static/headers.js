// The last response of each worker, and of one of them every header and what its token says.

const OTHERS = "other headers";
const PICKED = ["x-wasm-filter", "x-auth", "x-wasm-vm"];

class Headers {
  constructor(store) {
    this.store = store;
    this.table = new Table("Last response of each worker", [
      { head: "worker" },
      { head: "status", title: "and what became of the request, where no upstream answered" },
      { head: "x-wasm-filter", code: true },
      { head: "x-wasm-vm", code: true },
      { head: "x-auth", code: true },
      { head: "signature" },
      { head: OTHERS, title: "but for those that nearly any response has", code: true },
      { head: "took", number: true },
      { head: "when" },
    ]);
    const id = `lab-worker-${Math.random().toString(36).slice(2)}`;
    this.select = make("select", { id, onchange: () => this.refresh(this.store.now()) });
    this.headers = new Table("All headers", [{ head: "header" }, { head: "value", code: true }]);
    this.claims = new Table("The token in x-auth", [{ head: "claim" }, { head: "value", code: true }]);
    this.verdict = make("p", { class: "lab-verdict" });
    this.detail = make(
      "div",
      { class: "lab-detail" },
      make("div", {}, make("label", { for: id }, "Response of "), this.select, this.headers.element),
      make("div", {}, this.verdict, this.claims.element),
    );
    this.element = make("div", { class: "lab-headers" }, this.table.element, this.detail);
  }

  workers() {
    return [...this.store.threads.values()].map(({ name }) => name).filter((n) => n !== "main");
  }

  refresh(now) {
    const { answers } = this.store;
    const names = this.names(answers);
    this.table.fill(names.map((name) => this.row(name, answers.get(name), now)));
    const others = names.some((name) => answers.get(name)?.others);
    this.table.showColumn(this.table.columns.findIndex(({ head }) => head === OTHERS), others);
    offer(this.select, [...answers.keys()].filter((name) => names.includes(name)));
    const chosen = answers.get(this.select.value);
    show(this.detail, Boolean(chosen));
    if (chosen) this.refreshDetail(chosen, now);
  }

  /** Name the workers that exist; those that only answered where the threads are not shown. */
  names(answers) {
    const workers = this.workers();
    return workers.length ? workers : [...answers.keys()];
  }

  row(name, answer, now) {
    if (!answer) return [name, [name, "no request yet", "", "", "", "", "", "", ""]];
    const headers = Object.fromEntries(answer.headers);
    return [
      name,
      [
        name,
        ["", "answered"].includes(answer.outcome) ? answer.status : `${answer.status} ${answer.outcome}`,
        headers["x-wasm-filter"] ?? "absent",
        headers["x-wasm-vm"] ?? "absent",
        headers["x-auth"]?.replace(/ \(.*/, "") ?? "absent",
        headers["x-auth"] ? judgement(answer.verdict, now) : "",
        answer.others,
        latency(answer.latency / 1000),
        [`${age(now - answer.time)} ago`, `at ${this.store.timeOfDay(answer.time)}`],
      ],
      answer.status >= 400 ? "failed" : "",
    ];
  }

  refreshDetail({ headers, status, verdict }, now) {
    const picked = headers.filter(([name]) => PICKED.includes(name));
    const others = headers.filter(([name]) => !PICKED.includes(name));
    const rows = [...picked, ["status", String(status)], ...others];
    this.headers.fill(
      rows.map(([name, value], i) => [
        `${i} ${name}`,
        [name, value],
        PICKED.includes(name) ? "picked" : "",
      ]),
    );
    const claims = Object.entries(verdict?.claims ?? {});
    show(this.claims.element, claims.length > 0);
    this.claims.fill(claims.map(([name, value]) => [name, [name, this.claim(name, value)]]));
    say(this.verdict, verdict ? `Signature: ${judgement(verdict, now)}` : "No token to take apart.");
    this.verdict.dataset.state = verdict ? (verdict.valid ? "valid" : "invalid") : "";
  }

  /** Give a claim's value, and the time of day where it is a time. */
  claim(name, value) {
    if (!["iat", "exp", "nbf"].includes(name)) return value;
    const ms = Number(value) * 1000;
    return Number.isNaN(new Date(ms).getTime()) ? value : `${value} (${timeOfDay(ms)})`;
  }
}

/** Say what a token is worth now: it was checked when it came, and may have expired since. */
function judgement(verdict, now) {
  if (!verdict) return "not checked yet";
  if (!verdict.valid) return `✖ ${verdict.reason}`;
  if (verdict.expires == null) return "✔ valid, never expires";
  const left = verdict.expires - now;
  // One mark: whoever looks at it first must not see a tick before a cross.
  return left > 0 ? `✔ valid, expires in ${age(left)}` : `✖ expired ${age(-left)} ago, signature valid`;
}
