import type { Json, JsonObject } from "@rollerblade/abids";
import semver from "semver";
import { parseManifest } from "../read-manifest.ts";
import { isBidsApp, roleOf } from "./bids-app-arguments.ts";
import { bidsInputs, derivativesOf } from "./bids-app-parts.ts";
import { argumentsOf } from "./command-template.ts";
import { type Descriptor, type DescriptorInput, type ReadableDescriptor, readDescriptor } from "./descriptor.ts";
import { type Draft, type Note, writeDraft } from "./draft.ts";
import type { Imported } from "./imported.ts";
import { mustOf, trackedPatterns } from "./output-patterns.ts";
import { parametersOf } from "./parameters-of.ts";

/** What else is known of a tool beside its descriptor. */
export type ImportOptions = {
  /** The container image, where the descriptor names none or another one is meant. */
  readonly image?: string | undefined;
  /** Values of the inputs, as `bosh` and nipoppy take them. */
  readonly invocation?: JsonObject | undefined;
  /** nipoppy's list of the files that a finished run has. */
  readonly tracker?: JsonObject | undefined;
};

/**
 * Makes a manifest of a Boutiques descriptor. What a descriptor does not say, such as which scans its files are, is guessed, and every
 * guess is marked where it stands.
 * @throws Problem `invalid` with the field of what a manifest cannot express
 */
export const importBoutiques = (value: unknown, file: string, options: ImportOptions = {}): Imported => {
  const descriptor = readDescriptor(value, file);
  const draft = isBidsApp(descriptor) ? draftOfApp(descriptor, options) : draftOfTool(descriptor, options);
  const text = writeDraft(draft);
  // Whatever a descriptor holds, what comes out of it is a manifest.
  const { name } = parseManifest(text, "the imported manifest");
  return { name, text, guesses: draft.notes.length };
};

/** Parts that every draft has, in the order in which a person reads a manifest. */
const beginning = (descriptor: ReadableDescriptor, { image }: ImportOptions, notes: Note[]): Record<string, Json> => {
  const name = nameOf(descriptor.name);
  const version = versionOf(descriptor["tool-version"]);
  if (name !== descriptor.name)
    notes.push(guess(["name"], `the descriptor calls it ${JSON.stringify(descriptor.name)}`));
  if (version.guessed)
    notes.push(guess(["version"], `the descriptor says ${JSON.stringify(descriptor["tool-version"] ?? "nothing")}`));
  const found = image ?? imageOf(descriptor);
  if (found === null) notes.push(todo(["image"], "the descriptor names no image: name the one that holds the program"));
  return {
    name,
    version: version.text,
    description: descriptor.description.replace(/\s+/g, " ").trim().slice(0, 500),
    image: found ?? `example.org/${name}:${version.text}`,
  };
};

const header = (descriptor: Descriptor, notes: readonly Note[]): string[] => [
  `Imported from the Boutiques descriptor of ${descriptor.name.replace(/\s+/g, " ")}.`,
  ...(notes.length === 0
    ? []
    : [
        `${notes.length === 1 ? "One thing was" : `${notes.length} things were`} not in it: see the comments GUESS and TODO.`,
      ]),
];

const guess = (path: Note["path"], text: string): Note => ({ path, text: `GUESS: ${text}` });
const todo = (path: Note["path"], text: string): Note => ({ path, text: `TODO: ${text}` });

const draftOfTool = (descriptor: ReadableDescriptor, options: ImportOptions): Draft => {
  const notes: Note[] = [];
  const first = beginning(descriptor, options, notes);
  const files = descriptor.inputs.filter(({ type }) => type === "File");
  const needed = files.filter((one) => !one.optional || isOnlyWay(one, descriptor));
  const ports = portsOf(needed.length === 0 ? [] : needed);
  const inputs: Record<string, Json> = {};
  for (const one of needed) {
    const port = ports.get(one.id) ?? "file";
    const suffix = suffixFor(one);
    inputs[port] = { suffix, extension: [".nii.gz", ".nii"], ...(one.list && { many: true }) };
    notes.push(
      guess(
        ["inputs", port],
        `${one.id} (${shorten(one.description ?? one.name ?? "a file")}) is taken for ${one.list ? "all" : "the one"} ${suffix} of the session`,
      ),
    );
  }
  if (needed.length === 0) {
    inputs.scan = { suffix: "T1w", extension: [".nii.gz", ".nii"] };
    notes.push(
      todo(
        ["inputs", "scan"],
        "the descriptor has no file that is required: name what the program reads, and where in the command it stands",
      ),
    );
  }
  const leftOut = files.filter((one) => !needed.includes(one));
  const { argv, program } = argumentsOf(descriptor, (one) =>
    ports.has(one.id) ? { port: ports.get(one.id) ?? "" } : leftOut.includes(one) ? "left-out" : null,
  );
  const { must, guessed } = mustOf(descriptor);
  if (leftOut.length > 0)
    notes.push(
      todo(
        ["inputs"],
        `left out, since they are optional files: ${leftOut.map(({ id }) => id).join(", ")}; to use one, add an input and [${leftOut[0]?.["command-line-flag"] ?? ""} "{in.NAME}"] to the command`,
      ),
    );
  if (guessed)
    notes.push(
      guess(["outputs", "results", "tree", "must"], "stars stand for values that are known only when it runs"),
    );
  const environment = descriptor["environment-variables"].map(({ name, value }) => `${name}=${value}`);
  const parameters = parametersOf(descriptor, (one) => one.type !== "File", options.invocation ?? {});
  return {
    header: header(descriptor, notes),
    notes: [...notes, ...parameters.notes],
    manifest: {
      ...first,
      entrypoint: environment.length === 0 ? program : ["env", ...environment, ...program],
      ...(argv.length > 0 && { command: argv }),
      workingDirectory: "results",
      level: "session",
      inputs,
      ...(Object.keys(parameters.schema.properties).length > 0 && { parameters: parameters.schema }),
      outputs: { results: { tree: { must } } },
      ...resourcesOf(descriptor),
    },
  };
};

