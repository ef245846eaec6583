import { randomBytes } from "node:crypto";
import { Client } from "minio";
import { expect, test } from "vitest";
import { requireVersitygw, startVersitygw } from "../testing/start-versitygw.ts";
import { copyObject } from "./copy-object.ts";
import { readS3Address } from "./s3-address.ts";

const versitygw = await requireVersitygw();

test.skipIf(versitygw === null)("an object that is too large for one request is copied in parts", async () => {
  const server = await startVersitygw(versitygw ?? "");
  const { endpoint, accessKey, secretKey, bucket, region } = readS3Address(server.url);
  const client = new Client({
    endPoint: endpoint.host,
    port: endpoint.port,
    useSSL: false,
    accessKey,
    secretKey,
    region,
  });
  const bytes = randomBytes(13 * 2 ** 20 + 1);
  await client.putObject(bucket, "from a+b?c", bytes, bytes.length);
  await copyObject({ client, bucket, from: "from a+b?c", to: "to", size: bytes.length }, 5 * 2 ** 20);
  expect(Buffer.concat(await (await client.getObject(bucket, "to")).toArray()).equals(bytes)).toBe(true);
  await server.stop();
});
