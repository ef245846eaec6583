import {
  isProblemCode,
  type Problem,
  type ProblemBody,
  problemCodeOf,
  problemTypes,
  statusOf,
} from "@rollerblade/errors";
import { z } from "zod";

/** The media type of errors (RFC 9457). */
export const problemMediaType = "application/problem+json";

/** One place that is wrong. */
export const findingSchema = z.strictObject({ where: z.string(), message: z.string() });

/** An error as every route answers it: a problem document of RFC 9457 with members of our own. */
export const problemSchema = z.object({
  /** `/problems/CODE`, below the address of the server; it leads to what the code means. */
  type: z.string(),
  /** The kind of problem in words, the same for every one with this code. */
  title: z.string(),
  status: z.int().min(400).max(599),
  /** What was wrong, in one sentence. */
  detail: z.string(),
  /** The path of the request; `urn:uuid:` with the id in the log when nobody foresaw it. */
  instance: z.string(),
  code: z.enum(Object.keys(problemTypes).filter(isProblemCode)),
  /** What it speaks of: a dataset, a field, a rule. */
  subject: z.string().optional(),
  /** What to do about it. */
  next: z.string().optional(),
  /** Each place that is wrong, where there are several. */
  findings: z.array(findingSchema).optional(),
  /** Seconds after which the same request may pass; also sent as `Retry-After`. */
  retryAfterSeconds: z.number().optional(),
});
export type ProblemDocument = z.output<typeof problemSchema>;

/** A problem as a document. @param path of the request @param status when it is another one than that of the code */
export const writeProblem = (problem: Problem, path: string, status = statusOf(problem.code)): ProblemDocument => {
  const { message, findings, ...members } = problem.body();
  return {
    type: `/problems/${problem.code}`,
    title: problemTypes[problem.code].title,
    status,
    detail: message,
    instance: problem.code === "internal" && problem.subject !== undefined ? `urn:uuid:${problem.subject}` : path,
    ...members,
    ...(findings === undefined ? {} : { findings: [...findings] }),
  };
};

const members = z.object({
  code: z.string(),
  subject: z.string().optional(),
  next: z.string().optional(),
  findings: z.array(findingSchema.strip()).optional(),
  retryAfterSeconds: z.number().optional(),
});
const written = z.union([
  members.extend({ detail: z.string() }),
  // Servers before RFC 9457 was taken up wrap the problem, and call its sentence `message`.
  z
    .object({ error: members.extend({ message: z.string() }) })
    .transform(({ error: { message, ...rest } }) => ({ ...rest, detail: message })),
]);

/** The problem in the body of an answer, or undefined when it is somebody else's. A code of a later version becomes that of its status. */
export const readProblem = (text: string, status: number): ProblemBody | undefined => {
  const parsed = written.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { code, detail, ...rest } = parsed.data;
  return { ...rest, code: isProblemCode(code) ? code : problemCodeOf(status), message: detail };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