const draftOfApp = (descriptor: ReadableDescriptor, options: ImportOptions): Draft => {
  const notes: Note[] = [];
  const first = beginning(descriptor, options, notes);
  const tracked = options.tracker === undefined ? null : trackedPatterns(options.tracker);
  const level = tracked?.bySession === true ? "session" : "subject";
  const roles = new Map(descriptor.inputs.map((one) => [one.id, roleOf(one, descriptor)]));
  const { argv, neutral, program } = argumentsOf(descriptor, (one) => roles.get(one.id) ?? null);
  const leftOut = descriptor.inputs.filter((one) => roles.get(one.id) === "left-out");
  if (leftOut.length > 0)
    notes.push(
      todo(
        ["command"],
        `left out, since they are files or folders of the machine: ${leftOut.map(({ id }) => id).join(", ")}`,
      ),
    );
  notes.push(
    guess(["inputs"], "what the app reads; take out what it does not need, since a change of it computes anew"),
  );
  if (tracked === null)
    notes.push(
      guess(["outputs", "derivatives", "tree", "must"], "the descriptor names no files; list what a finished run has"),
    );
  const parameters = parametersOf(descriptor, (one) => (roles.get(one.id) ?? null) === null, options.invocation ?? {});
  return {
    header: header(descriptor, notes),
    notes: [...notes, ...parameters.notes],
    manifest: {
      ...first,
      entrypoint: program,
      command: argv,
      ...(neutral.length > 0 && { neutral }),
      layout: "bids",
      level,
      inputs: bidsInputs,
      reads: ["subject.age", "subject.sex"],
      ...(Object.keys(parameters.schema.properties).length > 0 && { parameters: parameters.schema }),
      outputs: derivativesOf(tracked?.must ?? [["sub-{subject}.html", "sub-{subject}/**"]]),
      ...resourcesOf(descriptor),
    },
  };
};

/** Whether a group asks for one of its members, and this optional file is the first of them that a file can be given for. */
const isOnlyWay = (one: DescriptorInput, { groups, inputs }: ReadableDescriptor): boolean =>
  groups.some((group) => {
    if (!group["one-is-required"]) return false;
    const members = inputs.filter(({ id }) => group.members.includes(id));
    return members.every(({ type }) => type === "File") && members[0]?.id === one.id;
  });

/** Names of inputs as manifests have them: `input_file` becomes `inputFile`. */
const portsOf = (inputs: readonly DescriptorInput[]): ReadonlyMap<string, string> => {
  const taken = new Set<string>(["slice"]);
  return new Map(
    inputs.map(({ id }) => {
      const camel = id.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase());
      const base = /^[A-Za-z]/.test(camel)
        ? `${camel.slice(0, 1).toLowerCase()}${camel.slice(1, 36)}`
        : `file${camel.slice(0, 32)}`;
      let port = base;
      for (let count = 2; taken.has(port); count++) port = `${base}${count}`;
      taken.add(port);
      return [id, port];
    }),
  );
};

/** Words of names and descriptions that tell a kind of scan. */
const suffixWords: readonly (readonly [RegExp, string])[] = [
  [/\bt2/i, "T2w"],
  [/flair/i, "FLAIR"],
  [/diffusion|\bdwi\b|\bdti\b|bvec|tensor/i, "dwi"],
  [/\bbold\b|functional|\bfmri\b|4d|time series|timeseries/i, "bold"],
];

const suffixFor = ({ id, name = "", description = "" }: DescriptorInput): string =>
  suffixWords.find(([words]) => words.test(`${id} ${name} ${description}`))?.[1] ?? "T1w";

const shorten = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`;
};

const nameOf = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "") || "tool";

const versionOf = (version: string | undefined): { readonly text: string; readonly guessed: boolean } => {
  const whole = semver.valid(version ?? "");
  if (whole !== null && whole === version) return { text: whole, guessed: false };
  return { text: semver.coerce(version ?? "")?.version ?? "1.0.0", guessed: true };
};

const imageOf = ({ "container-image": container }: Descriptor): string | null => {
  const image = container?.image?.replace(/^(docker|oci):\/\//, "");
  // Singularity's own library and files are no images of a registry.
  return image === undefined || image === "" || /^[a-z]+:\/\/|\.(sif|simg)$/.test(image) ? null : image;
};

const resourcesOf = ({ "suggested-resources": suggested }: Descriptor): Record<string, Json> => {
  if (suggested === undefined) return {};
  const { "cpu-cores": cpu, ram, "disk-space": disk, "walltime-estimate": seconds } = suggested;
  const resources = {
    ...(cpu !== undefined && cpu > 0 && { cpu: String(cpu) }),
    // Boutiques counts GB.
    ...(ram !== undefined && ram > 0 && { memory: `${ram}Gi` }),
    ...(disk !== undefined && disk > 0 && { disk: `${disk}Gi` }),
    ...(seconds !== undefined && seconds > 0 && { timeout: seconds }),
  };
  return Object.keys(resources).length === 0 ? {} : { resources };
};
