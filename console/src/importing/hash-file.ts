import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * The hash of a file as manifests name it, read piece by piece: a browser hashes whole texts only, and only on pages that came by HTTPS or from the
 * machine itself.
 * @param onBytes is told how many bytes were read since it was called last
 */
export const hashFile = async (file: Blob, onBytes: (bytes: number) => void): Promise<string> => {
  const hash = sha256.create();
  const reader = file.stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    hash.update(next.value);
    onBytes(next.value.byteLength);
  }
  return `sha256:${bytesToHex(hash.digest())}`;
};
