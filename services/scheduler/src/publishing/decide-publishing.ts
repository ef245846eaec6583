import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "@rollerblade/abids";
import { z } from "zod";
import type { PublishFile } from "./publish-file.ts";

/** One output that is to be published, before it is known what its name holds. */
export type FileCandidate = Omit<PublishFile, "takesName" | "predecessor"> & {
  /** What may ever have the name; see {@link identityOf}. */
  readonly identity: string;
  /** Whether every slice of the analysis makes it, so that what its name holds already stays. */
  readonly shared: boolean;
  /** Of the slice that it was made of. */
  readonly sliceKey: string;
  /** Key of the execution. */
  readonly key: string;
  /** `<dataset>/<path>`: where a name is looked up. */
  readonly place: string;
};

/** What a name holds. */
export type NameState = {
  readonly identity: string;
  readonly derivative: string | null;
  /** Of the slice that what it holds was made of. */
  readonly sliceKey: string | null;
  readonly sha256: string | null;
  /** Fields of the sidecar that the program wrote. */
  readonly metadata: JsonObject | null;
  /** Key of the execution that made what it holds. */
  readonly key: string | null;
  /** Whether the object is still what it should be. */
  readonly held: boolean;
  /** Whether what it holds is being withdrawn. */
  readonly withdrawn: boolean;
  readonly sequence: number;
  /** The task or withdrawal that is about to change it. */
  readonly intent: string | null;
};

/** What is to be done with the outputs of a task. */
export type PublishDecision =
  | { readonly publish: "refused"; readonly reason: string }
  /** Another publication of one of the names is in flight. */
  | { readonly publish: "wait" }
  /** Every name holds its output already; the derivatives are in the order of the candidates. */
  | { readonly publish: "in-place"; readonly derivatives: readonly string[] }
  | { readonly publish: "go"; readonly files: readonly PublishFile[] };

/**
 * Decides how a task's outputs get their names. All of them get them together or none does.
 * @param names what each candidate's place holds; absent where no publication ever used it
 * @param foreign places at which a file lies that Rollerblade did not put there; it is never overwritten
 */
export const decidePublishing = (
  task: { readonly id: string; readonly sequence: number },
  candidates: readonly FileCandidate[],
  names: ReadonlyMap<string, NameState>,
  foreign: ReadonlySet<string>,
): PublishDecision => {
  const taken = candidates.find((candidate) => isTaken(candidate, names, foreign));
  if (taken !== undefined) return { publish: "refused", reason: takenReason(taken, names.get(taken.place)) };
  const states = candidates
    .map((candidate) => ({ candidate, state: names.get(candidate.place) }))
    .filter(({ candidate, state }) => !candidate.shared || !isHeldByOther(state, candidate));
  if (states.some(({ state }) => state !== undefined && state.intent !== null && state.intent !== task.id)) {
    return { publish: "wait" };
  }
  const derivatives = states.flatMap(({ candidate, state }) =>
    state !== undefined && state.derivative !== null && holds(state, candidate) ? [state.derivative] : [],
  );
  if (derivatives.length === states.length) return { publish: "in-place", derivatives };
  return { publish: "go", files: states.map(({ candidate, state }) => fileOf(task.sequence, candidate, state)) };
};

/** Whether a name holds what was published under it for another slice. */
const isHeldByOther = (state: NameState | undefined, { sliceKey }: FileCandidate): boolean =>
  state !== undefined && state.derivative !== null && state.held && !state.withdrawn && state.sliceKey !== sliceKey;

const isTaken = (
  { place, identity }: FileCandidate,
  names: ReadonlyMap<string, NameState>,
  foreign: ReadonlySet<string>,
): boolean => {
  const state = names.get(place);
  return state === undefined ? foreign.has(place) : state.identity !== identity;
};

const takenReason = ({ name }: FileCandidate, state: NameState | undefined): string => {
  if (state === undefined) return `the name ${name.path} is taken by a file that was not made here`;
  return `the name ${name.path} is taken by ${describeIdentity(state.identity)}`;
};

const holds = (state: NameState, { sha256, key, metadata }: FileCandidate): boolean =>
  state.held &&
  !state.withdrawn &&
  state.sha256 === sha256 &&
  state.key === key &&
  isDeepStrictEqual(state.metadata, metadata ?? null);

/** The later decided takes the name. What it held is kept in the archive, unless it is the same content or is being withdrawn. */
const fileOf = (sequence: number, candidate: FileCandidate, state: NameState | undefined): PublishFile => {
  const { identity: _identity, key: _key, place: _place, shared: _shared, sliceKey: _sliceKey, ...file } = candidate;
  const takesName = state?.derivative == null || state.withdrawn || state.sequence <= sequence;
  return { ...file, takesName, predecessor: takesName ? predecessorOf(file.sha256, state) : null };
};

const predecessorOf = (sha256: string, state: NameState | undefined): PublishFile["predecessor"] => {
  if (state === undefined || state.derivative === null || state.sha256 === null) return null;
  if (state.withdrawn || state.sha256 === sha256) return null;
  return { derivative: state.derivative, sha256: state.sha256 };
};

/** What identifies the holder of a name: an output of one analysis, version and parameters for one slice. */
type Identity = {
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly output: string;
  readonly sliceKey: string;
};

/**
 * Writes an identity as the text that the table of names compares. Two tasks whose outputs would collide although they differ in one
 * of these never overwrite each other: the second is refused.
 */
export const identityOf = ({ analysis, version, parametersHash, output, sliceKey }: Identity): string =>
  JSON.stringify([analysis, version, parametersHash, output, sliceKey]);

const identitySchema = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]);

/** Describes an identity for people. Example: `mask of skullstrip 1.2.0 for ds1/sub-01`. */
const describeIdentity = (identity: string): string => {
  const [analysis, version, , output, slice] = identitySchema.parse(JSON.parse(identity));
  return `${output} of ${analysis} ${version} for ${slice}`;
};
