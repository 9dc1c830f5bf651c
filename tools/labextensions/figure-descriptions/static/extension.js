// JupyterLab shows a figure without alt text (4.6): this writes each cell's metadata
// `alt` into the images that the cell puts out, as soon as they appear. And a slider of
// ipywidgets (8.1) has no name for a screen reader: it gets that of the label beside it.
// A module-federation container by hand, so that nothing has to be built.

let shared;

function name(sliders) {
  for (const slider of sliders) {
    const label = slider.querySelector(".widget-label")?.textContent;
    for (const handle of slider.querySelectorAll("[role=slider]")) {
      if (label && handle.ariaLabel !== label) handle.ariaLabel = label;
    }
  }
}

function describe(panel) {
  name(panel.node.querySelectorAll(".widget-slider"));
  for (const cell of panel.content.widgets) {
    const alt = cell.model.getMetadata("alt");
    if (typeof alt !== "string") continue;
    for (const image of cell.node.querySelectorAll(".jp-OutputArea img")) {
      if (image.alt !== alt) image.alt = alt;
    }
  }
}

function watch(panel) {
  const observer = new MutationObserver(() => describe(panel));
  observer.observe(panel.node, { childList: true, subtree: true });
  panel.disposed.connect(() => observer.disconnect());
  panel.context.ready.then(() => describe(panel));
}

async function plugin() {
  const [notebook] = Object.values(shared["@jupyterlab/notebook"]);
  const { INotebookTracker } = (await notebook.get())();
  return {
    id: "figure-descriptions:plugin",
    autoStart: true,
    requires: [INotebookTracker],
    activate: (app, tracker) => {
      tracker.forEach(watch);
      tracker.widgetAdded.connect((sender, panel) => watch(panel));
    },
  };
}

window._JUPYTERLAB = window._JUPYTERLAB || {};
window._JUPYTERLAB["figure-descriptions"] = {
  init: (scope) => { shared = scope; },
  get: async () => {
    const found = await plugin();
    return () => ({ __esModule: true, default: found });
  },
};
