// The report's script: reads the page's data, draws the picture first and the charts after it, and
// listens. Everything that it needs is in the file; it asks no network for anything.

import {
  CHARTS_ID,
  CURSOR_ID,
  DETAILS_ID,
  HELP_ID,
  type PageData,
  PICTURE_ID,
  STATE_ID,
  THEME_ID,
} from "../report/page-data.ts";
import { Charts } from "./charts.ts";
import { markConsoles } from "./consoles.ts";
import { listenForCopies } from "./copy.ts";
import { byId } from "./elements.ts";
import { loadData, loadFacts } from "./load.ts";
import { Navigation } from "./navigation.ts";
import { PicturePanel } from "./picture-panel.ts";
import { buildRun } from "./run.ts";
import { listenForTheme } from "./theme.ts";
import { wholeRun } from "./time-window.ts";
import { View } from "./view.ts";

async function start(): Promise<void> {
  listenForCopies();
  const data = loadData();
  const canvas = byId(PICTURE_ID);
  if (data === null || !(canvas instanceof HTMLCanvasElement)) return;
  const run = buildRun(data, await loadFacts());
  const view = new View(wholeRun(data.endTime));
  const help = byId(HELP_ID);
  const navigation = new Navigation({
    view,
    store: run.store,
    endTime: data.endTime,
    picture: canvas,
    help: help instanceof HTMLDialogElement ? help : null,
  });
  const panel = new PicturePanel({ canvas, run, data, view, navigation });
  // What comes now takes its time; the picture is not to wait for it to be seen.
  await painted();
  document.documentElement.dataset["picture"] = "drawn";
  performance.mark("picture");
  panel.listenTo(byId(STATE_ID), byId(DETAILS_ID), run.history);
  markConsoles(view);
  const charts = startCharts(data, view, navigation);
  navigation.followLink();
  listenForTheme(byId(THEME_ID), () => {
    panel.recolor();
    void charts?.draw();
  });
  await charts?.draw();
}

/** Once the browser has painted what is drawn by now. Unseen pages are not painted: they go on. */
async function painted(): Promise<void> {
  if (document.hidden) return;
  const frame = new Promise<void>((resolve) => {
    requestAnimationFrame(() => resolve());
  });
  await frame;
  // A frame's callbacks come before its painting, a task comes after it.
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 0);
  });
}

function startCharts(data: PageData, view: View, navigation: Navigation): Charts | undefined {
  const stack = byId(CHARTS_ID);
  const cursor = byId(CURSOR_ID);
  if (stack === undefined || cursor === undefined) return undefined;
  const charts = new Charts(data, view, stack, cursor);
  charts.listen({
    moveBy: (share) => navigation.moveBy(share),
    zoomBy: (factor, around) => navigation.zoomBy(factor, around),
    showAll: () => navigation.showAll(),
  });
  return charts;
}

void start();
