/**
 * Splits shell text into commands and these into words, as far as documentation needs it: quotes, comments, continued lines, `&&`, `|`, `;`,
 * `&`, and `$(…)` as part of a word. Redirections are left out.
 * @example commandsOf("A=1 rollerblade up # stays") // [["A=1", "rollerblade", "up"]]
 */
export const commandsOf = (text: string): readonly (readonly string[])[] => {
  const commands: string[][] = [[]];
  let word: string | null = null;
  let quote = "";
  let depth = 0;
  const endWord = (): void => {
    if (word !== null) commands.at(-1)?.push(word);
    word = null;
  };
  const endCommand = (): void => {
    endWord();
    commands.push([]);
  };
  const source = text.replaceAll(/\\\n/g, " ");
  for (let at = 0; at < source.length; at++) {
    const letter = source[at] ?? "";
    if (quote !== "") {
      if (letter === quote) quote = "";
      else word = `${word ?? ""}${letter}`;
    } else if (depth > 0) {
      if (letter === "(") depth++;
      if (letter === ")") depth--;
      word = `${word ?? ""}${letter}`;
    } else if (letter === "$" && source[at + 1] === "(") {
      depth = 1;
      at++;
      word = `${word ?? ""}$(`;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= "";
    } else if (letter === "#" && word === null) {
      while (at + 1 < source.length && source[at + 1] !== "\n") at++;
    } else if (letter === "\n" || letter === ";" || letter === "|" || letter === "&") endCommand();
    else if (/\s/.test(letter)) endWord();
    else word = `${word ?? ""}${letter}`;
  }
  endCommand();
  return commands.map(withoutRedirections).filter((command) => command.length > 0);
};

const withoutRedirections = (words: readonly string[]): readonly string[] => {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (/^\d?(>>?|<)$/.test(word)) at++;
    else if (!/^\d?(>>?|<)\S/.test(word) || word.endsWith(">")) kept.push(word);
  }
  return kept;
};

/** The words behind `rollerblade` where a command runs it: at its beginning, by `npx`, or behind `--` of another program. */
export const rollerbladeArguments = (words: readonly string[]): readonly string[] | null => {
  const at = words.findIndex(
    (word, index) => word === "rollerblade" && words.slice(0, index).every(leads(words, index)),
  );
  return at < 0 ? null : words.slice(at + 1);
};

/** What may stand in front of a program's name: variables, a prompt, words of the shell, `npx`; or anything that ends with `--`. */
const leads =
  (words: readonly string[], end: number) =>
  (word: string): boolean =>
    words[end - 1] === "--" || /^[A-Z_]+=/.test(word) || ["$", "do", "npx", "source", "sudo", "time"].includes(word);
