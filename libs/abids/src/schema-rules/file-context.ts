import type { BidsName } from "../bids-name.ts";
import { compressedHeadBytes, readCompressedTable } from "../compressed-table.ts";
import type { Scope } from "../dataset-scope.ts";
import type { ImageHeader } from "../images/header-view.ts";
import { isJsonObject, type JsonObject, mergeMetadata } from "../json.ts";
import type { AssociationRule } from "../schema/reduce-rules.ts";
import { entityRule } from "../schema.ts";
import { type Columns, readVectors } from "./columns.ts";
import { schemaContext } from "./content-rules.ts";
import { columnsOf, existsIn, readText } from "./dataset-view.ts";
import type { Context } from "./expression-context.ts";
import { once } from "./once.ts";
import type { FileForm, FormRules } from "./rules-of-form.ts";

/** One file whose content is judged. */
export type JudgedFile = {
  /** Relative to its dataset. */
  readonly path: string;
  readonly name: BidsName | null;
  /** Merged from its sidecars. */
  readonly metadata: JsonObject;
  /** Content of a JSON file. */
  readonly json: JsonObject | null;
  readonly header: ImageHeader | null;
};

/** What the schema's language can ask of a file; files are read when they are asked for. */
export const contextOf = (scope: Scope, file: JudgedFile, form: FileForm, rules: FormRules): Context => {
  const entities = longNames(file.name);
  const sidecar = rounded(file.metadata);
  const base: Context = {
    ...form,
    entities,
    sidecar,
    json: file.json ?? {},
    dataset: file.path.includes("/") ? scope.views.below : scope.views.root,
    schema: schemaContext,
  };
  const columns = once(() => tableOf(scope, file, form));
  const associations = once(() => associationsOf(scope, file, rules, base));
  return {
    ...base,
    ...(file.header !== null && { nifti_header: file.header.nifti, gzip: file.header.gzip }),
    exists: existsIn(scope, file.path, file.name?.subject ?? null),
    get columns() {
      return columns();
    },
    get associations() {
      return associations();
    },
    get tiff() {
      return tiffOf(scope, file.path, form.extension);
    },
    get size() {
      const head = scope.tree.head(scope.place.base + file.path, 0);
      return head.ok ? head.size : 0;
    },
  };
};

/** The version in the first bytes of a TIFF (42; of a BigTIFF 43), or null. @see TIFF 6.0, section 2 */
const tiffOf = (scope: Scope, path: string, extension: string): object | null => {
  const head = /\.(tiff?|btf)$/.test(extension) ? scope.tree.head(scope.place.base + path, tiffHeadBytes) : null;
  if (head?.ok !== true || head.bytes.length < tiffHeadBytes) return null;
  const view = new DataView(head.bytes.buffer, head.bytes.byteOffset, head.bytes.length);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  return { version: view.getUint16(2, order === 0x4949) };
};

const tiffHeadBytes = 4;

const longNames = (name: BidsName | null): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(name?.entities ?? {}).map(([key, value]) => [entityRule(key)?.name ?? key, value]));

/** As the schema's checks want it, which compare with headers of 32-bit numbers. */
const rounded = (metadata: JsonObject): JsonObject =>
  typeof metadata.RepetitionTime === "number"
    ? { ...metadata, RepetitionTime: Math.round(metadata.RepetitionTime * 1_000) / 1_000 }
    : metadata;

/** Columns of compressed tables are named by their sidecar; of their cells the first ones are looked at. */
const tableOf = (scope: Scope, { path, metadata }: JudgedFile, { extension, suffix }: FileForm): Columns => {
  if (extension === ".tsv" && suffix !== "motion") return columnsOf(scope, path);
  const named = extension === ".tsv.gz" && Array.isArray(metadata.Columns) ? metadata.Columns : [];
  if (named.length === 0) return {};
  const head = scope.tree.head(scope.place.base + path, compressedHeadBytes);
  const table = head.ok && head.size > 0 ? readCompressedTable(head.bytes, head.size) : null;
  const rows = table?.ok === true ? table.rows : [];
  return Object.fromEntries(
    named.map((name, at) => [String(name), rows.flatMap((row) => row[at] ?? [])] as const).reverse(),
  );
};

const associationsOf = (scope: Scope, { name }: JudgedFile, { associations }: FormRules, base: Context): object => {
  const found: Record<string, object> = {};
  for (const { rule, selectors } of associations) {
    if (name === null || !selectors.every((selector) => selector.evaluate(base))) continue;
    const files = scope.files.find(name, rule);
    if (files.length > 0) found[rule.key] = associationOf(scope, rule, files);
  }
  return found;
};

const associationOf = (scope: Scope, { key }: AssociationRule, files: readonly BidsName[]): object => {
  const path = files[0]?.path ?? "";
  const columns = once(() => columnsOf(scope, path));
  if (key === "bval" || key === "bvec") return vectorsOf(scope, path);
  if (key === "coordsystems") return coordinateSystems(scope, files);
  return {
    path: `/${path}`,
    get sidecar() {
      return files[0] === undefined ? {} : metadataOf(scope, files[0]);
    },
    get n_rows() {
      return columns().volume_type?.length ?? 0;
    },
    get onset() {
      return columns().onset ?? [];
    },
    get volume_type() {
      return columns().volume_type ?? [];
    },
    get type() {
      return columns().type;
    },
    get short_channel() {
      return columns().short_channel;
    },
    get sampling_frequency() {
      return columns().sampling_frequency;
    },
  };
};

const vectorsOf = (scope: Scope, path: string): object => {
  const rows = readVectors(readText(scope, path) ?? "");
  return { path: `/${path}`, n_rows: rows.length, n_cols: rows[0]?.length ?? 0, values: rows[0] ?? [] };
};

const coordinateSystems = (scope: Scope, files: readonly BidsName[]): object => ({
  paths: files.map(({ path }) => `/${path}`),
  spaces: files.map(({ entities }) => entities.space),
  ParentCoordinateSystems: files.flatMap(({ path }) => scope.contents.get(path)?.ParentCoordinateSystem ?? []),
});

/** Merged metadata of a companion. */
const metadataOf = (scope: Scope, name: BidsName): JsonObject =>
  mergeMetadata(scope.inheritance.sidecarsOf(name).sidecars.map((path) => objectAt(scope, path)));

const objectAt = ({ contents }: Scope, path: string): JsonObject => {
  const content = contents.get(path) ?? null;
  return isJsonObject(content) ? content : {};
};
