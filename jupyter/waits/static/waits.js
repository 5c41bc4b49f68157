/* Say below a cell that runs what it waits for, how long already, and how long it took last time.
 *
 * The kernel (`lab_helpers/waits/`) opens a comm for a wait, sends what changes, and closes it. The
 * line is no output of the cell, so nothing of it is saved. Written by hand as a prebuilt extension
 * is built, as `jupyter/cells/` is. */
(() => {
  "use strict";

  const TARGET = "envoy-wasm-lab:waits";
  const SHOWN_AFTER_MS = 300; // what is over sooner would only flicker
  const STYLE = `.lab-wait {
    color: var(--jp-ui-font-color1); font: var(--jp-ui-font-size1) var(--jp-ui-font-family);
    padding: 4px 0 4px calc(var(--jp-cell-prompt-width) + 12px);
  }`;

  /** One wait of one cell. */
  class Wait {
    constructor(comm, cell, told) {
      this._began = Date.now();
      this._line = document.createElement("div");
      this._line.className = "lab-wait";
      this._what = this._add("span");
      this._what.setAttribute("role", "status");
      // A screen reader is not to say each second.
      this._seconds = this._add("span");
      this._seconds.setAttribute("aria-hidden", "true");
      this._tell(told);
      this._shows = setTimeout(() => {
        cell.inputArea.node.closest(".jp-Cell-inputWrapper").after(this._line);
      }, SHOWN_AFTER_MS);
      this._ticks = setInterval(() => this._count(), 500);
      comm.onMsg = (message) => this._tell(message.content.data);
      comm.onClose = () => this.end();
      // A kernel that dies closes nothing.
      const ends = () => this.end();
      cell.outputArea.future.done.then(ends, ends);
    }

    end() {
      clearTimeout(this._shows);
      clearInterval(this._ticks);
      this._line.remove();
    }

    _add(name) {
      return this._line.appendChild(document.createElement(name));
    }

    _tell(told) {
      this._told = told;
      this._what.textContent = `· ${told.what}`;
      this._count();
    }

    _count() {
      const seconds = Math.floor((Date.now() - this._began) / 1000);
      const before = this._told.before ? `, ${this._told.before}` : "";
      this._seconds.textContent = `: ${seconds} s${before}`;
    }
  }

  /** Return the cell of a notebook that a message of the kernel comes from. */
  function cellOf(panel, message) {
    return panel.content.widgets.find(
      (cell) =>
        cell.model.type === "code" &&
        cell.outputArea?.future?.msg.header.msg_id === message.parent_header.msg_id,
    );
  }

  /** Listen to a notebook's kernel, also to the next one. */
  function listen(panel) {
    const context = panel.sessionContext;
    const open = (comm, message) => {
      const cell = cellOf(panel, message);
      if (cell) new Wait(comm, cell, message.content.data);
    };
    const register = () => context.session?.kernel?.registerCommTarget(TARGET, open);
    context.kernelChanged.connect(register);
    register();
    return { isDisposed: false, dispose: () => context.kernelChanged.disconnect(register) };
  }

  const plugin = {
    id: "envoy-wasm-lab-waits:waits",
    description: "Says below a cell that runs what it waits for.",
    autoStart: true,
    activate: (app) => {
      const style = document.createElement("style");
      style.textContent = STYLE;
      document.head.append(style);
      app.docRegistry.addWidgetExtension("Notebook", { createNew: listen });
    },
  };

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["envoy-wasm-lab-waits"] = {
    init: () => {},
    get: () => Promise.resolve(() => ({ __esModule: true, default: plugin })),
  };
})();
