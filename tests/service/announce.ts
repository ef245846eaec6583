import { createHash } from "node:crypto";
import { type MessageInitOf, publish, type TopicName } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";

/** A file as a message holds it. */
export type AnnouncedFile = { path: string; role: string; size: bigint; sha256: string };

/** Puts files into the bucket and announces them, as an upload service of another team would; all are ada's. */
export const announce = (url: string, objects: ObjectStore) => {
  const put = async (dataset: string, path: string, content: string, role: string): Promise<AnnouncedFile> => {
    await objects.put(`datasets/${dataset}/${path}`, Buffer.from(content));
    const sha256 = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    return { path, role, size: BigInt(Buffer.byteLength(content)), sha256 };
  };
  const publishEvent = <T extends TopicName>(topic: T, message: MessageInitOf<T>) =>
    publish(topic, message, { url, source: "ada" });
  return {
    /** An image with its sidecar. */
    async scan(dataset: string, path: string, content: string, metadata: object): Promise<AnnouncedFile[]> {
      const sidecar = path.replace(".nii.gz", ".json");
      const files = [
        await put(dataset, path, content, "image"),
        await put(dataset, sidecar, JSON.stringify(metadata), "json"),
      ];
      await publishEvent("scan.uploaded", { dataset, path, files, uploader: "ada" });
      return files;
    },
    async table(dataset: string, path: string, content: string): Promise<void> {
      const files = [await put(dataset, path, content, "metadata")];
      await publishEvent("metadata.uploaded", { dataset, files, uploader: "ada", removed: [] });
    },
    async removed(dataset: string, path: string): Promise<void> {
      await publishEvent("scan.removed", { dataset, path, remover: "ada" });
    },
  };
};
