import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { readCredentials, requireProfile, wantedProfile } from "./credentials.ts";
import { sendRequest } from "./send-request.ts";
import { readServerFile, type ServerFile } from "./server-file.ts";
import { serverFolder } from "./server-folder.ts";

/** A server, where people open it, and whether it runs on this machine and can read its files. */
export type Server = HttpClient & { readonly url: string; readonly local: boolean };

/**
 * The server that commands speak to: `ROLLERBLADE_URL` and `ROLLERBLADE_TOKEN`, else the profile that is asked for, else what `rollerblade up`
 * has started here, else the profile that was signed in to last. A token is sent only to a server that was named with it.
 * @throws Problem `unavailable` when none is known, `invalid` for a token without its server
 */
export const findServer = async (): Promise<Server> => {
  const url = process.env.ROLLERBLADE_URL;
  if (url !== undefined && url !== "")
    return serverAt(requireUrl(url, "ROLLERBLADE_URL"), process.env.ROLLERBLADE_TOKEN);
  const wanted = wantedProfile();
  const { current, profiles } = await readCredentials();
  if (wanted !== undefined) {
    const profile = requireProfile({ current, profiles }, wanted);
    return serverAt(profile.url, profile.token);
  }
  const found = await readServerFile(serverFolder());
  if (found !== null) {
    requireNoOtherToken(found);
    return serverAt(found.url, found.token);
  }
  const last = profiles[current ?? ""];
  if (last !== undefined) return serverAt(last.url, last.token);
  throw new Problem({
    code: "unavailable",
    message: "No Rollerblade server runs here.",
    subject: serverFolder(),
    next: "Start one with `rollerblade up` in another terminal, sign in with `rollerblade login`, or set ROLLERBLADE_URL and ROLLERBLADE_TOKEN.",
  });
};

/** The server at an address. Uploads and long questions may take ten minutes. */
export const serverAt = (url: string, token: string | undefined): Server => ({
  url,
  local: ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname),
  ...createHttpClient({ url, token, timeoutMs: 600_000, send: sendRequest, interpreted: true }),
});

/** A token is a secret of one server, and a folder above the current one may name any. @throws Problem `invalid` */
const requireNoOtherToken = ({ url, token }: ServerFile): void => {
  const given = process.env.ROLLERBLADE_TOKEN ?? "";
  if (given === "" || given === token) return;
  throw new Problem({
    code: "invalid",
    message: `ROLLERBLADE_TOKEN is set, and nothing says for which server: it is not sent to ${url}, which ${serverFolder()} names.`,
    subject: "ROLLERBLADE_TOKEN",
    next: `Set ROLLERBLADE_URL=${url} if it is for that server; else unset ROLLERBLADE_TOKEN.`,
  });
};

/** Lets the address of a server pass; `subject` is where it stands. @throws Problem `invalid` */
export const requireUrl = (text: string, subject: string): string => {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new Problem({
    code: "invalid",
    message: `"${text}" is not an address.`,
    subject,
    next: "Write it like http://127.0.0.1:7700.",
  });
};
