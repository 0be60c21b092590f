// Elements made from text: nothing that a guest wrote is ever read as markup.

import { printable } from "../report/text.ts";

export type Child = Node | string;

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  for (const child of children)
    made.append(typeof child === "string" ? document.createTextNode(printable(child)) : child);
  return made;
}

export function byId(id: string): HTMLElement | undefined {
  return document.getElementById(id) ?? undefined;
}
