import type { JsonObject } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import {
  type DerivativeInput,
  highestVersion,
  type Manifest,
  manifestFrom,
  parametersHash,
  resolveParameters,
} from "@rollerblade/analysis";
import type { Sql } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import type { RunLock } from "../schema.ts";

/** What a person wants one input of a run to take. */
export type InputChoice = {
  readonly analysis?: string | undefined;
  /** A range of versions, as npm writes them. */
  readonly version: string;
  readonly parameters: JsonObject;
};

/**
 * Locks the derivatives that a person's run builds on: for each input the highest version that exists, and that the manifest and the
 * person allow, with the parameters that the person gives or its defaults. So the run means the same from its first slice to its last,
 * even when a version is created meanwhile.
 * @throws Problem `invalid` for a choice that the manifest does not allow, `not-found` when no such version exists
 */
export const lockInputs = async (
  sql: Sql,
  manifest: Manifest,
  choices: Readonly<Record<string, InputChoice>>,
): Promise<RunLock[]> => {
  const inputs = manifest.inputs.flatMap((input) => (input.kind === "derivative" ? [input] : []));
  for (const name of Object.keys(choices)) requireInput(manifest, inputs, name);
  const locks = await Promise.all(
    inputs.map((input) => {
      const choice = Object.hasOwn(choices, input.name) ? choices[input.name] : undefined;
      return lockInput(sql, manifest, input, choice);
    }),
  );
  return locks.flat();
};

const lockInput = async (
  sql: Sql,
  { name }: Manifest,
  input: DerivativeInput,
  chosen: InputChoice | undefined,
): Promise<RunLock[]> => {
  const { analysis } = input;
  const choice = chosen ?? { version: "*", parameters: {} };
  if (choice.analysis !== undefined && choice.analysis !== analysis) throw otherAnalysis(name, input, choice.analysis);
  const rows = await sql<{ version: string; manifest: Manifest }[]>`
    select version, manifest from scheduler.analyses where name = ${analysis}`;
  const versions = rows.map(({ version }) => version);
  const allowed = versions.filter((version) => highestVersion([version], choice.version) !== undefined);
  const version = highestVersion(allowed, input.version);
  const found = rows.find((row) => row.version === version);
  // An optional input that nobody chose a version for may be of an analysis that does not exist here.
  if (found === undefined && input.required === false && chosen === undefined) return [];
  if (found === undefined) throw noVersion(name, input, choice.version, versions);
  const parameters = resolveParameters(manifestFrom(found.manifest), choice.parameters);
  return [
    {
      input: input.name,
      analysis,
      version: found.version,
      parameters,
      parametersHash: parametersHash(found.manifest, parameters),
    },
  ];
};

const requireInput = (manifest: Manifest, inputs: readonly DerivativeInput[], name: string): void => {
  if (inputs.some((input) => input.name === name)) return;
  const names = inputs.map((input) => input.name);
  const isRaw = manifest.inputs.some((input) => input.name === name);
  throw new Problem({
    code: "invalid",
    message: isRaw
      ? `The input "${name}" of ${manifest.name} is a raw file, of which there are no versions.`
      : `${manifest.name} has no input "${name}"${didYouMean(name, names)}.`,
    subject: name,
    next: names.length === 0 ? "It builds on no other analysis." : `It builds on others by ${names.join(", ")}.`,
  });
};

const otherAnalysis = (name: string, input: DerivativeInput, wanted: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The input "${input.name}" of ${name} takes what ${input.analysis} makes, not ${wanted}.`,
    subject: wanted,
    next: `Choose a version of it, like ${input.name}=${input.analysis}@${input.version}.`,
  });

const noVersion = (name: string, input: DerivativeInput, wanted: string, versions: readonly string[]): Problem =>
  new Problem({
    code: "not-found",
    message: `${name} needs ${input.analysis} ${input.version} for its input "${input.name}"${wanted === "*" ? "" : `, and the run wants ${wanted}`}: there is no such version.`,
    subject: input.analysis,
    next:
      versions.length === 0
        ? "Create it with `rollerblade analysis create`, and run it first."
        : `There are ${versions.join(", ")}.`,
  });
