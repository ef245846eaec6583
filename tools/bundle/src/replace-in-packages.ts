import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** A change to one file of a package, so that less of it is loaded. */
type Replacement = { readonly file: RegExp; readonly from: RegExp; readonly to: string };

const replacements: readonly Replacement[] = [
  // An SSH client for engines at `ssh://`, with a WebAssembly memory of 16 MiB: loaded where an engine is at such an address.
  {
    file: /\/docker-modem\/lib\/ssh\.js$/,
    from: /var Client = require\('ssh2'\)\.Client,\s*http = require\('http'\);([\s\S]*?)new Client\(\)/,
    to: "var http = require('http');$1new (require('ssh2').Client)()",
  },
  // gRPC, for sessions of BuildKit: loaded where an image is built with one.
  {
    file: /\/dockerode\/lib\/docker\.js$/,
    from: /withSession = require\('\.\/session'\),/,
    to: "withSession = (...given) => require('./session')(...given),",
  },
  // Of undici what forwards requests, and not its fetch, caches, mocks and WebSockets.
  {
    file: /\/@fastify\/reply-from\/lib\/request\.js$/,
    from: /const undici = require\('undici'\)/,
    to: `const Dispatcher = require('undici/lib/dispatcher/dispatcher')
Object.assign(Dispatcher.prototype, require('undici/lib/api'))
const undici = {
  Dispatcher,
  Client: require('undici/lib/dispatcher/client'),
  Pool: require('undici/lib/dispatcher/pool'),
  BalancedPool: require('undici/lib/dispatcher/balanced-pool'),
  Agent: require('undici/lib/dispatcher/agent'),
  get ProxyAgent() { return require('undici/lib/dispatcher/proxy-agent') },
  get getGlobalDispatcher() { return require('undici/lib/global').getGlobalDispatcher }
}`,
  },
  // Messages of validators in fifty languages: Rollerblade answers in English.
  { file: /\/zod\/v4\/locales\/index\.js$/, from: /[\s\S]*/, to: 'export { default as en } from "./en.js";' },
];

/** Applies the replacements. It fails where a package is no longer what a replacement was written for. */
export const replaceInPackages: Plugin = {
  name: "replace in packages",
  setup({ onLoad }) {
    for (const { file, from, to } of replacements)
      onLoad({ filter: file }, async ({ path }) => {
        const source = await readFile(path, "utf8");
        if (!from.test(source))
          throw new Error(`${path} is not what it was: correct its replacement in ${import.meta.filename}.`);
        return { contents: source.replace(from, to), loader: "js" };
      });
  },
};
