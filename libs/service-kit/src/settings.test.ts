import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

const complete = {
  ROLLERBLADE_DATABASE_URL: "postgres://u:p@host/db",
  ROLLERBLADE_NATS_URL: "nats://host:4222",
  ROLLERBLADE_OBJECTS: "file:///data",
  ROLLERBLADE_PUBLIC_URL: "http://localhost:7700/",
  ROLLERBLADE_LINK_SECRET: "a-secret-of-some-length",
};

test("the few that are needed are enough", () => {
  expect(readSettings(complete)).toMatchObject({
    publicUrl: "http://localhost:7700",
    cache: "readable",
    port: 7700,
    peers: {},
  });
});

test("the embedded mode shares results unless it is told not to", () => {
  expect(readSettings({ ...complete, ROLLERBLADE_MODE: "embedded" }).cache).toBe("global");
  expect(readSettings({ ...complete, ROLLERBLADE_MODE: "embedded", ROLLERBLADE_CACHE: "readable" }).cache).toBe(
    "readable",
  );
});

test.each([
  ["ROLLERBLADE_DATABASE_URL", "mysql://x", "postgres://"],
  ["ROLLERBLADE_NATS_URL", "", "not set"],
  ["ROLLERBLADE_OBJECTS", "/data", "file:///"],
  ["ROLLERBLADE_LINK_SECRET", "short", "16 characters"],
  ["ROLLERBLADE_SERVICE_PUBLIC_KEYS", '{"billing": ["MCow"]}', "ROLLERBLADE_SERVICE_PUBLIC_KEYS"],
  ["ROLLERBLADE_SERVICE_PUBLIC_KEYS", '{"catalog": ["a", "b", "c"]}', "ROLLERBLADE_SERVICE_PUBLIC_KEYS"],
  ["ROLLERBLADE_PORT", "lots", "number"],
  ["ROLLERBLADE_PEERS", "catalog", "ROLLERBLADE_PEERS"],
])("%s as %j is refused by name", (name, value, hint) => {
  const read = () => readSettings({ ...complete, [name]: value });
  expect(read).toThrow(expect.objectContaining({ subject: name, message: expect.stringContaining(hint) }));
});
