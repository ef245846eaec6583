import { manifestFrom } from "@rollerblade/analysis";
import { readMapping } from "@rollerblade/convert";
import { parseDocument } from "@rollerblade/pipeline";
import { expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { z } from "zod";
import { parseModule } from "../measure/module-imports.ts";
import type { CodeBlock } from "./markdown.ts";
import { pages } from "./pages.ts";

const manifestKeys = [
  "name",
  "version",
  "description",
  "image",
  "command",
  "process",
  "environment",
  "level",
  "inputs",
  "assets",
  "reads",
  "parameters",
  "outputs",
  "resources",
  "retry",
  "names",
  "layout",
  "neutral",
  "entrypoint",
  "workingDirectory",
];
const documentKeys = ["datasets", "accept", "rules", "tags"];

const kubernetesObject = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).optional() }),
  data: z.record(z.string(), z.string()).optional(),
});

/** Completes a fragment of a manifest, so that the schema can judge it. */
const wholeManifest = (part: Record<string, unknown>): Record<string, unknown> => {
  const inputs: Record<string, unknown> = z.record(z.string(), z.unknown()).catch({}).parse(part.inputs);
  return {
    name: "example",
    version: "1.0.0",
    image: "example.org/example:1.0.0",
    level: Object.keys(inputs).length > 1 ? "session" : "scan",
    inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
    outputs: { result: { name: "{entities}_desc-example_result.json" } },
    ...part,
  };
};

/** Completes a fragment of a rule, so that the schema of pipeline documents can judge it. */
const wholeDocument = (rule: Record<string, unknown>): string =>
  stringify({
    datasets: ["*"],
    rules: [
      {
        name: "example",
        on: { derivative: { analysis: "tissue-volumes" } },
        run: { analysis: "group-report" },
        ...rule,
      },
    ],
  });

const checkYaml = (text: string): string => {
  const kinds: string[] = [];
  for (const document of parseAllDocuments(text)) {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const value = z.record(z.string(), z.unknown()).parse(document.toJS());
    const keys = Object.keys(value);
    if (keys.includes("apiVersion")) {
      const object = kubernetesObject.parse(value);
      for (const [file, pipeline] of Object.entries(object.data ?? {}))
        if (file === "pipeline.yaml") parseDocument(file, pipeline);
      kinds.push(object.kind);
    } else if (keys.includes("images")) {
      readMapping("mapping.yaml", text);
      kinds.push("mapping");
    } else if (keys.every((key) => documentKeys.includes(key))) {
      parseDocument("example", text);
      kinds.push("pipeline document");
    } else if (keys.every((key) => manifestKeys.includes(key))) {
      manifestFrom(wholeManifest(value), "analysis.yaml");
      kinds.push("manifest");
    } else if (keys.every((key) => ["name", "on", "when", "join", "run"].includes(key))) {
      parseDocument("example", wholeDocument(value));
      kinds.push("rule");
    } else
      throw new Error(
        `It is neither a manifest, a mapping, a pipeline document nor an object of Kubernetes: ${keys.join(", ")}`,
      );
  }
  return kinds.join(", ");
};

const checks: Readonly<Record<string, (text: string) => unknown>> = {
  yaml: checkYaml,
  json: (text) => JSON.parse(text),
  js: (text) => requireSyntax("example.js", text),
  ts: (text) => requireSyntax("example.ts", text),
};

const requireSyntax = (file: string, text: string): void => {
  const { errors } = parseModule(file, text);
  if (errors[0] !== undefined) throw new Error(errors[0]);
};

const faultOf = ({ language, text, line }: CodeBlock): string | null => {
  try {
    checks[language]?.(text);
    return null;
  } catch (error) {
    return `block at line ${line}: ${error instanceof Error ? error.message : String(error)}`;
  }
};

const shown = pages.filter(({ blocks }) => blocks.some(({ language }) => checks[language] !== undefined));

test.each(shown.map((page) => [page.file, page] as const))(
  "what %s shows as YAML, JSON or code is valid",
  (_file, { blocks }) => {
    expect(blocks.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  },
);

test("the documentation shows manifests, mappings, pipeline documents, rules, ConfigMaps and a NetworkPolicy", () => {
  const kinds = shown.flatMap(({ blocks }) =>
    blocks.filter(({ language }) => language === "yaml").map(({ text }) => checkYaml(text)),
  );
  expect([...new Set(kinds)].sort()).toEqual([
    "ConfigMap",
    "NetworkPolicy",
    "manifest",
    "mapping",
    "pipeline document",
    "rule",
  ]);
});

test.each([
  ["a manifest without inputs", "name: a\nversion: 1.0.0\nimage: a\nlevel: scan\ninputs: {}\n"],
  ["a rule with a level that does not exist", "join: {by: [site], need: [], complete: all}\n"],
  ["a key of a document that does not exist", "datasets: [a]\nrulez: []\n"],
  [
    "a ConfigMap with a document that is none",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  pipeline.yaml: 'rules: 1'\n",
  ],
])("%s is refused", (_name, text) => {
  expect(() => checkYaml(text)).toThrow();
});
