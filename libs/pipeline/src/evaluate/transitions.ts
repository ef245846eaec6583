import { placeKey } from "./slices.ts";
import type { Progress, Standing, Verdict } from "./verdict.ts";

/** Why a decision is no longer in force. */
export type End =
  | ("superseded" | "output gone" | "when is false" | "not applicable")
  | ("unknown" | "ambiguous" | "withdrawn" | "waiting");

/** A decision that is made, or the note that nothing is called for, with its reason. */
export type Begin = { readonly verdict: Verdict; readonly restarts: number };

/** A decision in force that stays, with what is new about it. */
export type Restate<S extends Standing = Standing> = {
  readonly standing: S;
  readonly progress: Progress;
  readonly reason: string;
};

/** What has to be written so that the decisions in force are what the state calls for. */
export type Transitions<S extends Standing = Standing> = {
  readonly begin: readonly Begin[];
  /** Notes that become decisions: what they waited for is there. */
  readonly promote: readonly { readonly standing: S; readonly verdict: Verdict }[];
  readonly restate: readonly Restate<S>[];
  readonly end: readonly { readonly standing: S; readonly why: End }[];
  /** Decisions that stay in force and still call for the same execution: they can be requested again. */
  readonly stay: readonly { readonly standing: S; readonly verdict: Verdict }[];
};

/** Compares what stands with what is called for. Both must speak of the same rules and slices. */
export const transitionsOf = <S extends Standing>(
  standing: readonly S[],
  verdicts: readonly Verdict[],
): Transitions<S> => {
  const stands = new Map(standing.map((one) => [placeKey(one.rule, one.slice), one]));
  const changes = verdicts.map((verdict) => transitionOf(stands.get(placeKey(verdict.rule, verdict.slice)), verdict));
  const called = new Set(verdicts.map(({ rule, slice }) => placeKey(rule, slice)));
  const left = standing.filter(({ rule, slice }) => !called.has(placeKey(rule, slice)));
  return {
    begin: changes.flatMap(({ begin }) => begin ?? []),
    promote: changes.flatMap(({ promote }) => promote ?? []),
    restate: changes.flatMap(({ restate }) => restate ?? []),
    end: [
      ...changes.flatMap(({ end }) => end ?? []),
      ...left.map((one) => ({ standing: one, why: "withdrawn" as const })),
    ],
    stay: changes.flatMap(({ stay }) => stay ?? []),
  };
};

type Transition<S extends Standing> = { readonly [K in keyof Transitions<S>]?: Transitions<S>[K][number] };

const transitionOf = <S extends Standing>(standing: S | undefined, verdict: Verdict): Transition<S> => {
  if (standing === undefined) return { begin: { verdict, restarts: 0 } };
  const { call } = verdict;
  if (call.kind === "run") {
    if (standing.key === null) return { promote: { standing, verdict } };
    if (standing.key !== call.key) return { end: { standing, why: "superseded" }, begin: { verdict, restarts: 0 } };
    if (call.again)
      return { end: { standing, why: "output gone" }, begin: { verdict, restarts: standing.restarts + 1 } };
    return { ...restated(standing, verdict), stay: { standing, verdict } };
  }
  if (call.kind === "none" && standing.key !== null) {
    return { end: { standing, why: endOf(verdict.progress) }, begin: { verdict, restarts: 0 } };
  }
  return restated(standing, verdict);
};

const restated = <S extends Standing>(standing: S, { progress, reason }: Verdict): Transition<S> =>
  standing.progress === progress && standing.reason === reason ? {} : { restate: { standing, progress, reason } };

const endOf = (progress: Progress): End => {
  if (progress === "not-called") return "when is false";
  if (progress === "not-applicable") return "not applicable";
  if (progress === "unknown" || progress === "ambiguous") return progress;
  return "waiting";
};
