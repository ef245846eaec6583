import { entityKeys, faultOfScanValue } from "@rollerblade/abids";
import { didYouMean } from "@rollerblade/abids/nearest-names";
import type { Finding } from "@rollerblade/errors";
import type { FileOutput, InputDeclaration, Manifest } from "./manifest.ts";
import { isJson, type OutputTemplate, parseOutputTemplate, wouldDescribe } from "./output-template.ts";
import { faultsOfSchema } from "./parameter-schema.ts";
import { certainParameters, parameterNames } from "./parameters.ts";
import { faultsOfCommand, faultsOfNeutral } from "./placeholders.ts";
import { faultOfField } from "./readable-field.ts";

/**
 * Checks what the shape of a manifest alone does not show: references, placeholders, names and the parameters' schema.
 */
export const checkManifest = (manifest: Manifest): Finding[] => [
  ...checkCode(manifest),
  ...checkNames(manifest),
  ...checkInputs(manifest.inputs),
  ...checkReads(manifest.reads),
  ...checkParameters(manifest),
  ...checkCommands(manifest),
  ...checkOutputs(manifest.outputs.flatMap((output) => ("tree" in output ? [] : [output]))),
  ...checkTrees(manifest),
  ...checkMemory(manifest),
];

const checkCode = ({ image, process, environment }: Manifest): Finding[] => [
  ...(image === null && process === null
    ? [{ where: "image", message: "is missing (or `process`, for trusted local code)" }]
    : []),
  ...(environment !== undefined && process === null
    ? [{ where: "environment", message: "is for `process`, which is missing; an image brings its own" }]
    : []),
];

const checkNames = ({ inputs, outputs, assets = [] }: Manifest): Finding[] => {
  const reserved = inputs.filter(({ name }) => name === "slice");
  const clash = assets.length === 0 ? [] : inputs.filter(({ name }) => name === "assets");
  return [
    ...clash.map(({ name }) => ({ where: `inputs.${name}`, message: "the name is taken by the folder of the assets" })),
    ...twice(assets.map(({ name }) => name)).map((name) => ({ where: `assets.${name}`, message: "stands twice" })),
    ...reserved.map(({ name }) => ({ where: `inputs.${name}`, message: "the name is taken by slice.json" })),
    ...twice(inputs.map(({ name }) => name)).map((name) => ({ where: `inputs.${name}`, message: "appears twice" })),
    ...twice(outputs.map(({ name }) => name)).map((name) => ({ where: `outputs.${name}`, message: "appears twice" })),
  ];
};

const checkInputs = (inputs: readonly InputDeclaration[]): Finding[] =>
  inputs.flatMap((input, index) => {
    const where = `inputs.${input.name}`;
    if (input.kind === "raw") {
      const known = ["suffix", "extension", "datatype", "many", "required", "analysis", "ignored", ...entityKeys];
      const { suffix, extension, datatype } = input;
      const values = { suffix, extension, ...(datatype !== null && { datatype }), ...input.entities };
      const impossible = Object.entries(values).flatMap(([key, value]) =>
        [value].flat().flatMap((one) => {
          const message = one === null ? undefined : faultOfScanValue(key, one);
          return message === undefined ? [] : [{ where: `${where}.${key}`, message }];
        }),
      );
      const unknown = Object.keys(input.entities).filter((key) => !entityKeys.includes(key));
      return [
        ...unknown.map((key) => ({
          where: `${where}.${key}`,
          message: `unknown field or BIDS entity "${key}"${didYouMean(key, known)}`,
        })),
        ...impossible,
      ];
    }
    if (input.kind === "ignored") return [];
    const earlier = inputs.slice(0, index).map(({ name }) => name);
    if (input.of === null || earlier.includes(input.of)) return [];
    return [
      {
        where: `${where}.of`,
        message: `"${input.of}" is not an input that stands before it${didYouMean(input.of, earlier)}`,
      },
    ];
  });

const checkReads = (reads: readonly string[]): Finding[] =>
  reads.flatMap((field, index) => {
    const fault = faultOfField(field);
    return fault === undefined ? [] : [{ where: `reads.${index}`, message: fault }];
  });

const checkParameters = ({ parameters }: Manifest): Finding[] =>
  faultsOfSchema(parameters).map(({ where, message }) =>
    where === ""
      ? { where: "parameters", message: `is not a usable JSON Schema: ${message}` }
      : { where: `parameters.${where}`, message },
  );

const checkCommands = (manifest: Manifest): Finding[] => {
  const known = {
    in: manifest.inputs.map(({ name }) => name),
    out: manifest.outputs.map(({ name }) => name),
    asset: (manifest.assets ?? []).map(({ name }) => name),
    param: certainParameters(manifest.parameters),
    optional: parameterNames(manifest.parameters),
  };
  const commands = (["command", "process"] as const).flatMap((field) =>
    faultsOfCommand(manifest[field] ?? [], known, manifest.layout).map((message) => ({ where: field, message })),
  );
  const neutral = faultsOfNeutral(manifest.neutral ?? []).map((message) => ({ where: "neutral", message }));
  return [...commands, ...neutral];
};

/** Checks what only trees have: where inputs are put into them, and where the command is started. */
const checkTrees = ({ inputs, outputs, workingDirectory }: Manifest): Finding[] => {
  const trees = outputs.flatMap((output) => ("tree" in output ? [output.name] : []));
  const isTree = (where: string, name: string): Finding[] =>
    trees.includes(name)
      ? []
      : [{ where, message: `"${name}" is not a tree of the outputs${didYouMean(name, trees)}` }];
  return [
    ...inputs.flatMap((input) =>
      input.kind === "derivative" && input.into !== undefined ? isTree(`inputs.${input.name}.into`, input.into) : [],
    ),
    ...(workingDirectory === undefined ? [] : isTree("workingDirectory", workingDirectory)),
  ];
};

const checkOutputs = (outputs: readonly FileOutput[]): Finding[] => {
  const parsed = outputs.map((output) => ({ output, template: parseOutputTemplate(output.template) }));
  const faults = parsed.flatMap(({ output, template }) =>
    "fault" in template ? [{ where: `outputs.${output.name}.name`, message: template.fault }] : [],
  );
  const good = parsed.flatMap(({ output, template }) => ("fault" in template ? [] : [{ name: output.name, template }]));
  const reserved = good.filter(({ template }) => `${template.suffix}${template.extension}` === "description.json");
  return [
    ...faults,
    ...twice(outputs.map(({ template }) => template)).map((name) => ({
      where: "outputs",
      message: `two outputs are named "${name}"`,
    })),
    ...reserved.map(({ name }) => ({
      where: `outputs.${name}.name`,
      message: "is too close to dataset_description.json",
    })),
    ...good.flatMap(({ name, template }) =>
      isJson(template) && outputs.some((output) => output.name === name && output.metadata !== undefined)
        ? [{ where: `outputs.${name}.metadata`, message: "a .json output has no sidecar; write the fields into it" }]
        : [],
    ),
    ...good.flatMap((json) => describedBy(json, good)),
  ];
};

type Named = { readonly name: string; readonly template: OutputTemplate };

const describedBy = (json: Named, outputs: readonly Named[]): Finding[] =>
  outputs
    .filter((other) => wouldDescribe(json.template, other.template))
    .map((other) => ({
      where: `outputs.${json.name}.name`,
      message: `would be read as the sidecar of "${other.name}"; give it another suffix`,
    }));

const checkMemory = ({ resources, retry }: Manifest): Finding[] =>
  retry.memoryMax < resources.memory ? [{ where: "retry.memoryMax", message: "is less than resources.memory" }] : [];

const twice = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];
