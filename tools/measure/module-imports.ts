import { parseSync } from "oxc-parser";

/** One import of a module: what it names, and whether it is erased before the program runs. */
export type ModuleImport = { readonly specifier: string; readonly typesOnly: boolean };

/** What one TypeScript or JavaScript file says of itself. */
export type ParsedModule = {
  readonly imports: readonly ModuleImport[];
  /** Names that it exports. */
  readonly exports: readonly string[];
  /** Lines that a comment covers and nothing else. */
  readonly commentLines: number;
  /** Faults of its syntax. */
  readonly errors: readonly string[];
};

/**
 * Parses a module for its imports: `import`, `export … from`, `import()` of a literal, `import("…").Type` and `new URL("./x.ts",
 * import.meta.url)`, which is how workers and child processes are named.
 */
export const parseModule = (file: string, source: string): ParsedModule => {
  const { module, comments, errors } = parseSync(file, source);
  const imports: ModuleImport[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const whole = /^import\s+type\b/.test(source.slice(start, start + 40));
    const typesOnly = whole || (entries.length > 0 && entries.every((entry) => entry.isType));
    imports.push({ specifier: moduleRequest.value, typesOnly });
  }
  for (const { entries } of module.staticExports)
    for (const { moduleRequest, isType } of entries)
      if (moduleRequest !== null) imports.push({ specifier: moduleRequest.value, typesOnly: isType });
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^["'`]([^"'`$]+)["'`]$/.exec(source.slice(moduleRequest.start, moduleRequest.end));
    if (literal?.[1] !== undefined) imports.push({ specifier: literal[1], typesOnly: false });
  }
  for (const [, specifier = ""] of source.matchAll(
    /new URL\(\s*["'](\.{1,2}\/[^"']+\.(?:ts|js))["'],\s*import\.meta\.url/g,
  ))
    imports.push({ specifier, typesOnly: false });
  for (const [, specifier = ""] of source.matchAll(/:\s*import\(["']([^"']+)["']\)\./g))
    imports.push({ specifier, typesOnly: true });
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName }) => (exportName.name === null ? [] : [exportName.name])),
  );
  return {
    imports,
    exports,
    commentLines: countCommentLines(source, comments),
    errors: errors.map(({ message }) => message),
  };
};

type Span = { readonly start: number; readonly end: number };

const countCommentLines = (source: string, comments: readonly Span[]): number => {
  let count = 0;
  for (const { start, end } of comments) {
    const before = source.slice(source.lastIndexOf("\n", start - 1) + 1, start);
    if (before.trim() === "") count += source.slice(start, end).split("\n").length;
  }
  return count;
};
