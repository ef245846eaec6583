import { canonicalJson, type Json, type JsonObject } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import type { CommandLine, Manifest } from "./manifest.ts";

/** Where a command finds its files, and what else its placeholders stand for. */
export type CommandPaths = {
  /** Absolute paths by the names of inputs; empty for an optional input that the slice does not have. */
  readonly in: Readonly<Record<string, string>>;
  /** Absolute paths of the files of each input, for `{in.x...}`. */
  readonly files?: Readonly<Record<string, readonly string[]>>;
  /** Absolute paths by the names of outputs. */
  readonly out: Readonly<Record<string, string>>;
  /** Absolute paths of the folders of assets, by their names in the manifest. */
  readonly asset?: Readonly<Record<string, string>>;
  /** The other placeholders; null where the slice has no such label. */
  readonly fixed?: Readonly<Record<FixedPlaceholder, string | null>>;
};

/** Placeholders that stand for what every attempt has: resources, folders, and the labels of its slice. */
export const fixedPlaceholders = [
  "bids",
  "work",
  "cpus",
  "memory.mb",
  "memory.gb",
  "slice.subject",
  "slice.session",
] as const;
export type FixedPlaceholder = (typeof fixedPlaceholders)[number];

/** Those that never change what comes out. */
const neutralPlaceholders: readonly string[] = ["work", "cpus", "memory.mb", "memory.gb"];

/** Those that only a BIDS tree has: elsewhere the labels of a slice are no part of what a container sees, and of its key. */
const treePlaceholders: readonly string[] = ["bids", "slice.subject", "slice.session"];

type Kind = "in" | "out" | "asset" | "param";
type Placeholder =
  | { readonly kind: Kind; readonly name: string; readonly form: Form }
  | { readonly kind: "fixed"; readonly name: FixedPlaceholder };

/**
 * How a parameter is written out: as one text; as nothing where it is true (`{param.x?}`, a flag); each item of a list as an argument of
 * its own (`{param.x...}`), or all of them with a separator (`{param.x...,}`).
 */
type Form = { readonly as: "text" | "flag" | "items" } | { readonly as: "joined"; readonly separator: string };

/** A doubled brace, a placeholder, or a lone brace, which is a fault. */
const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Names that a command may use. */
export type KnownNames = Readonly<Record<Kind, readonly string[]>> & {
  /** Parameters that may have no value, which only a list of arguments may name. */
  readonly optional?: readonly string[];
};

/** Lists what is wrong with the placeholders of a command, one sentence each; `{{` and `}}` stand for plain braces. */
export const faultsOfCommand = (argv: CommandLine, known: KnownNames, layout: Manifest["layout"] = "flat"): string[] =>
  argv.flatMap((argument) => {
    const inGroup = typeof argument !== "string";
    const allowed = { ...known, param: inGroup ? (known.optional ?? known.param) : known.param };
    return [argument].flat().flatMap((text) => faultsOfArgument(text, inGroup, allowed, layout));
  });

const faultsOfArgument = (
  argument: string,
  inGroup: boolean,
  known: KnownNames,
  layout: Manifest["layout"],
): string[] =>
  Array.from(argument.matchAll(token)).flatMap(([text, body]) => {
    if (text === "{{" || text === "}}") return [];
    const placeholder = body === undefined ? undefined : placeholderOf(body);
    if (placeholder?.kind === "fixed")
      return layout === "flat" && treePlaceholders.includes(placeholder.name)
        ? [`${text} in "${argument}" is for \`layout: bids\` only`]
        : [];
    if (placeholder !== undefined && known[placeholder.kind].includes(placeholder.name))
      return faultsOfForm(placeholder.form, text, argument, inGroup);
    if (placeholder?.kind === "param" && known.optional?.includes(placeholder.name))
      return [
        `${text} in "${argument}" may have no value: put it into a list with what goes with it, [--flag, "${text}"], which is left out then`,
      ];
    const names = (["in", "out", "asset", "param"] as const).flatMap((kind) =>
      known[kind].map((name) => `{${kind}.${name}}`),
    );
    const all = [...names, ...(layout === "bids" ? fixedPlaceholders.map((name) => `{${name}}`) : [])];
    return [`unknown placeholder ${text} in "${argument}"; known are ${all.join(", ")}`];
  });

