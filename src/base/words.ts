// Numbers and counts in words, the same in findings, summaries and reports. They get their thousands
// separators here, because the simulated zone has no locale.

/** 1412 -> "1,412". */
export function number(value: number): string {
  const digits = `${Math.abs(value)}`;
  let text = "";
  for (let at = 0; at < digits.length; at++) {
    if (at > 0 && (digits.length - at) % 3 === 0) text += ",";
    text += digits[at];
  }
  return value < 0 ? `-${text}` : text;
}

/** count(1, "output") -> "1 output"; count(2, "entry", "entries") -> "2 entries". */
export function count(value: number, one: string, many: string = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
