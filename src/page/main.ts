// The report's script: reads the page's data, draws the charts, listens. Everything that it needs is
// in the file; it asks no network for anything.

import { CHARTS_ID, CURSOR_ID, DATA_ID, HELP_ID, type PageData } from "../report/page-data.ts";
import { Charts } from "./charts.ts";
import { listenForCopies } from "./copy.ts";
import { Navigation } from "./navigation.ts";
import { onThemeChange } from "./theme.ts";

async function start(): Promise<void> {
  listenForCopies();
  const data = JSON.parse(
    document.getElementById(DATA_ID)?.textContent ?? "null",
  ) as PageData | null;
  const stack = document.getElementById(CHARTS_ID);
  const cursor = document.getElementById(CURSOR_ID);
  const help = document.getElementById(HELP_ID);
  if (data === null || stack === null || cursor === null) return;
  const charts = new Charts(data);
  const navigation = new Navigation(charts, stack, cursor, data.endTime);
  if (help instanceof HTMLDialogElement) navigation.listen(help);
  await charts.draw(navigation.window);
  navigation.followLink();
  onThemeChange(() => {
    void charts.draw(navigation.window).then(() => navigation.placeCursor());
  });
}

void start();
