import { expect, test } from "vitest";
import { schemas, services } from "./registry.ts";

test("the tables that are known without loading a service are those of all services", async () => {
  const loaded = await Promise.all(Object.values(services).map((load) => load()));
  const declared = loaded.flatMap(({ database }) => (database === null ? [] : [database]));
  const listed = (all: readonly { schema: string; migrations: URL }[]) =>
    all.map(({ schema, migrations }) => [schema, migrations.href]).sort();
  expect(listed(schemas)).toEqual(listed(declared));
}, 60_000);
