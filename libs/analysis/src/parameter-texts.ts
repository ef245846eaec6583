import type { Json, JsonObject } from "@rollerblade/abids";
import { type Finding, Problem } from "@rollerblade/errors";
import { parseExactly } from "./exact-values.ts";
import type { Manifest } from "./manifest.ts";
import { faultsOfParameter, parameterNames } from "./parameters.ts";

/** A parameter as a command line has it: text that the schema gives a meaning, or JSON that its author wrote as such. */
export type ParameterText = { readonly name: string; readonly text: string; readonly json: boolean };

/**
 * Reads the parameters of a command line by the schema of the analysis. A value is the text itself where the schema accepts a text
 * (`run=01` is "01", and `commit=12e4567` is that hash); elsewhere it is read as JSON, and refused when it is none, when the schema
 * refuses it, or when a number would not arrive as it was given. What the schema leaves open is a text; its default decides where there
 * is one. Names that the manifest does not know are texts, which `resolveParameters` refuses.
 * @throws Problem `invalid` with a finding for each
 */
export const parametersOfTexts = (manifest: Manifest, texts: readonly ParameterText[]): JsonObject => {
  const read = texts.map((given) => ({ given, value: readText(manifest, given) }));
  const findings = read.flatMap(({ value }) => ("finding" in value ? [value.finding] : []));
  if (findings.length > 0) {
    throw new Problem({
      code: "invalid",
      message: `${manifest.name} ${manifest.version} refuses its parameters: ${findings.map((one) => `${one.where} ${one.message}`).join("; ")}.`,
      subject: `${manifest.name} ${manifest.version}`,
      next: `It takes ${parameterNames(manifest.parameters).join(", ")}; see \`rollerblade analysis show ${manifest.name}\`.`,
      findings,
    });
  }
  return Object.fromEntries(read.flatMap(({ given, value }) => ("value" in value ? [[given.name, value.value]] : [])));
};

type Read = { readonly value: Json } | { readonly finding: Finding };

const readText = (manifest: Manifest, { name, text, json }: ParameterText): Read => {
  const refuse = (message: string): Read => ({ finding: { where: name, message } });
  if (!json && faultsOfParameter(manifest, name, text).length === 0) return { value: text };
  const parsed = parseExactly(text);
  if ("fault" in parsed) {
    if (parsed.number || json) return refuse(parsed.fault);
    const [fault = "is not valid"] = faultsOfParameter(manifest, name, text);
    return refuse(`${fault}, and ${JSON.stringify(text)} is not`);
  }
  const [fault] = faultsOfParameter(manifest, name, parsed.value);
  return fault === undefined ? parsed : refuse(`${fault}, and ${JSON.stringify(text)} is not`);
};
