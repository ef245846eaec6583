import { Readable } from "node:stream";
import { Problem } from "@rollerblade/errors";

/** The bytes of a request as a stream: an empty file may come without any body. @throws Problem `invalid` */
export const bodyStream = (body: unknown): Readable => {
  if (body instanceof Readable) return body;
  if (body === undefined || body === null) return Readable.from([]);
  throw new Problem({ code: "invalid", message: "The bytes must come as application/octet-stream." });
};
