import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where each name of a package comes from: the path of a file, and the name there. */
export type Barrel = ReadonlyMap<string, { readonly file: string; readonly name: string }>;

/** The packages of this repository whose `index.ts` only passes on what other files declare, by name of the package. */
export type Barrels = ReadonlyMap<string, Barrel>;

const passedOn = /export (?:type )?\{([^}]*)\} from "(\.\/[^"]+)";\n?/g;
const imported = /^import \{([^}]*)\} from "(@rollerblade\/[^"]+)";$/gm;

/** Names between braces: `type A` is left out, `a as b` has two. */
const namesIn = (list: string): { readonly from: string; readonly to: string }[] =>
  list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !part.startsWith("type "))
    .map((part) => {
      const [from = "", to = from] = part.split(/ as /);
      return { from, to };
    });

/** Reads an `index.ts`; null where it declares something itself. */
export const readBarrel = (path: string, source: string): Barrel | null => {
  if (
    source
      .replace(passedOn, "")
      .replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "")
      .trim() !== ""
  )
    return null;
  return new Map(
    [...source.matchAll(passedOn)].flatMap(([, list = "", file = ""]) =>
      namesIn(list).map(({ from, to }) => [to, { file: join(dirname(path), file), name: from }] as const),
    ),
  );
};

/** Reads the `index.ts` of every library below `libs` that states that its files have no effects when they are loaded. */
export const readBarrels = async (repository: string): Promise<Barrels> => {
  const barrels = new Map<string, Barrel>();
  for (const folder of await readdir(join(repository, "libs"))) {
    const manifest: unknown = JSON.parse(await readFile(join(repository, "libs", folder, "package.json"), "utf8"));
    if (typeof manifest !== "object" || manifest === null) continue;
    if (!("sideEffects" in manifest && manifest.sideEffects === false && "exports" in manifest)) continue;
    const path = join(repository, "libs", folder, "src/index.ts");
    const source = await readFile(path, "utf8").catch(() => null);
    const barrel = source === null ? null : readBarrel(path, source);
    if (barrel !== null) barrels.set(`@rollerblade/${folder}`, barrel);
  }
  return barrels;
};

/**
 * Lets a source import from the files that declare what it needs. esbuild divides code by what its entry points reach, and counts all
 * that an `index.ts` names as reached: a command that asks for one route would load the schemas of all, which takes 50 ms.
 * @example `import { readAll } from "@rollerblade/client"` becomes `import { readAll } from "…/libs/client/src/pages.ts"`
 */
export const importFromDeclarations = (source: string, barrels: Barrels): string =>
  source.replace(imported, (statement, list: string, name: string) => {
    const barrel = barrels.get(name);
    if (barrel === undefined) return statement;
    return namesIn(list)
      .map(({ from, to }) => {
        const declared = barrel.get(from);
        if (declared === undefined) throw new Error(`${name} does not export ${from}.`);
        return `import { ${declared.name} as ${to} } from ${JSON.stringify(declared.file)};`;
      })
      .join(" ");
  });
