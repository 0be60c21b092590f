// Gives each style that the charts name its colour, from the page's own: light, dark and print are
// decided in the style sheet alone.

/** A Vega-Lite configuration for the colours that hold now. */
export function chartConfig(): object {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const point = (name: string): object => ({
    fill: "transparent",
    stroke: color(name),
    strokeWidth: 1.5,
  });
  const bar = (name: string): object => ({ fill: color(name), stroke: null, fillOpacity: 0.75 });
  const rule = (name: string): object => ({ stroke: color(name), strokeWidth: 1.5 });
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
      answered: { ...bar("answered"), fillOpacity: 0.6, stroke: null },
      failed: point("failed"),
      unanswered: point("unanswered"),
      asked: { stroke: color("asked"), strokeWidth: 1 },
      measure: bar("measure"),
      "failed-bar": bar("failed"),
      fault: rule("fault"),
      live: rule("live"),
      "fault-span": { fill: color("fault"), fillOpacity: 0.1, stroke: null },
      "rule-label": { fill: color("ink"), fontSize: 11 },
    },
  };
}

export function isDark(): boolean {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

export function onThemeChange(redraw: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
