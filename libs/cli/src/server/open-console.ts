import { gatewayRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { printText } from "../print.ts";
import { findServer, type Server } from "./find-server.ts";
import { openInBrowser } from "./open-in-browser.ts";

/** A link by which a browser signs in, once, as whoever makes it. */
export const consoleLink = async (server: Pick<Server, "call">): Promise<string> =>
  (await server.call(gatewayRoutes.createSignInLink, {})).url;

/** `console`: opens the server in a browser, or prints the link where there is none, or where that is asked for. */
export const openConsole = async ({ print }: { readonly print?: boolean }): Promise<void> => {
  const server = await findServer();
  const link = await consoleLink(server);
  if (print === true) return printText(link);
  if (await openInBrowser(link)) printMessage(`The console of ${server.url} opens in your browser.`);
  else printText(link);
};
