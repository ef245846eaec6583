import type { JsonObject } from "@rollerblade/abids";
import type { DerivativeFacts } from "@rollerblade/abids/facts";
import type { Tag } from "../document/tag.ts";

/** Which derivatives are meant: one version of an analysis with one setting of its parameters. */
export type Identity = {
  readonly analysis: string;
  /** Exact, never a range. */
  readonly version: string;
  /** Eight hex digits where the parameters differ from the defaults, else empty. */
  readonly parametersHash: string;
};

/** A version of an analysis with all of its parameters. */
export type VersionLock = Identity & { readonly parameters: JsonObject };

/** What a rule runs, exactly, and the other versions whose results it takes for its own, the highest first. */
export type RuleLock = VersionLock & { readonly accepts?: readonly VersionLock[] };

/**
 * What an application of a document fixes, as a lockfile does: what each rule runs, and what each reference to an
 * analysis means. A reference is `<analysis>@<range>`, as manifests write it in their inputs; tags refer to
 * `<analysis>@*`.
 */
export type Locks = {
  readonly rules: Readonly<Record<string, RuleLock>>;
  readonly references: Readonly<Record<string, readonly Identity[]>>;
};

/** How `Locks.references` calls a reference to an analysis. */
export const referenceKey = (analysis: string, range: string): string => `${analysis}@${range}`;

/** Whether both mean the same derivatives. */
export const sameIdentity = (one: Identity, other: Identity): boolean =>
  one.analysis === other.analysis && one.version === other.version && one.parametersHash === other.parametersHash;

/** Whether a tag of a document with these locks shows this derivative. */
export const tagShows = (tag: Tag, locks: Locks, derivative: DerivativeFacts): boolean =>
  derivative.output === tag.from.output &&
  (locks.references[referenceKey(tag.from.analysis, "*")] ?? []).some((identity) => sameIdentity(identity, derivative));
