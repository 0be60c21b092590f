// Reads the data elements of the page. Facts are deflated: the browser inflates them itself.

import type { Fact } from "../history/fact.ts";
import { DATA_ID, FACTS_DEFLATED, FACTS_ID, type PageData } from "../report/page-data.ts";
import { type PackedFacts, unpackFacts } from "../report/packed-facts.ts";
import { byId } from "./elements.ts";

export function loadData(): PageData | null {
  return JSON.parse(byId(DATA_ID)?.textContent ?? "null") as PageData | null;
}

export async function loadFacts(): Promise<readonly Fact[]> {
  const holder = byId(FACTS_ID);
  const text = holder?.textContent ?? "";
  if (text === "") return [];
  const isDeflated = holder?.getAttribute("type") === FACTS_DEFLATED;
  const json = isDeflated ? await inflate(text) : text;
  // Unpacked, they are many times as large: their text is not needed twice.
  holder?.remove();
  return unpackFacts(JSON.parse(json) as PackedFacts);
}

async function inflate(base64: string): Promise<string> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return await new Response(stream).text();
}
