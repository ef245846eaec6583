import { isMap, isNode, LineCounter } from "yaml";
import { type BoundedYaml, readBoundedYaml } from "./bounded-yaml.ts";

/** A place in the text of a document; both count from 1. */
export type Position = { readonly line: number; readonly column: number };

/** The way to a value of a YAML document: keys and indices. */
export type YamlPath = readonly PropertyKey[];

/** A YAML text that knows where each of its values stands. */
export type YamlText = {
  readonly value: unknown;
  /** What was wrong with the YAML itself. */
  readonly faults: readonly { readonly position: Position; readonly message: string }[];
  /** Where the value begins, or the nearest value around it that exists. */
  positionOf(path: YamlPath): Position;
  /** Where the key itself stands. */
  positionOfKey(path: YamlPath): Position;
  /** Where the text of a scalar begins: behind its opening quote or block marker. */
  positionOfText(path: YamlPath): Position;
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

const nodeAt = (document: Document, path: YamlPath): unknown =>
  path.length === 0 ? document.contents : document.getIn(path, true);

const nodeOffset = (document: Document, path: YamlPath): number => {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
};

const keyOffset = (document: Document, path: YamlPath): number => {
  const parent = nodeAt(document, path.slice(0, -1));
  const key = path.at(-1);
  if (isMap(parent)) {
    const found = parent.items.find((item) => isNode(item.key) && item.key.toString() === String(key));
    if (found !== undefined && isNode(found.key) && found.key.range) return found.key.range[0];
  }
  return nodeOffset(document, path);
};

const textOffset = (document: Document, path: YamlPath, source: string): number => {
  const offset = nodeOffset(document, path);
  const mark = source[offset];
  if (mark === '"' || mark === "'") return offset + 1;
  if (mark !== "|" && mark !== ">") return offset;
  const line = source.indexOf("\n", offset) + 1;
  return line + (/^[ \n]*/.exec(source.slice(line))?.[0].length ?? 0);
};
