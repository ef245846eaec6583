import { createBoundedLog } from "../bounded-log.ts";

/**
 * The text of a container's log: Docker puts eight bytes before each piece, the stream's number and the length.
 * https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerAttach
 */
export const splitLog = (raw: Uint8Array): string => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const log = createBoundedLog();
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 4);
    log.write(bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return log.text();
};
