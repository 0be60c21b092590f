// The part of vega-embed that the page uses. Its own declarations (and vega-lite's) do not compile
// under our flags without skipLibCheck, so the few names are declared here; tsconfig.json points to
// this file.

export interface View {
  signal(name: string): unknown;
  signal(name: string, value: unknown): View;
  origin(): readonly [number, number];
  padding(): { readonly left: number };
  runAsync(): Promise<View>;
}

export interface EmbedResult {
  readonly view: View;
  finalize(): void;
}

export interface EmbedOptions {
  readonly mode: "vega-lite";
  readonly renderer: "canvas" | "svg";
  readonly actions: false;
  /** Expressions are interpreted: no code is made from text, so that the page's policy holds. */
  readonly ast: true;
  readonly hover: boolean;
  readonly config: object;
  readonly tooltip: object;
}

declare const embed: (
  element: HTMLElement,
  spec: object,
  options: EmbedOptions,
) => Promise<EmbedResult>;
// What is declared here has this default export; there is no other name to import it by.
// oxlint-disable-next-line import/no-default-export
export { embed as default };
