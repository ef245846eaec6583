import type { PublishFile } from "./publish-file.ts";

/** One output that is to be published, before it is known what its name holds. */
export type Candidate = Omit<PublishFile, "takesName" | "predecessor"> & {
  /** What the name may ever hold: an output of one analysis, version and setting for one slice. */
  readonly identity: string;
  /** Key of the execution. */
  readonly key: string;
  /** Dataset and path together: where a name is looked up. */
  readonly place: string;
};

/** What a name holds. */
export type NameState = {
  readonly identity: string;
  readonly derivative: string | null;
  readonly sha256: string | null;
  /** Key of the execution that made what it holds. */
  readonly key: string | null;
  /** Whether the object is still what it should be. */
  readonly held: boolean;
  /** Whether what it holds is being withdrawn. */
  readonly withdrawn: boolean;
  readonly sequence: number;
  /** Who is about to change it. */
  readonly intent: string | null;
};

/** What is to be done with the outputs of a task. */
export type PublishDecision =
  | { readonly publish: "refused"; readonly reason: string }
  /** Another publication of one of the names is under way. */
  | { readonly publish: "wait" }
  /** Everything is there already, in the order of the candidates. */
  | { readonly publish: "in-place"; readonly derivatives: readonly string[] }
  | { readonly publish: "go"; readonly files: readonly PublishFile[] };

/**
 * Decides how a task's outputs get their names.
 * @param names what each candidate's place holds; absent where nobody ever used it
 * @param foreign places at which a file lies that Rollerblade did not put there
 */
export const decidePublishing = (
  task: { readonly id: string; readonly sequence: number },
  candidates: readonly Candidate[],
  names: ReadonlyMap<string, NameState>,
  foreign: ReadonlySet<string>,
): PublishDecision => {
  const taken = candidates.find((candidate) => isTaken(candidate, names, foreign));
  if (taken !== undefined) return { publish: "refused", reason: sayTaken(taken, names.get(taken.place)) };
  const states = candidates.map((candidate) => ({ candidate, state: names.get(candidate.place) }));
  if (states.some(({ state }) => state !== undefined && state.intent !== null && state.intent !== task.id)) {
    return { publish: "wait" };
  }
  const there = states.flatMap(({ candidate, state }) =>
    state !== undefined && holds(state, candidate) ? [state] : [],
  );
  const derivatives = there.flatMap(({ derivative }) => (derivative === null ? [] : [derivative]));
  if (derivatives.length === candidates.length) return { publish: "in-place", derivatives };
  return { publish: "go", files: states.map(({ candidate, state }) => fileOf(task.sequence, candidate, state)) };
};

const isTaken = (
  { place, identity }: Candidate,
  names: ReadonlyMap<string, NameState>,
  foreign: ReadonlySet<string>,
): boolean => {
  const state = names.get(place);
  return state === undefined ? foreign.has(place) : state.identity !== identity;
};

const sayTaken = ({ name }: Candidate, state: NameState | undefined): string => {
  if (state === undefined) return `the name ${name.path} is taken by a file that was not made here`;
  const [analysis, version, , output, slice] = JSON.parse(state.identity);
  return `the name ${name.path} is taken by ${output} of ${analysis} ${version} for ${slice}`;
};

const holds = (state: NameState, { sha256, key }: Candidate): boolean =>
  state.held && !state.withdrawn && state.sha256 === sha256 && state.key === key;

/** The later decided takes the name; what it held is kept in the archive, unless it is the same or on its way out. */
const fileOf = (sequence: number, candidate: Candidate, state: NameState | undefined): PublishFile => {
  const { identity: _identity, key: _key, place: _place, ...file } = candidate;
  const takesName = state?.derivative == null || state.withdrawn || state.sequence <= sequence;
  const keep =
    takesName && state?.derivative != null && state.sha256 !== null && state.sha256 !== file.sha256 && !state.withdrawn;
  return {
    ...file,
    takesName,
    predecessor:
      keep && state.derivative !== null && state.sha256 !== null
        ? { derivative: state.derivative, sha256: state.sha256 }
        : null,
  };
};

/** The identity of a name; see {@link Candidate}. */
export const identityOf = (parts: {
  readonly analysis: string;
  readonly version: string;
  readonly parametersHash: string;
  readonly output: string;
  readonly sliceKey: string;
}): string => JSON.stringify([parts.analysis, parts.version, parts.parametersHash, parts.output, parts.sliceKey]);
