import type { Finding } from "@rollerblade/errors";

/** A document that a source holds just now. */
export type Offered = {
  readonly name: string;
  readonly source: string;
  /** Where it comes from, for people: a path, or a namespace and name. */
  readonly origin: string;
  /** Under whose rights its rules run: the router's configuration says so, never the document. */
  readonly owner: string;
  /** Changes when the same text is to be applied again; empty where the source has no such thing. */
  readonly stamp: string;
};

/** What became of an offered document. */
export type Verdict =
  | { readonly applied: true; readonly revision: number }
  | { readonly applied: false; readonly message: string; readonly findings: readonly Finding[] };

/** A place that documents come from besides the API. */
export type PipelineSource = {
  /** For logs, and to know its documents again. */
  readonly kind: string;
  /** All documents that it holds; null where it is not there at all, so that none is taken to be gone. @throws Problem when it cannot be read */
  list(): Promise<readonly Offered[] | null>;
  /** Calls `changed` whenever something may have changed, until the signal aborts. Missing a change is allowed: `list` is called often. */
  watch(changed: () => void, signal: AbortSignal): Promise<void>;
  /** Tells at the source what became of one of its documents; called again and again, also when nothing has changed. */
  report?(name: string, verdict: Verdict): Promise<void>;
};
