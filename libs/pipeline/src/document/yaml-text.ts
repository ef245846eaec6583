import { type BoundedYaml, readBoundedYaml } from "@rollerblade/analysis";
import { isMap, isNode, LineCounter } from "yaml";
import type { Position } from "./document.ts";

/** A step into a document: a key or an index. */
export type Path = readonly PropertyKey[];

/** A YAML text that knows where each of its values stands. */
export type YamlText = {
  readonly value: unknown;
  /** What was wrong with the YAML itself. */
  readonly faults: readonly { readonly position: Position; readonly message: string }[];
  /** Where the value begins, or the nearest value around it that exists. */
  positionOf(path: Path): Position;
  /** Where the key itself stands. */
  positionOfKey(path: Path): Position;
  /** Where the text of a scalar begins: behind its opening quote or block marker. */
  positionOfText(path: Path): Position;
};

/** Reads YAML 1.2; never throws, `faults` lists what was wrong. */
export const readYaml = (source: string): YamlText => {
  const lines = new LineCounter();
  const { document, value, faults } = readBoundedYaml(source, lines);
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  return {
    value,
    faults: faults.map(({ offset, message }) => ({ position: place(offset), message })),
    positionOf: (path) => place(nodeOffset(document, path)),
    positionOfKey: (path) => place(keyOffset(document, path)),
    positionOfText: (path) => place(textOffset(document, path, source)),
  };
};

type Document = BoundedYaml["document"];

const nodeAt = (document: Document, path: Path): unknown =>
  path.length === 0 ? document.contents : document.getIn(path, true);

const nodeOffset = (document: Document, path: Path): number => {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
};

const keyOffset = (document: Document, path: Path): number => {
  const parent = nodeAt(document, path.slice(0, -1));
  const key = path.at(-1);
  if (isMap(parent)) {
    const found = parent.items.find((item) => isNode(item.key) && item.key.toString() === String(key));
    if (found !== undefined && isNode(found.key) && found.key.range) return found.key.range[0];
  }
  return nodeOffset(document, path);
};

const textOffset = (document: Document, path: Path, source: string): number => {
  const offset = nodeOffset(document, path);
  const mark = source[offset];
  if (mark === '"' || mark === "'") return offset + 1;
  if (mark !== "|" && mark !== ">") return offset;
  const line = source.indexOf("\n", offset) + 1;
  return line + (/^[ \n]*/.exec(source.slice(line))?.[0].length ?? 0);
};
