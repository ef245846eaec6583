import { canonicalJson, type Json, type JsonObject } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";

/** Where a command finds its files: absolute paths by the names of inputs and outputs. */
export type CommandPaths = {
  readonly in: Readonly<Record<string, string>>;
  readonly out: Readonly<Record<string, string>>;
};

type Kind = "in" | "out" | "param";
type Placeholder = { readonly kind: Kind; readonly name: string };

/** A doubled brace, a placeholder, or a lone brace, which is a fault. */
const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Lists what is wrong with the placeholders of a command, one sentence each; `{{` and `}}` stand for plain braces. */
export const faultsOfCommand = (argv: readonly string[], known: Readonly<Record<Kind, readonly string[]>>): string[] =>
  argv.flatMap((argument) =>
    Array.from(argument.matchAll(token)).flatMap(([text, body]) => {
      if (text === "{{" || text === "}}") return [];
      const placeholder = body === undefined ? undefined : placeholderOf(body);
      if (placeholder !== undefined && known[placeholder.kind].includes(placeholder.name)) return [];
      const all = Object.entries(known).flatMap(([kind, names]) => names.map((name) => `{${kind}.${name}}`));
      return [`unknown placeholder ${text} in "${argument}"; known are ${all.join(", ")}`];
    }),
  );

/**
 * Replaces every placeholder in the arguments of a command, once: a value is never read again as a placeholder, and
 * stays within its own argument whatever it holds, because no shell sees it. Example: with `--age {param.age}` and the
 * parameter `age: 40` the arguments are `--age` and `40`.
 * @throws Problem `invalid` for a parameter without a value, or one that holds NUL
 */
export const substitute = (argv: readonly string[], paths: CommandPaths, parameters: JsonObject): string[] =>
  argv.map((argument) =>
    argument.replace(token, (text: string, body: string | undefined) => {
      if (body === undefined) return text.slice(0, 1);
      const placeholder = placeholderOf(body);
      return placeholder === undefined ? text : replacementOf(placeholder, paths, parameters);
    }),
  );

/**
 * Replaces only the parameters in the arguments of a command, for the arguments that have any: so much is known before anything is
 * staged. Parameters without a value stay as they are written.
 */
export const argumentsWithParameters = (
  argv: readonly string[],
  parameters: JsonObject,
): { readonly text: string; readonly names: readonly string[] }[] =>
  argv.flatMap((argument) => {
    const names: string[] = [];
    const text = argument.replace(token, (written: string, body: string | undefined) => {
      const placeholder = body === undefined ? undefined : placeholderOf(body);
      const value = placeholder?.kind === "param" ? own(parameters, placeholder.name) : undefined;
      if (placeholder === undefined || value === undefined) return written;
      names.push(placeholder.name);
      return textOf(value);
    });
    return names.length === 0 ? [] : [{ text, names }];
  });

/** What a program is given for a value: a text as it is, everything else as canonical JSON. */
const textOf = (value: Json): string => (typeof value === "string" ? value : canonicalJson(value));

const placeholderOf = (body: string): Placeholder | undefined => {
  const dot = body.indexOf(".");
  const kind = body.slice(0, dot);
  return kind === "in" || kind === "out" || kind === "param" ? { kind, name: body.slice(dot + 1) } : undefined;
};

const replacementOf = ({ kind, name }: Placeholder, paths: CommandPaths, parameters: JsonObject): string => {
  const value = kind === "param" ? own(parameters, name) : own(paths[kind], name);
  if (value === undefined) throw unusable(kind, name, "has no value");
  const text = textOf(value);
  if (text.includes("\0")) throw unusable(kind, name, "holds a NUL character");
  return text;
};

const own = <T>(object: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

const unusable = (kind: Kind, name: string, reason: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The command uses {${kind}.${name}}, which ${reason}.`,
    subject: `${kind}.${name}`,
    next: kind === "param" ? `Give the parameter "${name}", or a default in the manifest.` : undefined,
  });
