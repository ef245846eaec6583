import { dirname, join, normalize } from "node:path";
import type { SourceGraph, SourceModule } from "./source-graph.ts";

/** Shapes of rows that statements name, by where the shape comes from. */
export type RowTypeCounts = {
  /** Typed by hand: object literals in ``sql<{ … }[]>`…` `` and local aliases of such. */
  readonly byHand: number;
  /** Derived from the tables: `$inferSelect` of a schema, or types of `tables.gen.ts`. */
  readonly fromTables: number;
};

/** The type arguments of a tagged template, as far as they stand on one line: ``<Row[]>`select ``. */
const statement = /\b(?:sql|tx|transaction|reserved|connection|reader)<([^`]{1,1200}?)>`/g;

/**
 * Counts the row types of the services and libraries. A literal counts once each time that it is written, an alias once in the module
 * that declares it, however many statements use it.
 */
export const countRowTypes = (graph: SourceGraph, isCounted: (file: string) => boolean): RowTypeCounts => {
  let byHand = 0;
  const aliases = new Set<string>();
  for (const module of graph.modules.values()) {
    if (!isCounted(module.file)) continue;
    for (const [, shape = ""] of module.source.matchAll(statement)) {
      const first = shape.trim().replace(/^readonly\s+/, "");
      if (first.startsWith("{")) byHand++;
      else
        for (const [name] of first.matchAll(/\b[A-Z]\w*/g)) aliases.add(`${declaredIn(graph, module, name)}#${name}`);
    }
  }
  let fromTables = 0;
  for (const alias of aliases) {
    const [file = "", name = ""] = alias.split("#");
    const declared = new RegExp(`type ${name}\\b[^=]*=\\s*([^;]+)`).exec(graph.modules.get(file)?.source ?? "")?.[1];
    if (declared === undefined) continue;
    if (file.endsWith("tables.gen.ts") || /\$inferSelect|^(Pick|Omit|Readonly)</.test(declared)) fromTables++;
    else if (/^(readonly\s+)?\{/.test(declared) || declared.includes("{")) byHand++;
    else fromTables++;
  }
  return { byHand, fromTables };
};

/** The module that declares a type which another one names: itself, or the one from which it imports the name. */
const declaredIn = (graph: SourceGraph, module: SourceModule, name: string): string => {
  if (new RegExp(`\\btype ${name}\\b[^;{]*=`).test(module.source)) return module.file;
  const from = new RegExp(`import\\s+(?:type\\s+)?\\{[^}]*\\b${name}\\b[^}]*\\}\\s+from\\s+"(\\.[^"]+)"`).exec(
    module.source,
  )?.[1];
  const file = from === undefined ? undefined : normalize(join(dirname(module.file), from));
  return file !== undefined && graph.modules.has(file) ? file : module.file;
};
