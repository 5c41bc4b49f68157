// What the lab adds to JupyterLab's page: lessons are opened as copies, and no page of one is lost.
//
// JupyterLab loads it as one of its extensions (https://jupyterlab.readthedocs.io/en/stable/extension/
// extension_dev.html#prebuilt-extensions). It needs none of JupyterLab's modules, so it is written as
// it is loaded, and nothing has to build it.
(() => {
  "use strict";

  const page = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  const copies = page.labLessons;
  const originals = page.labOriginals;
  const toRead = JSON.parse(page.labToRead ?? "[]"); // pages without code, such as the glossary

  const isIn = (folder, path) =>
    Boolean(folder) && path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes("/");

  // A link to one of the lab's own lessons leads to the person's copy of it.
  const openTheCopy = (app, panel, context) => {
    quiet(context);
    const name = context.path.slice(originals.length + 1);
    void context.ready.then(async () => {
      await app.commands.execute("docmanager:open", { path: `${copies}/${name}` });
      panel.dispose();
    });
  };

  // A page to read runs nothing: without a kernel nothing of it changes, and closing asks nothing.
  const quiet = (context) => {
    context.sessionContext.kernelPreference = {
      ...context.sessionContext.kernelPreference,
      autoStartDefault: false,
      shouldStart: false,
      canStart: false,
    };
  };

  // Before a page is given what is on the disk, what it holds and was not saved is put beside it.
  // And what changes while JupyterLab saves, which it takes for saved, is saved next.
  const loseNothing = (app, context) => {
    const held = () => JSON.stringify(context.model.toJSON().cells);
    let saving = "";
    let saved = "";
    void context.ready.then(() => (saved = held()));
    context.saveState.connect((_, state) => {
      if (state === "started") saving = held();
      if (state !== "completed") return;
      saved = saving;
      if (held() !== saved) context.model.dirty = true;
    });
    const revert = context.revert.bind(context);
    context.revert = async () => {
      if (held() !== saved) await keepBeside(app, context);
      await revert();
      saving = saved = held();
    };
  };

  const keepBeside = (app, context) => {
    const name = context.path.slice(copies.length + 1);
    const which = /^\d\d_/.test(name) ? name.slice(0, 2) : name.replace(/\.ipynb$/, "");
    const here = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000);
    const when = here.toISOString().slice(0, 23).replace("T", "_").replaceAll(/[:.]/g, "-");
    return app.serviceManager.contents.save(`${copies}/kept_${which}_${when}.ipynb`, {
      type: "notebook",
      format: "json",
      content: context.model.toJSON(),
    });
  };

  // JupyterLab looks for a link's word as soon as the page is open, when its text is not drawn yet. So
  // it is told the word again once that is there.
  const landOnTheWord = (panel) => {
    const land = panel.setFragment.bind(panel);
    // Drawn whole, for a word may be far down.
    panel.content.notebookConfig = { ...panel.content.notebookConfig, windowingMode: "none" };
    let waiting;
    panel.setFragment = (fragment) => {
      waiting?.disconnect();
      const word = decodeURIComponent(fragment.replace(/^#/, ""));
      const isThere = () =>
        [...panel.node.querySelectorAll("[id], [data-jupyter-id]")].some((element) =>
          [element.id, element.dataset.jupyterId].includes(word),
        );
      const look = () => {
        if (!isThere()) return;
        waiting.disconnect();
        land(fragment);
      };
      waiting = new MutationObserver(look);
      waiting.observe(panel.node, { childList: true, subtree: true });
      look();
    };
    panel.disposed.connect(() => waiting?.disconnect());
  };

  // JupyterLab's own width cuts the lessons' names short.
  const WIDTH = "body { --jp-sidebar-min-width: min(300px, 28vw); }";

  const plugin = {
    id: "envoy-wasm-lab:lessons",
    autoStart: true,
    activate: (app) => {
      document.head.append(Object.assign(document.createElement("style"), { textContent: WIDTH }));
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew: (panel, context) => {
          if (isIn(originals, context.path)) openTheCopy(app, panel, context);
          if (isIn(copies, context.path)) loseNothing(app, context);
          if (isIn(copies, context.path) && toRead.includes(context.path.slice(copies.length + 1))) {
            quiet(context);
            landOnTheWord(panel);
          }
        },
      });
    },
  };

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["envoy-wasm-lab"] = {
    init: () => undefined,
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
