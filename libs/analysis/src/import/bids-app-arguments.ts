import type { DescriptorInput, ReadableDescriptor } from "./descriptor.ts";

/**
 * What an input of a command is to us: text that is known, a file of the slice, or nothing that can be given (`left-out`). `neutral` is
 * text that never changes what comes out. Null: a parameter.
 */
export type Role =
  | { readonly text: string }
  | { readonly neutral: string }
  | { readonly port: string }
  | "left-out"
  | null;

/** Whether a descriptor is that of a BIDS App: dataset, output folder and level stand first in its command. https://bids-apps.neuroimaging.io */
export const isBidsApp = ({ inputs, "command-line": command }: ReadableDescriptor): boolean =>
  /^\S+(\s+\S+)?\s+\[(BIDS_?DIR|DATASET)[A-Z_]*\]\s+\[OUT(PUT)?_?(DIR|FOLDER)[A-Z_]*\]/i.test(command.trim()) &&
  inputs.some(({ id }) => /level/i.test(id));

/** Arguments of BIDS Apps, by id: what they are called differs by hyphens and underscores only. */
const known: readonly (readonly [RegExp, Role | ((input: DescriptorInput) => Role)])[] = [
  [/^(bids_?dir|dataset|bids_directory)$/, { text: "{bids}" }],
  [/^out(put)?_?(dir|folder|directory)$/, { text: "{out.derivatives}" }],
  [/^(analysis_)?level$/, (input) => levelOf(input)],
  [/^participant_?(label|id)s?$/, { text: "{slice.subject}" }],
  [/^session_?(label|id)s?$/, { text: "{slice.session}" }],
  [/^(n_?procs|n_?cpus|nthreads|n_threads|num_threads)$/, { neutral: "{cpus}" }],
  [/^(omp|ants|float)_?nthreads$/, { neutral: "{cpus}" }],
  [/^(mem|memory)_?gb$/, { neutral: "{memory.gb}" }],
  [/^mem(ory)?(_?mb)?$/, { neutral: "{memory.mb}" }],
  [/^work_?(dir|directory)$/, { neutral: "{work}" }],
  [
    /^(notrack|no_?sub|skip_bids_validat(ion|or)|skip_bids_validation)$/,
    (input) => (input.type === "Flag" ? { neutral: "" } : null),
  ],
  [/(^|_)(license|licence)(_file)?$/, "left-out"],
  [
    /^(bids_filter(_file|s)?|bids_database_dir|derivatives|fs_subjects_dir|config_file|use_plugin|reports_only|recon_input|version|freesurfer_input|templateflow_home)$/,
    "left-out",
  ],
];

const levelOf = ({ "value-choices": choices = [] }: DescriptorInput): Role => {
  const words = choices.map(String);
  // Several apps have another option that is called level: `full`, `minimal`.
  if (words.length > 0 && !words.includes("participant") && !words.includes("group")) return null;
  return { text: "participant" };
};

export const roleOf = (input: DescriptorInput, descriptor: ReadableDescriptor): Role => {
  const id = input.id.toLowerCase().replaceAll("-", "_");
  const found = known.find(([pattern]) => pattern.test(id))?.[1];
  const role = typeof found === "function" ? found(input) : (found ?? null);
  if (role === null && input.type === "File") return "left-out";
  // A value that stands in no place of the command cannot be given.
  return descriptor["command-line"].includes(input["value-key"] ?? "\0") ? role : "left-out";
};
