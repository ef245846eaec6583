import { once } from "node:events";
import { createServer } from "node:http";

/** An address that leads to another one. */
export type PublicDoor = { readonly url: string; leadTo(target: string): void; close(): void };

/**
 * Opens a public address for services whose gateway has no port yet: links name the public address, which is a setting of theirs. It
 * redirects to wherever it is told to lead.
 */
export const openPublicDoor = async (): Promise<PublicDoor> => {
  let target = "";
  const door = createServer((request, response) => {
    response.writeHead(307, { location: new URL(request.url ?? "", target).href }).end();
  });
  await once(door.listen(0, "127.0.0.1"), "listening");
  const address = door.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    leadTo: (url) => {
      target = url;
    },
    close: () => void door.close(),
  };
};
