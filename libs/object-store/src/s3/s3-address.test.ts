import { expect, test } from "vitest";
import { readS3Address } from "./s3-address.ts";

test("an address names the server, the bucket, the keys and the server's public name", () => {
  const url = "s3://key:s%2Fcret@s3.example.org/scans?region=eu-1&publicEndpoint=https://files.example.org:8443";
  expect(readS3Address(url)).toEqual({
    endpoint: { host: "s3.example.org", port: 443, tls: true },
    publicEndpoint: { host: "files.example.org", port: 8443, tls: true },
    region: "eu-1",
    bucket: "scans",
    accessKey: "key",
    secretKey: "s/cret",
    pathStyle: true,
  });
});

test("without TLS and with a port", () => {
  expect(readS3Address("s3+http://k:s@localhost:7070/b").endpoint).toEqual({
    host: "localhost",
    port: 7070,
    tls: false,
  });
});

test.each(["s3://host/bucket", "s3://k:s@host/", "s3://k@host/bucket"])("%s is incomplete", (url) => {
  expect(() => readS3Address(url)).toThrow("has no host, bucket, key or secret");
});
