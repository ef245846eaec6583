import { catalogRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import { readableFile } from "../export/readable-file.ts";
import { createPictures } from "../pictures/make-once.ts";

/** The picture of an image, for whoever may read all that the image was made from. */
export const pictureRoutes = (
  context: ServiceContext<{ readonly pictureSeconds: number; readonly picturesAtOnce: number }>,
): void => {
  const pictures = createPictures(context);
  implement(context, catalogRoutes.showPicture, async ({ principal, query, request, reply }) => {
    const file = await readableFile(context, principal, query);
    // The picture of a content never changes; whether one may see it does.
    const etag = `"${file.sha256.replace(/^sha256:/, "")}"`;
    const headers = { etag, "cache-control": "private, no-cache" };
    if (request.headers["if-none-match"] === etag) return reply.code(304).headers(headers).send();
    const picture = await pictures.of(principal.name, file);
    if ("problem" in picture) throw noPicture(file.path, picture.problem);
    return reply.headers(headers).type("image/webp").send(Buffer.from(picture.webp));
  });
};

const noPicture = (path: string, reason: string): Problem =>
  new Problem({ code: "not-found", message: `${path} has no picture. ${reason}`, subject: path });
