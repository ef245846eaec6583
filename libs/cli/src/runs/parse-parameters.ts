import { Problem } from "@rollerblade/errors";
import type { z } from "zod";

type Json = z.core.util.JSONType;
type Parameters = Record<string, Json>;

/**
 * `threshold=0.5` is a number, `mode=fast` a text, `list=[1,2]` a list: a value that is valid JSON is read as JSON, and
 * every other one as text.
 * @throws Problem `invalid` when there is no `=`, or a name comes twice
 */
export const parseParameters = (settings: readonly string[]): Parameters => {
  const parameters: Parameters = {};
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const name = setting.slice(0, at).trim();
    if (at < 1 || name === "") throw wrong(setting, `"${setting}" is no parameter.`);
    if (Object.hasOwn(parameters, name)) throw wrong(setting, `The parameter ${name} is given twice.`);
    parameters[name] = parseValue(setting.slice(at + 1));
  }
  return parameters;
};

const parseValue = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const wrong = (subject: string, message: string): Problem =>
  new Problem({ code: "invalid", message, subject, next: "Write --param NAME=VALUE, like --param threshold=0.5." });
