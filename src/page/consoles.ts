// The line of the consoles at which the cursor stands.

import type { View } from "./view.ts";

export function markConsoles(view: View): void {
  const rows = [...document.querySelectorAll<HTMLElement>("table.consoles tr[data-time]")];
  let marked: HTMLElement | undefined;
  view.listen(() => {
    const time = view.cursor;
    const row =
      time === undefined
        ? undefined
        : rows.findLast(({ dataset }) => Number(dataset["time"]) <= time);
    if (row === marked) return;
    marked?.classList.remove("now");
    row?.classList.add("now");
    marked = row;
  });
}
