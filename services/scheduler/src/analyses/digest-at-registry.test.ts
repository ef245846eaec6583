import { expect, test } from "vitest";
import { placeOfImage } from "./digest-at-registry.ts";

const docker = "https://registry-1.docker.io";

test.each([
  ["nats", { registry: docker, repository: "library/nats", tag: "latest" }],
  ["nats:2.15", { registry: docker, repository: "library/nats", tag: "2.15" }],
  ["docker.io/nipreps/mriqc:24.0", { registry: docker, repository: "nipreps/mriqc", tag: "24.0" }],
  ["nipreps/mriqc", { registry: docker, repository: "nipreps/mriqc", tag: "latest" }],
  ["ghcr.io/a/b/c:1", { registry: "https://ghcr.io", repository: "a/b/c", tag: "1" }],
  ["example.org:5000/mask", { registry: "https://example.org:5000", repository: "mask", tag: "latest" }],
  ["localhost:5000/mask:1", { registry: "http://localhost:5000", repository: "mask", tag: "1" }],
])("%s", (name, place) => {
  expect(placeOfImage(name)).toEqual(place);
});
