// Plain text for people: lines, and the hundred columns of a terminal. Everything that a
// guest, a client or the network may have written passes `printable` before it is shown, so that
// nobody's bytes move a cursor, colour a terminal or turn the direction of a line.

export const LINE_WIDTH = 100;

/** Control characters and marks that reorder text, made visible: ESC becomes `\x1b`. */
export function printable(text: string): string {
  let result = "";
  for (const character of text) result += isHarmless(character) ? character : visible(character);
  return result;
}

/** At most `width` characters; what is cut off leaves a `~`. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}~`;
}

/**
 * Breaks at spaces into lines of at most `width`; what the text is indented by stays, and every line
 * after the first is indented by `indent`. A word that is longer than a line stands on its own,
 * unbroken: a command must stay one piece to be pasted.
 */
export function wrap(text: string, indent: number, width: number = LINE_WIDTH): readonly string[] {
  // Before it is measured: what is made visible takes more room.
  const shown = printable(text);
  const body = shown.trimStart();
  const lines: string[] = [];
  let line = "";
  let lead = " ".repeat(shown.length - body.length);
  for (const word of body.split(" ")) {
    const next = line === "" ? lead + word : `${line} ${word}`;
    if (line !== "" && next.length > width) {
      lines.push(line.trimEnd());
      lead = " ".repeat(indent);
      line = lead + word;
    } else {
      line = next;
    }
  }
  lines.push(line.trimEnd());
  return lines;
}

/** A label in a column of its own, and text beside it that keeps to its right. */
export function labelled(label: string, text: string, labelWidth: number): readonly string[] {
  const [first = "", ...rest] = wrap(text, 0, LINE_WIDTH - labelWidth);
  const indent = " ".repeat(labelWidth);
  return [label.padEnd(labelWidth) + first, ...rest.map((line) => indent + line)];
}

function isHarmless(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
  // Bidirectional controls, line and paragraph separators, and halves of a surrogate pair.
  if (code === 0x061c || code === 0x200e || code === 0x200f || code === 0xfeff) return false;
  if (code >= 0x2028 && code <= 0x202e) return false;
  if (code >= 0x2066 && code <= 0x2069) return false;
  return code < 0xd800 || code > 0xdfff;
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
