import { LineCounter } from "yaml";
import { readBoundedYaml } from "./bounded-yaml.ts";
import type { Manifest } from "./manifest.ts";
import { manifestFrom, refusedManifest } from "./manifest-from.ts";

/**
 * Reads a manifest (YAML or JSON). Every fault is listed with its field and reason.
 * @throws Problem `invalid` when it is not YAML, or not a manifest
 */
export const parseManifest = (text: string, file = "analysis.yaml"): Manifest => {
  const lines = new LineCounter();
  const { value, faults } = readBoundedYaml(text, lines);
  if (faults.length === 0) return manifestFrom(value, file);
  throw refusedManifest(
    file,
    faults.map(({ offset, message }) => ({ where: `line ${Math.max(1, lines.linePos(offset).line)}`, message })),
  );
};
