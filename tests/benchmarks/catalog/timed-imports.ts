import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Imported, timed, withImportWorld } from "./import-world.ts";
import { labelOf, writeSubject } from "./write-dataset.ts";

/** Seconds of each import. */
export type ImportSeconds = {
  readonly inPlace: Imported;
  readonly unchanged: number;
  readonly oneSubject: Imported;
  /** Null where it was not wanted. */
  readonly copied: Imported | null;
  readonly bareCopy: number | null;
};

/** Imports a generated folder in every way. */
export const timedImports = (folder: string, subjects: number, copies: boolean): Promise<ImportSeconds> =>
  withImportWorld(async (world) => {
    const inPlace = await world.timedImport(folder, "placed", true);
    const { accepted: unchanged } = await world.timedImport(folder, "placed", true);
    const label = labelOf(subjects + 1);
    writeSubject(folder, label);
    // A file that was just written to is not trusted to rest.
    await sleep(200);
    const oneSubject = await world.timedImport(folder, "placed", true);
    await rm(join(folder, `sub-${label}`), { recursive: true });
    if (!copies) return { inPlace, unchanged, oneSubject, copied: null, bareCopy: null };
    const copied = await world.timedImport(folder, "copied", false);
    const bare = await timed(() => cp(folder, join(world.folder, "bare"), { recursive: true }));
    return { inPlace, unchanged, oneSubject, copied, bareCopy: bare.seconds };
  });
