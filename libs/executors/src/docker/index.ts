export { createDockerSandbox } from "./docker-sandbox.ts";
export { type ResolvedImage, resolveImage } from "./resolve-image.ts";
