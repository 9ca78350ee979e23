// What the widgets of this folder share besides the drawing.

function make(tag, className, properties = {}, children = []) {
  const element = Object.assign(document.createElement(tag), { className, ...properties });
  element.append(...children);
  return element;
}

/** JupyterLab takes keys away from everything but inputs, unless the focused element itself says no. */
function keepsItsKeys(element) {
  element.dataset.lmSuppressShortcuts = "true";
  return element;
}

function legend(data) {
  const entries = data.states.map((state, i) => {
    const swatch = make("i", `aow-swatch ${data.hatches[i] || "solid"}`);
    swatch.style.setProperty("--ink", `var(--aow-${state}, var(--aow-fallback))`);
    return make("span", "", {}, [swatch, state]);
  });
  return make("div", "aow-legend", {}, entries);
}

/** Call `act` whenever the theme changes, JupyterLab's or the system's. Returns how to stop that. */
function onTheme(act) {
  // In the next frame: JupyterLab hides the page while it changes, and what is hidden has no width.
  const soon = () => requestAnimationFrame(act);
  const themed = new MutationObserver(soon), system = matchMedia("(prefers-color-scheme: dark)");
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  system.addEventListener("change", soon);
  return () => {
    themed.disconnect();
    system.removeEventListener("change", soon);
  };
}
