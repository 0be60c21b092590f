// What tests of the page ask of a browser, whichever it is.

export interface PageSize {
  readonly width: number;
  readonly height: number;
}

export interface BrowserPage {
  /** What went wrong on the page, where the browser tells. */
  readonly errors: readonly string[];
  /** What it asked for beyond its own file, where the browser tells. */
  readonly requests: readonly string[];
  /** The value of an expression; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>;
  until(condition: string, within?: number): Promise<void>;
  press(key: string): Promise<void>;
  click(x: number, y: number): Promise<void>;
  close(): Promise<void>;
}

export interface Browser {
  open(url: string, size: PageSize): Promise<BrowserPage>;
  close(): Promise<void>;
}
