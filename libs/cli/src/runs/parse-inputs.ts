import type { ParameterText } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { parseParameters } from "./parse-parameters.ts";

/** What the command line says of one input. */
export type InputOption = {
  /** Of the input. */
  readonly name: string;
  readonly analysis?: string;
  /** A range. */
  readonly version?: string;
  /** Parameters that what it takes was made with. */
  readonly texts: readonly ParameterText[];
};

/**
 * Reads `--input mask=brain-mask@1.0.0` and `--input-param mask.threshold=0.7`: one option for each input that is named.
 * @throws Problem `invalid` for a setting of another form, or an input or parameter that comes twice
 */
export const parseInputs = (inputs: readonly string[], parameters: readonly string[]): InputOption[] => {
  const options = new Map<string, InputOption>();
  for (const setting of inputs) {
    const match = /^([^=@]+)=([^=@]+)(?:@(.+))?$/.exec(setting);
    const [, name = "", analysis = "", version] = match ?? [];
    if (match === null) throw wrong(setting, "Write --input NAME=ANALYSIS@RANGE, like --input mask=brain-mask@1.0.0.");
    if (options.has(name)) throw wrong(setting, `Give the input ${name} once.`);
    options.set(name, { name, analysis, ...(version !== undefined && { version }), texts: [] });
  }
  for (const [name, texts] of Map.groupBy(parameters, inputOf)) {
    const own = parseParameters(texts.map((text) => text.slice(name.length + 1)));
    options.set(name, { ...(options.get(name) ?? { name }), texts: own });
  }
  return [...options.values()];
};

/** The name in front of the first dot: names of inputs have none. */
const inputOf = (setting: string): string => {
  const [, name] = /^([A-Za-z][A-Za-z0-9]*)\.[^=]/.exec(setting) ?? [];
  if (name === undefined)
    throw wrong(setting, "Write --input-param NAME.PARAMETER=VALUE, like --input-param mask.threshold=0.7.");
  return name;
};

const wrong = (subject: string, next: string): Problem =>
  new Problem({ code: "invalid", message: `"${subject}" cannot be read.`, subject, next });
