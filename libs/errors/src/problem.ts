import type { ProblemCode } from "./problem-types.ts";

/** One fault among several, with the place where it was found (a path, a field, a line). */
export type Finding = { readonly where: string; readonly message: string };

/** The parts of a problem as they travel over HTTP and are printed. */
export type ProblemBody = {
  readonly code: ProblemCode;
  /** One sentence: what was wrong. */
  readonly message: string;
  /** What it speaks of: a dataset, a file, a rule. */
  readonly subject?: string | undefined;
  /** What the person can do about it. */
  readonly next?: string | undefined;
  readonly findings?: readonly Finding[] | undefined;
  /** Of `too-many-requests`: seconds after which the same request may pass; also sent as `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
};

/** The one error that people see: what was wrong, where, and the next step. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly subject: string | undefined;
  readonly next: string | undefined;
  readonly findings: readonly Finding[];
  readonly retryAfterSeconds: number | undefined;

  constructor(body: ProblemBody, options?: { cause?: unknown }) {
    super(body.message, options);
    this.name = "Problem";
    this.code = body.code;
    this.subject = body.subject;
    this.next = body.next;
    this.findings = body.findings ?? [];
    this.retryAfterSeconds = body.retryAfterSeconds;
  }

  /** The parts without the stack, ready for JSON. */
  body(): ProblemBody {
    const { code, message, subject, next, findings, retryAfterSeconds } = this;
    return { code, message, subject, next, findings: findings.length > 0 ? findings : undefined, retryAfterSeconds };
  }

  /** Any thrown value as a problem; what is unknown becomes `internal` and keeps its cause. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new Problem({ code: "internal", message }, { cause: thrown });
  }
}
