// Gives each style that the charts name its colour, from the page's own: light, dark and print are
// decided in the style sheet alone.

/** A Vega-Lite configuration for the colours that hold now. */
export function chartConfig(): object {
  const root = getComputedStyle(document.documentElement);
  const color = (name: string): string => root.getPropertyValue(`--${name}`).trim();
  // Vega-Lite looks for `color` in a style; what is filled, and how strongly, each mark says itself.
  const style = (name: string): object => ({ color: color(name) });
  return {
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    view: { stroke: null },
    axis: {
      domainColor: color("line"),
      tickColor: color("line"),
      gridColor: color("line"),
      labelColor: color("quiet"),
      titleColor: color("quiet"),
      titleFontWeight: "normal",
      labelFontSize: 11,
      titleFontSize: 11,
    },
    style: {
      answered: style("answered"),
      failed: style("failed"),
      unanswered: style("unanswered"),
      asked: style("asked"),
      measure: style("measure"),
      second: style("second"),
      third: style("third"),
      fault: style("fault"),
      live: style("live"),
      "rule-label": style("ink"),
    },
  };
}

/** Chosen by the toggle, or else what the system prefers. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen !== undefined) return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function listenForTheme(button: HTMLElement | undefined, redraw: () => void): void {
  const show = (): void => {
    if (button !== undefined) button.textContent = isDark() ? "light" : "dark";
  };
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    show();
    redraw();
  });
  button?.addEventListener("click", () => {
    document.documentElement.dataset["theme"] = isDark() ? "light" : "dark";
    show();
    redraw();
  });
}
