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
  type: z.string().describe("`/problems/CODE`, below the address of the server; it leads to what the code means."),
  title: z.string().describe("The kind of problem in words, the same for every one with this code."),
  status: z.int().min(400).max(599),
  detail: z.string().describe("What was wrong, in one sentence."),
  instance: z.string().describe("The path of the request; `urn:uuid:` with the id in the log when nobody foresaw it."),
  code: z.enum(Object.keys(problemTypes).filter(isProblemCode)),
  subject: z.string().optional().describe("What it speaks of: a dataset, a field, a rule."),
  next: z.string().optional().describe("What to do about it."),
  findings: z.array(findingSchema).optional().describe("Each place that is wrong, where there are several."),
  retryAfterSeconds: z
    .number()
    .optional()
    .describe("Seconds after which the same request may pass; also sent as `Retry-After`."),
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
