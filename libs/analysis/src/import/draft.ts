import type { Json } from "@rollerblade/abids";
import { Document, isCollection, isNode } from "yaml";

/** A remark at a field of a manifest: what was guessed, or what a person has to fill in. */
export type Note = { readonly path: readonly (string | number)[]; readonly text: string };

/** A manifest that was made from something else, for a person to read and correct. */
export type Draft = {
  readonly manifest: Readonly<Record<string, Json>>;
  /** What stands above all of it. */
  readonly header: readonly string[];
  readonly notes: readonly Note[];
};

/** Fields whose parts stand on one line each. */
const flowAt = ["command", "neutral", "entrypoint", "inputs", "outputs", "properties", "allOf", "dependencies"];

/** Writes a draft as YAML: each remark stands at its field as a comment that begins with GUESS or TODO. */
export const writeDraft = ({ manifest, header, notes }: Draft): string => {
  const document = new Document(manifest);
  for (const section of flowAt)
    flow(
      document,
      section === "properties" || section === "allOf" || section === "dependencies"
        ? ["parameters", section]
        : [section],
    );
  for (const field of ["resources", "retry"]) setFlow(document.getIn([field], true));
  for (const { path, text } of notes) {
    const node = document.getIn(path, true);
    if (!isNode(node)) continue;
    if (isCollection(node) && node.flow !== true) node.commentBefore = joined(node.commentBefore, text);
    else node.comment = joined(node.comment, text);
  }
  document.commentBefore = header.map((line) => ` ${line}`).join("\n");
  return document.toString({ lineWidth: 140, flowCollectionPadding: false });
};

const joined = (before: string | null | undefined, text: string): string =>
  before === null || before === undefined ? ` ${text}` : `${before}\n ${text}`;

const flow = (document: Document, path: readonly string[]): void => {
  const node = document.getIn(path, true);
  if (!isCollection(node)) return;
  for (const item of node.items) setFlow(isNode(item) ? item : Reflect.get(item ?? {}, "value"));
};

const setFlow = (node: unknown): void => {
  if (isCollection(node)) node.flow = true;
};
