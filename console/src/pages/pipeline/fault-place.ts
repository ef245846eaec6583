/** Where a fault stands in a text: from one offset to another. */
export type FaultPlace = { readonly from: number; readonly to: number };

/** The beginning and the end of a line, counted from 1; the last one where there are fewer. */
const lineOf = (source: string, line: number): FaultPlace => {
  const lines = source.split("\n");
  const index = Math.min(Math.max(line, 1), lines.length) - 1;
  const from = lines.slice(0, index).reduce((sum, text) => sum + text.length + 1, 0);
  return { from, to: from + (lines[index]?.length ?? 0) };
};

/**
 * Finds the place that a finding names: by its line (`4:7, rule mask`, `line 4`, `pipeline.yaml:4:7`), else by the last word of its path that stands in the
 * text; the first line where it names nothing that is there.
 * @example faultPlace("rules:\n  - nam: x", "rules[0].nam") // { from: 7, to: 17 }
 */
export const faultPlace = (source: string, where: string, message = ""): FaultPlace => {
  const [, first, word, colon] = /^(\d+):\d+|\bline (\d+)|:(\d+)(?::\d+)?(?:$|\s)/.exec(`${where} ${message}`) ?? [];
  const line = Number(first ?? word ?? colon);
  if (line > 0) return lineOf(source, line);
  const names = where.match(/[A-Za-z_][\w-]*/g) ?? [];
  for (const name of names.toReversed()) {
    const at = source.split("\n").findIndex((text) => new RegExp(`(^|[^\\w-])${name}([^\\w-]|$)`).test(text));
    if (at >= 0) return lineOf(source, at + 1);
  }
  return lineOf(source, 1);
};
