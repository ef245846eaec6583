import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { readServerFile } from "./server-file.ts";
import { serverFolder } from "./server-folder.ts";

/** A server, where people open it, and whether it runs on this machine and can read its files. */
export type Server = HttpClient & { readonly url: string; readonly local: boolean };

/**
 * The server that commands speak to: `ROLLERBLADE_URL` and `ROLLERBLADE_TOKEN`, else what `rollerblade up` has started
 * here.
 * @throws Problem `unavailable` when none is known
 */
export const findServer = async (): Promise<Server> => {
  const url = process.env.ROLLERBLADE_URL;
  if (url !== undefined && url !== "") return serverAt(requireUrl(url), process.env.ROLLERBLADE_TOKEN);
  const found = await readServerFile(serverFolder());
  if (found !== null) return serverAt(found.url, process.env.ROLLERBLADE_TOKEN ?? found.token);
  throw new Problem({
    code: "unavailable",
    message: "No Rollerblade server runs here.",
    subject: serverFolder(),
    next: "Start one with `rollerblade up` in another terminal, or set ROLLERBLADE_URL and ROLLERBLADE_TOKEN.",
  });
};

/** The server at an address. Uploads and long questions may take ten minutes. */
export const serverAt = (url: string, token: string | undefined): Server => ({
  url,
  local: ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname),
  ...createHttpClient({ url, token, timeoutMs: 600_000 }),
});

const requireUrl = (text: string): string => {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new Problem({
    code: "invalid",
    message: `"${text}" is not an address.`,
    subject: "ROLLERBLADE_URL",
    next: "Write it like http://127.0.0.1:7700.",
  });
};