const faultsOfForm = (form: Form, text: string, argument: string, inGroup: boolean): string[] => {
  if (form.as === "flag" && !inGroup) return [`${text} is for a list of arguments: [--flag, "${text}"]`];
  if ((form.as === "flag" || form.as === "items") && text !== argument)
    return [`${text} must be an argument of its own, and is a part of "${argument}"`];
  return [];
};

/** Lists what is wrong with arguments that are no part of the key: they may name nothing that could change what comes out. */
export const faultsOfNeutral = (argv: CommandLine): string[] =>
  argv.flat().flatMap((argument) =>
    Array.from(argument.matchAll(token)).flatMap(([text, body]) => {
      if (text === "{{" || text === "}}" || (body !== undefined && neutralPlaceholders.includes(body))) return [];
      return [
        `${text} in "${argument}" may change what comes out: here are ${neutralPlaceholders.map((name) => `{${name}}`).join(", ")} only`,
      ];
    }),
  );

/** Whether a command names the labels of its slice. */
export const namesLabels = (argv: CommandLine): boolean =>
  argv.flat().some((argument) => /\{slice\.(subject|session)\}/.test(argument));

/**
 * Replaces every placeholder in the arguments of a command, once: a value is never read again as a placeholder, and
 * stays within its own argument whatever it holds, because no shell sees it. Example: with `--age {param.age}` and the
 * parameter `age: 40` the arguments are `--age` and `40`. A list among the arguments is left out where a placeholder in it has no value.
 * @throws Problem `invalid` for a parameter without a value, or one that holds NUL
 */
export const substitute = (argv: CommandLine, paths: CommandPaths, parameters: JsonObject): string[] =>
  argv.flatMap((argument) => {
    if (typeof argument === "string") return expand(argument, paths, parameters) ?? [];
    const parts: string[] = [];
    for (const one of argument) {
      if (isWithoutValue(one, paths, parameters)) return [];
      parts.push(...(expand(one, paths, parameters) ?? []));
    }
    return parts;
  });

/** Whether a placeholder of an argument has no value: an absent parameter, an empty list, a flag that is not set, an absent input. */
const isWithoutValue = (argument: string, paths: CommandPaths, parameters: JsonObject): boolean =>
  Array.from(argument.matchAll(token)).some(([, body]) => {
    const placeholder = body === undefined ? undefined : placeholderOf(body);
    if (placeholder === undefined) return false;
    if (placeholder.kind === "fixed") return (paths.fixed?.[placeholder.name] ?? null) === null;
    if (placeholder.kind !== "param") return (own(paths[placeholder.kind] ?? {}, placeholder.name) ?? "") === "";
    const value = own(parameters, placeholder.name);
    if (placeholder.form.as === "flag") return value !== true;
    return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  });

const expand = (argument: string, paths: CommandPaths, parameters: JsonObject): string[] => {
  const alone = /^\{([^{}]*)\}$/.exec(argument)?.[1];
  const placeholder = alone === undefined ? undefined : placeholderOf(alone);
  if (placeholder?.kind === "param" && placeholder.form.as === "flag") return [];
  if (placeholder?.kind === "in" && placeholder.form.as === "items")
    return [...(own(paths.files ?? {}, placeholder.name) ?? [])];
  if (placeholder?.kind === "param" && placeholder.form.as === "items") {
    const value = own(parameters, placeholder.name);
    if (value === undefined) throw unusable(`param.${placeholder.name}`, "has no value", placeholder.name);
    return (Array.isArray(value) ? value : [value]).map((item) => checked(textOf(item), `param.${placeholder.name}`));
  }
  return [
    argument.replace(token, (text: string, body: string | undefined) => {
      if (body === undefined) return text.slice(0, 1);
      const found = placeholderOf(body);
      return found === undefined ? text : replacementOf(found, paths, parameters);
    }),
  ];
};

