/** One word of an expression. */
export type Token =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "name"; readonly value: string }
  | { readonly kind: "sign"; readonly value: string };

const pattern = /\s*(?:(\d+(?:\.\d+)?)|"([^"]*)"|'([^']*)'|([A-Za-z_]\w*)|(\*\*|&&|\|\||[=!<>]=|[-+*/%<>!()[\]{},.]))/y;

/** The words of an expression of the BIDS schema. A backslash in a text stands for itself. @throws SyntaxError */
export const tokenize = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  for (let at = 0; at < end; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) throw new SyntaxError(`No word of the schema's language begins at ${at} of: ${text}`);
    const [, number, double, single, name, sign] = found;
    if (number !== undefined) tokens.push({ kind: "number", value: Number(number) });
    else if (name !== undefined) tokens.push({ kind: "name", value: name });
    else if (sign !== undefined) tokens.push({ kind: "sign", value: sign });
    else tokens.push({ kind: "text", value: double ?? single ?? "" });
  }
  return tokens;
};
