import { Problem } from "@rollerblade/errors";

/** One server to speak S3 to. */
export type Endpoint = { readonly host: string; readonly port: number; readonly tls: boolean };

/** A bucket and how to get at it. */
export type S3Address = {
  readonly endpoint: Endpoint;
  /** The name of the same server for those who get links. */
  readonly publicEndpoint: Endpoint;
  readonly region: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Whether the bucket stands in the path (most servers) or in the host name. */
  readonly pathStyle: boolean;
};

/**
 * Reads `s3://key:secret@host[:port]/bucket?region=…&publicEndpoint=https://…&style=path|host`; `s3+http://` for a server
 * without TLS.
 * @throws Problem `invalid` when a part is missing
 */
export const readS3Address = (text: string): S3Address => {
  const url = new URL(text);
  const bucket = url.pathname.replaceAll("/", "");
  if (url.hostname === "" || bucket === "" || url.username === "" || url.password === "") throw incomplete(url);
  const endpoint = endpointOf(url, url.protocol !== "s3+http:");
  const shown = url.searchParams.get("publicEndpoint");
  return {
    endpoint,
    publicEndpoint: shown === null ? endpoint : endpointOf(new URL(shown), shown.startsWith("https:")),
    region: url.searchParams.get("region") ?? "us-east-1",
    bucket,
    accessKey: decodeURIComponent(url.username),
    secretKey: decodeURIComponent(url.password),
    pathStyle: url.searchParams.get("style") !== "host",
  };
};

const endpointOf = (url: URL, tls: boolean): Endpoint => ({
  host: url.hostname,
  port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
  tls,
});

const incomplete = (url: URL): Problem =>
  new Problem({
    code: "invalid",
    message: "The address of the object store has no host, bucket, key or secret.",
    subject: `${url.protocol}//${url.host}${url.pathname}`,
    next: "Write it as s3://key:secret@host/bucket.",
  });
