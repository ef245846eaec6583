import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openConversion, type Plan, readMapping, type WriteReport } from "@rollerblade/convert";
import { afterAll } from "vitest";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone when the tests of the file have ended. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "rollerblade-test-convert-"));
  folders.push(folder);
  return folder;
};

type Options = { readonly labels?: string };

/** Plans a conversion. */
export const planOf = async (source: string, mapping: string, { labels }: Options = {}): Promise<Plan> => {
  const conversion = await openConversion({
    ...{ source, mapping: readMapping("mapping.yaml", mapping) },
    ...(labels !== undefined && { labels }),
  });
  conversion.close();
  return conversion.plan;
};

/** Plans a conversion and carries it out. */
export const convert = async (
  source: string,
  mapping: string,
  directory: string,
  { labels, force = false }: Options & { readonly force?: boolean } = {},
): Promise<{ readonly plan: Plan; readonly report: WriteReport }> => {
  const conversion = await openConversion({
    ...{ source, directory, mapping: readMapping("mapping.yaml", mapping) },
    ...(labels !== undefined && { labels }),
  });
  try {
    return { plan: conversion.plan, report: await conversion.write(directory, { force }) };
  } finally {
    conversion.close();
  }
};

/** What keeps a plan from being carried out, as lines. */
export const errorsOf = ({ findings, judgement }: Plan): readonly string[] => [
  ...findings.filter(({ severity }) => severity === "error").map(({ where, message }) => `${where}: ${message}`),
  ...judgement.filter(({ severity }) => severity === "error").map(({ file, message }) => `${file}: ${message}`),
];
