// Draws the charts and keeps them on one span of time. Where a plot begins and ends on the page is
// the same for all of them, so that one line can be the cursor of all.

import embed, { type EmbedResult, type View } from "vega-embed";
import type { PageData } from "../report/page-data.ts";
import { chartConfig, isDark } from "./theme.ts";
import type { TimeWindow } from "./time-window.ts";

export class Charts {
  readonly #data: PageData;
  #drawn: EmbedResult[];
  /** Redrawing while drawing: only the newest one counts. */
  #round: number;

  constructor(data: PageData) {
    this.#data = data;
    this.#drawn = [];
    this.#round = 0;
  }

  async draw(window: TimeWindow): Promise<void> {
    const round = ++this.#round;
    for (const drawn of this.#drawn) drawn.finalize();
    this.#drawn = [];
    document.documentElement.classList.toggle("dark-charts", isDark());
    const config = chartConfig();
    for (const { id, spec } of this.#data.charts) {
      const element = document.querySelector<HTMLElement>(`[data-chart="${CSS.escape(id)}"]`);
      if (element === null) continue;
      const result = await embed(element, spec, {
        mode: "vega-lite",
        renderer: "canvas",
        actions: false,
        ast: true,
        hover: false,
        config,
        tooltip: { theme: "custom" },
      });
      if (round !== this.#round) {
        result.finalize();
        return;
      }
      this.#drawn.push(result);
    }
    await this.show(window);
  }

  async show({ from, to }: TimeWindow): Promise<void> {
    for (const { view } of this.#drawn) {
      view.signal("from", from).signal("to", to);
      await view.runAsync();
    }
  }

  /** Left edge and width of the plots, in pixels from the left edge of a chart. */
  plot(): { readonly left: number; readonly width: number } | undefined {
    const view: View | undefined = this.#drawn[0]?.view;
    if (view === undefined) return undefined;
    return { left: view.origin()[0] + view.padding().left, width: Number(view.signal("width")) };
  }
}
