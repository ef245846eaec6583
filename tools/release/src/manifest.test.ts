import { expect, test } from "vitest";
import { exportedSources, manifestSchema, publishedManifest } from "./manifest.ts";

const manifest = manifestSchema.parse({
  name: "@rollerblade/a",
  version: "1.2.0",
  description: "About a",
  license: "Apache-2.0",
  private: true,
  exports: { ".": "./src/index.ts", "./part": "./src/parts/part.ts", "./testing": "./src/testing/index.ts" },
  dependencies: { "@rollerblade/b": "*", zod: "4.0.0" },
  devDependencies: { vitest: "5.0.0" },
});
const versions = new Map([["@rollerblade/b", "1.2.0"]]);

test("what is published exports compiled files with their types, and pins the packages of the workspace", () => {
  expect(publishedManifest(manifest, { node: ">=22", bundled: ["zod"], versions })).toEqual({
    name: "@rollerblade/a",
    version: "1.2.0",
    description: "About a",
    license: "Apache-2.0",
    type: "module",
    sideEffects: false,
    engines: { node: ">=22" },
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./part": { types: "./dist/parts/part.d.ts", default: "./dist/parts/part.js" },
      "./package.json": "./package.json",
    },
    files: ["dist"],
    dependencies: { "@rollerblade/b": "1.2.0", zod: "4.0.0" },
    bundleDependencies: ["zod"],
    publishConfig: { access: "public" },
  });
});

test("sources that only tests use are not compiled", () => {
  expect(exportedSources(manifest)).toEqual(["index.ts", "parts/part.ts"]);
});

test("a dependency that is not published is refused", () => {
  const publishing = { node: ">=22", bundled: [], versions: new Map<string, string>() };
  expect(() => publishedManifest(manifest, publishing)).toThrow("@rollerblade/a is published and needs @rollerblade/b");
});
