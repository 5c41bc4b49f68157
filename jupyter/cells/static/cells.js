/* Colour a cell that begins with %%go or %%envoy as Go or YAML, in JupyterLab and Notebook 7, and
 * keep tabs in step.
 *
 * JupyterLab gives all code cells of a notebook the language of its kernel. This file gives such a
 * cell another, and does it again whenever JupyterLab sets the kernel's. It is written by hand as a
 * prebuilt extension is built: `window._JUPYTERLAB[name]` with `init` and `get`
 * (https://jupyterlab.readthedocs.io/en/stable/extension/extension_dev.html#prebuilt-extensions).
 * It needs no other module, so there is nothing to build. */
(() => {
  "use strict";

  const LANGUAGES = { go: "text/x-go", envoy: "text/x-yaml" };
  const MAGIC = /^\s*%%(\w+)(?=\s|$)/;

  /* A tab is as wide in what is shown as in JupyterLab's editor; a browser would take 8. */
  const TABS = ".jp-Notebook :is(.jp-OutputArea-output, .jp-RenderedMarkdown) pre { tab-size: 4; }";

  /** Return the language of a cell's text, or the notebook's own. */
  function languageOf(text, ofTheNotebook) {
    const magic = MAGIC.exec(text);
    return (magic && LANGUAGES[magic[1]]) || ofTheNotebook;
  }

  /** Keep the language of each code cell of a notebook as its text says. */
  class Colours {
    constructor(panel) {
      this._notebook = panel.content;
      this._known = new WeakSet();
      this.isDisposed = false;
      this._look = this._look.bind(this);
      this._notebook.modelChanged.connect(this._look);
      this._look();
    }

    dispose() {
      this.isDisposed = true;
      this._notebook.modelChanged.disconnect(this._look);
    }

    /** Begin to follow the cells that are new. */
    _look() {
      const model = this._notebook.model;
      if (this.isDisposed || !model) return;
      if (!this._known.has(model)) {
        this._known.add(model);
        model.cells.changed.connect(this._look);
      }
      for (const cell of model.cells) {
        if (cell.type !== "code" || this._known.has(cell)) continue;
        this._known.add(cell);
        const update = () => this._update(cell);
        cell.contentChanged.connect(update);
        cell.mimeTypeChanged.connect(update);
        update();
      }
    }

    _update(cell) {
      if (this.isDisposed || cell.isDisposed) return;
      const found = languageOf(cell.sharedModel.getSource(), this._notebook.codeMimetype);
      if (cell.mimeType !== found) cell.mimeType = found;
    }
  }

  const plugin = {
    id: "envoy-wasm-lab-cells:cells",
    description: "Colours %%go and %%envoy cells as Go and YAML.",
    autoStart: true,
    activate: (app) => {
      const style = document.createElement("style");
      style.textContent = TABS;
      document.head.append(style);
      app.docRegistry.addWidgetExtension("Notebook", { createNew: (panel) => new Colours(panel) });
    },
  };

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["envoy-wasm-lab-cells"] = {
    init: () => {},
    get: () => Promise.resolve(() => ({ __esModule: true, default: plugin })),
  };
})();
