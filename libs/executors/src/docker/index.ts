export { imageCommand, openContainerShell } from "./container-shell.ts";
export { createDockerSandbox } from "./docker-sandbox.ts";
export { type ResolvedImage, resolveImage } from "./resolve-image.ts";
