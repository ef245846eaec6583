import { z } from "zod";
import { route } from "./route.ts";

const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** `out`: it lies below ROLLERBLADE_OUT, and may be changed there. @default below ROLLERBLADE_IN */
const stagedRoot = z.literal("out").optional();

/** A file that a Pod needs before its analysis starts. */
export const stagedInput = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text"), path: z.string(), root: stagedRoot, text: z.string() }),
  z.object({
    kind: z.literal("object"),
    path: z.string(),
    root: stagedRoot,
    size: z.int(),
    sha256: hash,
    name: z.string().describe("What to call it when it is gone."),
    paths: z
      .array(z.string())
      .describe(
        "Paths of this service under which it may lie, the likeliest first; only a content with that hash is the one.",
      ),
  }),
]);
export type StagedInput = z.output<typeof stagedInput>;

/** Limit of files of one attempt: FreeSurfer writes some 300 for a person, fMRIPrep with it some 1,000. */
const maxFiles = 20_000;

/** A thing that an analysis left in its folder. */
export const foundOutput = z.strictObject({
  name: z.string().max(1_000),
  kind: z.enum(["file", "link", "hard-link", "folder", "other"]),
  size: z.int().min(0),
  sha256: hash.optional().describe("Of a file."),
  contentFault: z.string().max(1_000).optional().describe("Why its content cannot be what its name says."),
});
export type FoundOutput = z.output<typeof foundOutput>;

/** A file that was stored. */
const storedOutput = z.strictObject({ name: z.string(), size: z.int().min(0), sha256: hash });

/** The report of a Pod at its end; a manifest reports success. */
export const podReport = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("succeeded"), outputs: z.array(storedOutput).max(maxFiles) }),
  z.strictObject({ outcome: z.literal("input-changed"), reason: z.string().max(4_000) }),
]);
export type PodReport = z.output<typeof podReport>;

/**
 * What the staging containers of a Pod ask the scheduler. Their token is the Pod's own, so these routes answer for the
 * one slice that this Pod is for, and for nothing else.
 */
export const stagingRoutes = {
  inputs: route({
    method: "POST",
    path: "/v1/staging/inputs",
    summary: "For Pods: everything that the analysis of this Pod finds below ROLLERBLADE_IN.",
    body: z.object({}),
    response: z.object({
      files: z.array(stagedInput),
      trees: z.array(z.string()).describe("Folders below ROLLERBLADE_OUT that the analysis is to fill."),
    }),
  }),
  outputs: route({
    method: "POST",
    path: "/v1/staging/outputs",
    summary: "For Pods: where to put the outputs, or what is wrong with them.",
    body: z.object({ files: z.array(foundOutput).max(maxFiles) }),
    response: z.object({
      fault: z.string().nullable().describe("Why nothing of it is taken; the attempt has failed."),
      puts: z
        .array(z.object({ name: z.string(), path: z.string() }))
        .describe("Paths of this service, each for the one content that was found."),
      manifest: z.string().nullable().describe("Where the manifest goes, last of all."),
    }),
  }),
  report: route({
    method: "POST",
    path: "/v1/staging/report",
    summary: "For Pods: everything is stored; or its input is not what it was.",
    body: podReport,
    response: z.undefined(),
  }),
} as const;
