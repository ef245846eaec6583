import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createFileRegistry, type DescField, type DescFile, type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, type SourceCodeInfo } from "@bufbuild/protobuf/wkt";

/** The folder of the protos. */
export const protoFolder = fileURLToPath(new URL("../../../proto", import.meta.url));

/** The `buf` of this repository. */
export const buf = fileURLToPath(new URL("../../../node_modules/.bin/buf", import.meta.url));

/** One field of a message, as a reader needs it. */
export type FieldPage = { readonly name: string; readonly type: string; readonly comment: string };

/** One message of the protos with what its comments say. */
export type MessagePage = {
  /** Without the package. */
  readonly name: string;
  /** Relative to the folder of the protos. */
  readonly file: string;
  readonly comment: string;
  readonly fields: readonly FieldPage[];
};

/** Every message of our protos, in the order of files and lines. */
export const readProtos = (): readonly MessagePage[] => {
  const image = execFileSync(buf, ["build", "--as-file-descriptor-set", "-o", "-"], { cwd: protoFolder });
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  return [...registry.files].filter((file) => file.proto.package.startsWith("rollerblade.")).flatMap(messagesOf);
};

/** The text of a proto file. */
export const protoText = (file: string): string => readFileSync(`${protoFolder}/${file}`, "utf8");

// Paths into a file descriptor: 4 is `message_type`, 2 in a message is `field` (descriptor.proto, SourceCodeInfo).
const messagesOf = (file: DescFile): MessagePage[] =>
  file.messages.map((message, index) => ({
    name: message.name,
    file: `${file.name}.proto`,
    comment: commentAt(file.proto.sourceCodeInfo, [4, index]),
    fields: message.fields.map((field, place) => ({
      name: field.name,
      type: typeOf(field),
      comment: commentAt(file.proto.sourceCodeInfo, [4, index, 2, place]),
    })),
  }));

const commentAt = (info: SourceCodeInfo | undefined, path: readonly number[]): string => {
  const found = info?.location.find((location) => location.path.join() === path.join());
  return (found?.leadingComments ?? "").trim().replaceAll(/\s*\n\s*/g, " ");
};

const scalars = { 3: "int64", 4: "uint64", 5: "int32", 8: "bool", 9: "string", 12: "bytes", 13: "uint32" } as const;

const typeOf = (field: DescField): string => {
  if (field.fieldKind === "map") return `map<string, ${scalarName(field.scalar)}>`;
  const one = itemOf(field.message, field.scalar);
  if (field.fieldKind === "list") return `repeated ${one}`;
  return field.proto.proto3Optional ? `optional ${one}` : one;
};

const itemOf = (message: DescMessage | undefined, scalar: number | undefined): string =>
  message?.name ?? scalarName(scalar);

const scalarName = (scalar: number | undefined): string => {
  const name = Object.entries(scalars).find(([number]) => Number(number) === scalar)?.[1];
  if (name === undefined) throw new Error(`The documentation does not know the scalar type ${scalar} yet.`);
  return name;
};
