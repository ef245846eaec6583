import { accountsRoutes, catalogRoutes, everyRoute, type Route } from "@rollerblade/client";
import { createLogger } from "@rollerblade/telemetry";
import { expect, test } from "vitest";
import { z } from "zod";
import { isPaged, openCursor, sealCursor } from "./cursors.ts";
import { createHttp } from "./http-server.ts";
import { implement } from "./implement.ts";
import { pageOf } from "./pages.ts";

const { listDatasets, listSavedQueries } = catalogRoutes;

test.each(["brains", "dataset/brains", "Übung 脳", "0192f0e4-7f3c-7abc-8def-001122334455"])(
  "the place %j is the same after its cursor was read",
  (place) => {
    const cursor = sealCursor(listDatasets, place);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(cursor).not.toContain(place);
    expect(openCursor(listDatasets, cursor)).toBe(place);
  },
);

test.each(["brains", "", "AAAA", `${sealCursor(listDatasets, "a")}A`, sealCursor(listSavedQueries, "a"), "\0", "🧠"])(
  "%j is no cursor of the list",
  (cursor) => {
    expect(() => openCursor(listDatasets, cursor)).toThrow(expect.objectContaining({ code: "invalid" }));
  },
);

/**
 * Lists that end by themselves: the largest groups, one answer for each item of the body, cells of one change, issuers of the settings, the
 * best few of each kind, causes of dead letters, keys of one scan, rules of findings.
 */
const endsByItself = [
  "/v1/queries/count",
  "/v1/tasks/foresee",
  "/v1/sign-in/issuers",
  "/v1/internal/issuers",
  "/v1/search",
  "/v1/dead-letters/groups",
  "/v1/scans/metadata",
  "/v1/datasets/:dataset/findings/groups",
];

const isSmall = ({ method, path }: Route): boolean =>
  endsByItself.includes(path) || path.endsWith("/identities") || (method !== "GET" && path.endsWith("/corrections"));

test("every route that answers with a list of items answers in pages of the same shape", () => {
  const lists = everyRoute.filter(
    (route) => route.response instanceof z.ZodObject && "items" in route.response.shape && !isSmall(route),
  );
  expect(lists.length).toBeGreaterThan(25);
  expect(lists.filter((route) => !isPaged(route)).map(({ path }) => path)).toEqual([]);
  for (const { path, query, body } of lists) {
    const asked = body instanceof z.ZodObject ? body : query;
    const { limit, after } = asked instanceof z.ZodObject ? asked.shape : {};
    expect([path, limit?.safeParse(0).success, limit?.safeParse(20_001).success]).toEqual([path, false, false]);
    expect([path, after?.safeParse("x".repeat(8_193)).success, after?.safeParse(undefined).success]).toEqual([
      path,
      false,
      true,
    ]);
  }
});

test("a list is read to its end by its cursors, and another list refuses them", async () => {
  const http = await createHttp({ service: "accounts", log: createLogger("accounts", { level: "silent" }) });
  const context = { http, name: "accounts" as const, authenticate: async () => ({ name: "ada", admin: false }) };
  const names = ["a", "b", "c", "d", "e"];
  const group = (name: string) => ({
    name,
    displayName: "",
    owner: "ada",
    claim: null,
    createdAt: "2026-01-01T00:00:00Z",
  });
  implement(context, accountsRoutes.listGroups, ({ query: { limit, after = "" } }) =>
    pageOf(names.filter((name) => name > after).map(group), limit, ({ name }) => name),
  );
  implement(context, accountsRoutes.listTransfers, () => ({ items: [], next: null }));
  const page = z.object({ items: z.array(z.object({ name: z.string() })), next: z.string().nullable() });
  const found: string[] = [];
  for (let after = ""; ; ) {
    const answer = page.parse((await http.inject(`/v1/groups?limit=2${after && `&after=${after}`}`)).json());
    found.push(...answer.items.map(({ name }) => name));
    if (answer.next === null) break;
    after = answer.next;
    expect((await http.inject(`/v1/transfers?after=${after}`)).statusCode).toBe(400);
  }
  expect(found).toEqual(names);
  expect((await http.inject("/v1/groups?after=b")).json()).toMatchObject({ code: "invalid", subject: "b" });
});
