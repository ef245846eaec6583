/** What stands for one character in a pattern: an escape, a class, or the character itself. */
const atom =
  /\\Q.*?(?:\\E|$)|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\(\?[^():]*:?|./sy;

/** A repetition after an atom: its counts, or that it may be left out or repeated without end. */
const repetition = /(?:\{(\d+)(?:,(\d*))?\}|[*+?])\??/y;

/**
 * Estimates the number of states of a pattern of RE2 from its text, in one walk and before anything is compiled: `(a{9}b){100}` has 1,000, since
 * RE2 writes repetitions out. It is never more than what RE2 compiles to, so that whatever it refuses would be refused.
 */
export const minStatesOf = (pattern: string): number => {
  // Each open group: the states of what stands in it.
  const open: number[] = [0];
  let at = 0;
  const add = (states: number): void => {
    const times = repetitionAt(pattern, at);
    at = times.end;
    open[open.length - 1] = (open.at(-1) ?? 0) + states * times.max;
  };
  while (at < pattern.length) {
    atom.lastIndex = at;
    const [text = ""] = atom.exec(pattern) ?? [];
    at += Math.max(1, text.length);
    // A repetition after quoted text is of its last character.
    if (text.startsWith("\\Q"))
      open[open.length - 1] = (open.at(-1) ?? 0) + Math.max(0, text.length - "\\Qa\\E".length);
    if (text.startsWith("(")) open.push(0);
    else if (text === ")" && open.length > 1) add(open.pop() ?? 0);
    else if (text !== "|" && text !== ")") add(isEmpty(text) ? 0 : 1);
  }
  return open.reduce((total, states) => total + states, 0);
};

/** Anchors and quotes of literal text need no state of their own. */
const isEmpty = (text: string): boolean => /^(?:[\^$]|\\[bBAzQE])$/.test(text);

const repetitionAt = (pattern: string, at: number): { readonly max: number; readonly end: number } => {
  repetition.lastIndex = at;
  const [text = "", least, most] = repetition.exec(pattern) ?? [];
  // `x{0}` is nothing at all.
  const max = least === undefined ? 1 : Math.max(Number(least), Number(most ?? 0));
  return { max, end: at + text.length };
};
