import type { ParameterText } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";

/**
 * Splits settings of the command line at their first `=`: `mode=fast` gives a text, whose type the schema of the analysis decides, and
 * `sizes:=[1,2]` gives JSON.
 * @throws Problem `invalid` when there is no `=`, or a name comes twice
 */
export const parseParameters = (settings: readonly string[]): ParameterText[] => {
  const parameters: ParameterText[] = [];
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const json = setting[at - 1] === ":";
    const name = setting.slice(0, json ? at - 1 : at).trim();
    if (at < 1 || name === "") throw wrong(setting, `"${setting}" is not NAME=VALUE.`);
    if (parameters.some((other) => other.name === name)) throw wrong(setting, `The parameter ${name} is given twice.`);
    parameters.push({ name, text: setting.slice(at + 1), json });
  }
  return parameters;
};

const wrong = (subject: string, message: string): Problem =>
  new Problem({ code: "invalid", message, subject, next: "Write --param NAME=VALUE, like --param threshold=0.5." });
