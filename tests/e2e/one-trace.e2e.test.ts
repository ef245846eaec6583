import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { settle } from "./settle.ts";
import { createWorld, root, type World } from "./world.ts";

const spanLine = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().nullable(),
  name: z.string(),
  service: z.string(),
});
type SpanLine = z.output<typeof spanLine>;

const scan = "sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w";

/** What one scan passes through, in the order in which a person would tell it: service and name of a span. */
const way = [
  ["ingest", /^POST \/v1\/uploads/],
  ["ingest", /^publish scan\.uploaded$/],
  ["catalog", /^process scan\.uploaded$/],
  ["pipeline-router", /^process scan\.indexed$/],
  ["pipeline-router", /^rule mask-every-t1w$/],
  ["scheduler", /^process run\.requested$/],
  ["scheduler", /^attempt brain-mask/],
  ["scheduler", /^publish brain-mask/],
  ["catalog", /^process derivative\.created$/],
  ["pipeline-router", /^rule volumes-of-every-mask$/],
  ["scheduler", /^attempt tissue-volumes/],
  ["tagger", /^process derivative\.indexed$/],
  ["tagger", /^tag /],
] as const;

describe("one trace", () => {
  let world: World;
  let file: string;

  beforeAll(async () => {
    world = await createWorld();
    file = join(world.folder, "spans.jsonl");
    const data = await world.copyOfColin();
    for (const end of [".nii.gz", ".json"]) await rename(join(data, `${scan}${end}`), join(world.folder, `scan${end}`));
    await world.up({ ROLLERBLADE_TRACE_FILE: file });
    const must = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await world.run(args);
      expect(code, stderr).toBe(0);
    };
    await must("dataset", "import", data);
    for (const name of ["brain-mask", "tissue-volumes", "group-report"]) {
      await must("analysis", "create", join(root, "examples/analyses", name, "analysis.yaml"));
    }
    await must("pipeline", "apply", join(root, "examples/pipeline.yaml"));
    await settle(await world.api());
    const files = [".nii.gz", ".json"].map((end) => `${join(world.folder, `scan${end}`)}=${scan}${end}`);
    await must("scan", "upload", "colin-mini", ...files);
    await settle(await world.api());
    await world.down();
  });
  afterAll(() => world.close());

  it("follows a scan from its upload to its tag, through every service", async () => {
    const trace = await traceOfUpload(file);
    for (const [service, name] of way) {
      const found = trace.filter((span) => span.service === service && name.test(span.name));
      expect.soft(found.length, `${service} ${name}`).toBeGreaterThan(0);
    }
    console.log(`one trace of ${trace.length} spans:\n${drawn(trace)}`);
  });

  it("has one beginning: the upload, from which every other span descends", async () => {
    const trace = await traceOfUpload(file);
    const known = new Set(trace.map(({ spanId }) => spanId));
    const beginnings = trace.filter(({ parentSpanId }) => !known.has(parentSpanId ?? ""));
    expect(beginnings.map(({ service, name }) => `${service}: ${name}`)).toEqual(["gateway: POST /v1/uploads"]);
  });
});

const traceOfUpload = async (file: string): Promise<readonly SpanLine[]> => {
  const lines = (await readFile(file, "utf8")).trim().split("\n");
  const spans = lines.map((line) => spanLine.parse(JSON.parse(line)));
  const upload = spans.find(({ name }) => name.startsWith("POST /v1/uploads"));
  return spans.filter(({ traceId }) => traceId === upload?.traceId);
};

const drawn = (trace: readonly SpanLine[]): string => {
  const children = Map.groupBy(trace, ({ parentSpanId }) => parentSpanId);
  const known = new Set(trace.map(({ spanId }) => spanId));
  const draw = (span: SpanLine, depth: number): string[] => [
    `${"  ".repeat(depth)}${span.service}: ${span.name}`,
    ...(children.get(span.spanId) ?? []).flatMap((child) => draw(child, depth + 1)),
  ];
  return trace
    .filter(({ parentSpanId }) => !known.has(parentSpanId ?? ""))
    .flatMap((span) => draw(span, 0))
    .join("\n");
};
