/* Show what is kept of a live view whose kernel has ended: its picture, or its words.
 *
 * A saved notebook has both beside each live view. JupyterLab would show the view all the same, and of
 * one whose kernel is gone only "Error displaying widget: model not found". Here such an output loses
 * its view, so that JupyterLab shows the next best; a line above says how it lives again. Written by
 * hand as a prebuilt extension is built, as `jupyter/cells/` is. */
(() => {
  "use strict";

  const VIEW = "application/vnd.jupyter.widget-view+json";
  const LOST = "Error displaying widget: model not found";
  const WORDS = "· This is what was kept. Run the cell again, and it lives.";
  const STYLE = `.lab-kept {
    color: var(--jp-ui-font-color1); font: var(--jp-ui-font-size1) var(--jp-ui-font-family);
    padding: 4px 0 4px calc(var(--jp-cell-prompt-width) + 12px);
  }`;

  /** Return what an output holds besides its view; its picture with its words, as JupyterLab has none. */
  function besides({ [VIEW]: view, "image/png": picture, ...others }) {
    if (!view) return {};
    if (!picture) return others;
    const image = document.createElement("img");
    image.alt = others["text/plain"] ?? "";
    image.src = `data:image/png;base64,${picture.trim()}`;
    return { ...others, "text/html": image.outerHTML };
  }

  /** Show what is kept of the outputs of a cell that lost their view. */
  function showKept(cell) {
    const { outputArea } = cell;
    let lost = false;
    outputArea.widgets.forEach((panel, at) => {
      const shown = panel.node.querySelector(".jp-OutputArea-output");
      if (shown?.textContent.trim() !== LOST) return;
      lost = true;
      const output = outputArea.model.get(at);
      const kept = besides(output.data);
      if (Object.keys(kept).length) output.setData({ data: kept, metadata: output.metadata });
    });
    if (lost) sayOnce(cell);
  }

  /** Say above the outputs what they are, until the cell runs again. */
  function sayOnce(cell) {
    const place = cell.outputArea.node.closest(".jp-Cell-outputWrapper");
    if (place.previousElementSibling?.classList.contains("lab-kept")) return;
    const line = document.createElement("div");
    line.className = "lab-kept";
    line.textContent = WORDS;
    place.before(line);
    const { model } = cell;
    const end = () => {
      if (model.executionState === "idle") return;
      model.stateChanged.disconnect(end);
      line.remove();
    };
    model.stateChanged.connect(end);
  }

  /** Tell whether what came into a page may be a lost view, or holds outputs: all else is none of
   * ours, and a live view brings much of it. */
  function mayBeLost(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data === LOST;
    return node.nodeType === Node.ELEMENT_NODE && Boolean(node.querySelector(".jp-OutputArea-output"));
  }

  /** Look at a notebook's outputs when one comes into it, or loses its view. */
  function watch(panel) {
    const look = (changes) => {
      if (!changes.some(({ addedNodes }) => [...addedNodes].some(mayBeLost))) return;
      for (const cell of panel.content.widgets) {
        if (cell.model.type === "code" && cell.outputArea?.node.textContent.includes(LOST)) {
          showKept(cell);
        }
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(panel.content.node, { childList: true, subtree: true });
    return { isDisposed: false, dispose: () => observer.disconnect() };
  }

  const plugin = {
    id: "envoy-wasm-lab-kept:kept",
    description: "Shows what is kept of a live view whose kernel has ended.",
    autoStart: true,
    activate: (app) => {
      const style = document.createElement("style");
      style.textContent = STYLE;
      document.head.append(style);
      app.docRegistry.addWidgetExtension("Notebook", { createNew: watch });
    },
  };

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["envoy-wasm-lab-kept"] = {
    init: () => {},
    get: () => Promise.resolve(() => ({ __esModule: true, default: plugin })),
  };
})();
