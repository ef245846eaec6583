import type { YamlText } from "@rollerblade/analysis";
import type { WrittenDocument } from "./document-schema.ts";
import type { Fault } from "./faults.ts";

/** Rules, and tags, that are called the same. */
export const duplicateNames = (written: WrittenDocument, text: YamlText): Fault[] => [
  ...duplicates(written.rules, "rules", "rule", text),
  ...duplicates(written.tags, "tags", "tag", text),
];

const duplicates = (items: readonly { name: string }[], list: string, part: string, text: YamlText): Fault[] =>
  items.flatMap(({ name }, index) => {
    if (items.findIndex((other) => other.name === name) === index) return [];
    const position = text.positionOf([list, index, "name"]);
    return [{ position, part: `${part} ${name}`, field: "name", message: "is the name of another one, too" }];
  });
