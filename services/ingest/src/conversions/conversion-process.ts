/**
 * Carries out one conversion in a process of its own: `node conversion-process.ts FOLDER`. The folder holds `request.json` and
 * gets everything that is made; progress is printed as one JSON document a line. It ends when its standard input does, since then the
 * service that began it is gone.
 */
import { once } from "node:events";
import { createWriteStream, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { type Convert, openConversion, planDocument, readMapping, readyMapping } from "@rollerblade/convert";
import { Problem } from "@rollerblade/errors";
import { type ConversionResult, conversionRequest, filesIn, maxFindings } from "./conversion-process-files.ts";

const folder = process.argv[2] ?? "";
const files = filesIn(folder);

/** The whole group: programs that were started for a series must not go on alone. */
const endGroup = (): void => void process.kill(-process.pid, "SIGKILL");
process.stdin.on("end", endGroup).on("error", endGroup).resume();

const show = (phase: string, done: number, of: number): void =>
  void process.stdout.write(`${JSON.stringify({ phase, done, of })}\n`);

const convert = async (): Promise<ConversionResult> => {
  const { source, mapping, plan, force } = conversionRequest.parse(JSON.parse(readFileSync(files.request, "utf8")));
  const conversion = await openConversion({
    source,
    mapping: readMapping("mapping", readyMapping(mapping) ?? mapping),
    labels: files.labels,
    directory: files.dataset,
    progress: show,
  });
  try {
    await writeEntries(conversion.plan.entries);
    const planned = resultOf(conversion.plan);
    if (plan) return planned;
    return await write(conversion, planned, force);
  } finally {
    conversion.close();
  }
};

const write = async (conversion: Convert, planned: ConversionResult, force: boolean): Promise<ConversionResult> => {
  try {
    const report = await conversion.write(files.dataset, {
      force,
      progress: (done, total) => show("images", done, total),
    });
    const [failed] = report.failures;
    const failures = report.failures.map(({ where, message }) => ({ severity: "error" as const, where, message }));
    return {
      ...planned,
      findings: [...failures, ...planned.findings].slice(0, maxFindings),
      errors: planned.errors + failures.length,
      converted: report.converted + report.unchanged,
      problem:
        failed === undefined
          ? null
          : {
              message: `${failures.length} images could not be made: ${failed.where}: ${failed.message}`,
              next: "Correct the source, or let the mapping ignore them with a reason.",
            },
    };
  } catch (error) {
    return { ...planned, problem: problemOf(error) };
  }
};

const resultOf = (plan: Convert["plan"]): ConversionResult => {
  const document = planDocument(plan);
  const findings = [
    ...document.findings,
    ...document.bids.map(({ severity, file, message, rule }) => ({
      severity,
      where: file,
      message: `${message} (${rule})`,
    })),
  ].map(({ severity, where, message }) => ({ severity, where, message }));
  const errors = findings.filter(({ severity }) => severity === "error");
  const warnings = findings.filter(({ severity }) => severity !== "error");
  const removed: Record<string, number> = {};
  for (const { what } of document.removed) removed[what] = (removed[what] ?? 0) + 1;
  return {
    ...{ counts: document.counts, images: document.images.length, documents: document.documents, removed },
    subjects: new Set(plan.work.map(({ image }) => image.subject)).size,
    ...{ errors: errors.length, warnings: warnings.length },
    findings: [...errors, ...warnings].slice(0, maxFindings),
    judgedAfterConversion: document.judgedAfterConversion,
    ...{ converted: null, problem: null },
  };
};

const writeEntries = async (entries: Convert["plan"]["entries"]): Promise<void> => {
  const stream = createWriteStream(files.entries);
  for (const entry of entries) if (!stream.write(`${JSON.stringify(entry)}\n`)) await once(stream, "drain");
  stream.end();
  await finished(stream);
};

const problemOf = (error: unknown): { readonly message: string; readonly next: string | null } => {
  const { message, next, findings } = Problem.from(error);
  const all = findings.length > 1 ? ` (${findings.map((one) => `${one.where}: ${one.message}`).join("; ")})` : "";
  return { message: `${message}${all}`.slice(0, 4_000), next: next ?? null };
};

const nothing: ConversionResult = {
  ...{ counts: {}, images: 0, subjects: 0, documents: [], errors: 0, warnings: 0, findings: [], removed: {} },
  ...{ judgedAfterConversion: 0, converted: null, problem: null },
};

const result = await convert().catch((error: unknown) => ({ ...nothing, problem: problemOf(error) }));
writeFileSync(join(folder, "result.new"), JSON.stringify(result));
renameSync(join(folder, "result.new"), files.result);
process.exit(0);