/**
 * Replaces only the parameters in the arguments of a command, for the arguments that have any: so much is known before anything is
 * staged. Parameters without a value stay as they are written.
 */
export const argumentsWithParameters = (
  argv: CommandLine,
  parameters: JsonObject,
): { readonly text: string; readonly names: readonly string[] }[] =>
  argv.flat().flatMap((argument) => {
    const names: string[] = [];
    const text = argument.replace(token, (written: string, body: string | undefined) => {
      const placeholder = body === undefined ? undefined : placeholderOf(body);
      const value = placeholder?.kind === "param" ? own(parameters, placeholder.name) : undefined;
      if (placeholder?.kind !== "param" || value === undefined) return written;
      names.push(placeholder.name);
      return writtenOut(value, placeholder.form);
    });
    return names.length === 0 ? [] : [{ text, names }];
  });

/** What a program is given for a value: a text as it is, everything else as canonical JSON. */
const textOf = (value: Json): string => (typeof value === "string" ? value : canonicalJson(value));

/** A list with a separator is its items; in every other form a value is one text. */
const writtenOut = (value: Json, form: Form): string =>
  form.as === "joined" && Array.isArray(value) ? value.map(textOf).join(form.separator) : textOf(value);

const isFixed = (body: string): body is FixedPlaceholder => fixedPlaceholders.some((name) => name === body);

const placeholderOf = (body: string): Placeholder | undefined => {
  if (isFixed(body)) return { kind: "fixed", name: body };
  const dot = body.indexOf(".");
  const kind = body.slice(0, dot);
  const name = body.slice(dot + 1);
  if (kind === "out" || kind === "asset") return { kind, name, form: { as: "text" } };
  if (kind !== "param" && kind !== "in") return undefined;
  if (kind === "param" && name.endsWith("?")) return { kind, name: name.slice(0, -1), form: { as: "flag" } };
  const dots = name.indexOf("...");
  if (dots < 0) return { kind, name, form: { as: "text" } };
  const separator = name.slice(dots + 3);
  return { kind, name: name.slice(0, dots), form: separator === "" ? { as: "items" } : { as: "joined", separator } };
};

const replacementOf = (placeholder: Placeholder, paths: CommandPaths, parameters: JsonObject): string => {
  const { kind, name } = placeholder;
  const shown = kind === "fixed" ? name : `${kind}.${name}`;
  const value = valueFor(placeholder, paths, parameters);
  if (value === undefined) throw unusable(shown, "has no value", kind === "param" ? name : undefined);
  return checked(placeholder.kind === "param" ? writtenOut(value, placeholder.form) : textOf(value), shown);
};

const valueFor = (placeholder: Placeholder, paths: CommandPaths, parameters: JsonObject): Json | undefined => {
  switch (placeholder.kind) {
    case "fixed":
      return paths.fixed?.[placeholder.name] ?? undefined;
    case "param":
      return own(parameters, placeholder.name);
    default:
      return placeholder.form.as === "joined"
        ? own(paths.files ?? {}, placeholder.name)?.join(placeholder.form.separator)
        : own(paths[placeholder.kind] ?? {}, placeholder.name);
  }
};

const checked = (text: string, shown: string): string => {
  if (text.includes("\0")) throw unusable(shown, "holds a NUL character");
  return text;
};

const own = <T>(object: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

const unusable = (shown: string, reason: string, parameter?: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The command uses {${shown}}, which ${reason}.`,
    subject: shown,
    next: parameter === undefined ? undefined : `Give the parameter "${parameter}", or a default in the manifest.`,
  });
