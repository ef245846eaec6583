import { Problem } from "@rollerblade/errors";
import { RE2JS } from "re2js";

/** What a pattern took out of a path, by the names in its braces. */
export type Captures = Readonly<Record<string, string>>;

/** A glob with captures: matches a path as a whole, or is null. */
export type PathPattern = {
  readonly source: string;
  /** Names of its captures. */
  readonly names: readonly string[];
  readonly match: (path: string) => Captures | null;
};

/**
 * Compiles a glob with captures. `*` is any text within a name, `**` any folders, `?` one character; `{site}` captures a
 * part of a name, and `{subject:[0-9]+}` one of a form (RE2, so that no pattern takes more than linear time). Members of an
 * archive have the path `ARCHIVE!/MEMBER`.
 *
 *     compilePattern("IXI{subject:[0-9]+}-{site}-*-T1.nii.gz").match("IXI002-Guys-0828-T1.nii.gz")
 *     // { subject: "002", site: "Guys" }
 *
 * @throws Problem `invalid` for a brace that nobody closes, a name that appears twice and what RE2 cannot read
 */
export const compilePattern = (source: string): PathPattern => {
  const names: string[] = [];
  const refuse = (message: string): never => {
    throw new Problem({ code: "invalid", message: `The pattern ${source} ${message}.`, subject: source });
  };
  let expression = "";
  for (let at = 0; at < source.length; ) {
    const rest = source.slice(at);
    if (rest.startsWith("**/")) [expression, at] = [`${expression}(?:.*/)?`, at + 3];
    else if (rest.startsWith("**")) [expression, at] = [`${expression}.*`, at + 2];
    else if (rest.startsWith("*")) [expression, at] = [`${expression}[^/]*`, at + 1];
    else if (rest.startsWith("?")) [expression, at] = [`${expression}[^/]`, at + 1];
    else if (rest.startsWith("{")) {
      const end = closingBrace(source, at);
      if (end < 0) return refuse("has a { that nobody closes");
      const [, name, form = "[^/]+?"] = /^([A-Za-z_]\w*)(?::(.+))?$/s.exec(source.slice(at + 1, end)) ?? [];
      if (name === undefined)
        return refuse(`has {${source.slice(at + 1, end)}}, where {NAME} or {NAME:FORM} is expected`);
      if (names.includes(name)) return refuse(`has the capture ${name} twice`);
      names.push(name);
      [expression, at] = [`${expression}(?P<${name}>${form})`, end + 1];
    } else [expression, at] = [expression + RE2JS.quote(source[at] ?? ""), at + 1];
  }
  const compiled = compiledOf(expression, refuse);
  return {
    source,
    names,
    match: (path) => {
      const matcher = compiled.matcher(path);
      return matcher.matches() ? Object.fromEntries(names.map((name) => [name, matcher.group(name) ?? ""])) : null;
    },
  };
};

/** Braces may stand in the form of a capture: `{id:[0-9]{4}}`. */
const closingBrace = (source: string, open: number): number => {
  let depth = 0;
  for (let at = open; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "{") depth++;
    else if (source[at] === "}" && --depth === 0) return at;
  }
  return -1;
};

const compiledOf = (expression: string, refuse: (message: string) => never): RE2JS => {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    return refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
};
