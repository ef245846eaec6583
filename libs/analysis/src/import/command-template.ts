import type { Role } from "./bids-app-arguments.ts";
import type { DescriptorInput, ReadableDescriptor } from "./descriptor.ts";

/** Arguments of a manifest, which can be written down as JSON. */
type Arguments = (string | string[])[];

/** The command of a manifest. */
export type ImportedCommand = {
  /** The program, with the words that stand before the first value: `[python, /app/run.py]`. */
  readonly program: string[];
  readonly argv: Arguments;
  readonly neutral: Arguments;
};

/**
 * Makes the arguments of a manifest from the command line of a descriptor. In that, a key stands for a flag with its value, or for nothing
 * where an optional input has none; so a key that is an argument of its own becomes a list that is left out as a whole.
 */
export const argumentsOf = (
  descriptor: ReadableDescriptor,
  roleOf: (input: DescriptorInput) => Role,
): ImportedCommand => {
  const byKey = new Map(
    descriptor.inputs.flatMap((input) =>
      input["value-key"] === undefined ? [] : [[input["value-key"], input] as const],
    ),
  );
  const program: string[] = [];
  const argv: Arguments = [];
  const neutral: Arguments = [];
  let isBegun = false;
  for (const word of wordsOf(descriptor["command-line"])) {
    const keys = keysIn(word, byKey);
    isBegun ||= keys.length > 0;
    const [first] = keys;
    if (!isBegun) program.push(escaped(word));
    else if (first === undefined) argv.push(escaped(word));
    else if (word === first["value-key"]) {
      const role = roleOf(first);
      const isNeutral = typeof role === "object" && role !== null && "neutral" in role;
      (isNeutral ? neutral : argv).push(...ofInput(first, role));
    } else argv.push(...withinWord(word, keys, byKey, roleOf));
  }
  return { program: program.length === 0 ? ["sh"] : program, argv, neutral };
};

/** Words are separated by spaces, and held together by quotes. */
const wordsOf = (line: string): string[] =>
  (line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));

const keysIn = (word: string, byKey: ReadonlyMap<string, DescriptorInput>): DescriptorInput[] =>
  [...byKey].filter(([key]) => word.includes(key)).map(([, input]) => input);

/** A word with keys among other letters: `--out=[OUT].nii.gz`. */
const withinWord = (
  word: string,
  keys: readonly DescriptorInput[],
  byKey: ReadonlyMap<string, DescriptorInput>,
  roleOf: (input: DescriptorInput) => Role,
): Arguments => {
  const roles = keys.map((input) => ({ input, role: roleOf(input) }));
  if (roles.some(({ role }) => role === "left-out")) return [];
  let text = escaped(word);
  for (const { input, role } of roles) {
    const key = input["value-key"] ?? "";
    if (byKey.has(key)) text = text.replaceAll(key, placeholderOf(input, role, true));
  }
  return roles.every(({ input }) => hasValue(input)) ? [text] : [[text]];
};

const ofInput = (input: DescriptorInput, role: Role): Arguments => {
  if (role === "left-out") return [];
  const flag = input["command-line-flag"] ?? "";
  const separator = input["command-line-flag-separator"] ?? " ";
  if (role !== null && "neutral" in role && role.neutral === "") return [escaped(flag)];
  if (input.type === "Flag") return [[...(flag === "" ? [] : [escaped(flag)]), `{param.${input.id}?}`]];
  const value = placeholderOf(input, role);
  const parts =
    flag === "" ? [value] : separator.trim() === "" ? [escaped(flag), value] : [`${escaped(flag)}${separator}${value}`];
  const isCertain =
    role !== null
      ? ("text" in role && role.text !== "{slice.session}") || "neutral" in role || "port" in role
      : hasValue(input);
  return isCertain ? parts : [parts];
};

/** Whether a parameter always has a value. */
const hasValue = ({ optional, "default-value": byDefault }: DescriptorInput): boolean =>
  !optional || byDefault !== undefined;

/** @param isPart whether it stands within a word, where items have to be joined */
const placeholderOf = (input: DescriptorInput, role: Role, isPart = false): string => {
  if (role !== null && role !== "left-out") {
    if ("text" in role) return role.text;
    if ("neutral" in role) return role.neutral;
    return `{in.${role.port}${itemsOf(input, isPart)}}`;
  }
  return `{param.${input.id}${itemsOf(input, isPart)}}`;
};

/** Items with a space between them are arguments of their own, unless a flag or another word is joined to them. */
const itemsOf = (input: DescriptorInput, isPart: boolean): string => {
  if (!input.list) return "";
  const separator = (input["list-separator"] ?? "").trim();
  const isJoined =
    input["command-line-flag"] !== undefined && (input["command-line-flag-separator"] ?? "").trim() !== "";
  if (separator !== "") return `...${separator}`;
  return isJoined || isPart ? "... " : "...";
};

const escaped = (text: string): string => text.replace(/[{}]/g, "$&$&");
