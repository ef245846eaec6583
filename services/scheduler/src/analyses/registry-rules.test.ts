import { expect, test } from "vitest";
import { isOwnRealm, placeOfImage, requireRegistry } from "./registry-rules.ts";

const docker = "https://registry-1.docker.io";
const rules = { registries: [], privateRegistries: ["http://localhost:5000", "registry.lab"] };

test.each([
  ["nats", { registry: docker, repository: "library/nats", tag: "latest" }],
  ["nats:2.15", { registry: docker, repository: "library/nats", tag: "2.15" }],
  ["docker.io/nipreps/mriqc:24.0", { registry: docker, repository: "nipreps/mriqc", tag: "24.0" }],
  ["nipreps/mriqc", { registry: docker, repository: "nipreps/mriqc", tag: "latest" }],
  ["ghcr.io/a/b/c:1", { registry: "https://ghcr.io", repository: "a/b/c", tag: "1" }],
  ["example.org:5000/mask", { registry: "https://example.org:5000", repository: "mask", tag: "latest" }],
  ["localhost:5000/mask:1", { registry: "http://localhost:5000", repository: "mask", tag: "1" }],
  ["localhost:5001/mask:1", { registry: "https://localhost:5001", repository: "mask", tag: "1" }],
])("%s", (name, { registry, ...place }) => {
  expect(placeOfImage(name, rules)).toEqual({ ...place, registry: new URL(registry) });
});

test.each(["user@evil.example/x", "evil.example#y/x", "evil.example?y/x", "evil.example:port/x"])(
  "%s names no registry",
  (name) => {
    expect(() => placeOfImage(name, rules)).toThrow("names no registry that can be asked");
  },
);

test.each([
  ["ghcr.io/a/b", true],
  ["docker.io/a/b", true],
  ["nats", true],
  ["registry.lab/mask", true],
  ["localhost:5000/mask", true],
  ["quay.io/a/b", false],
  ["ghcr.io.evil.example/a/b", false],
  ["ghcr.io:444/a/b", false],
])("with a list of registries, %s may be used: %s", (name, allowed) => {
  const listed = { ...rules, registries: ["ghcr.io", "docker.io"] };
  const asked = () => requireRegistry(name, placeOfImage(name, listed), listed);
  if (allowed) asked();
  else expect(asked).toThrow("images may come from ghcr.io, docker.io only");
});

test.each([
  ["https://registry-1.docker.io", "https://auth.docker.io/token", true],
  ["https://ghcr.io", "https://ghcr.io/token", true],
  ["https://registry.gitlab.com", "https://gitlab.com/jwt/auth", true],
  ["http://localhost:5000", "http://localhost:5000/token", true],
  ["https://evil.example", "http://127.0.0.1:18771/latest", false],
  ["https://evil.example", "http://evil.example/token", false],
  ["https://evil.example", "https://evil.example:8443/token", true],
  ["https://evil.example", "https://other.example/token", false],
  // Two owners below one public suffix.
  ["https://evil.co.uk", "https://victim.co.uk/token", false],
  ["https://evil.github.io", "https://victim.github.io/token", false],
  ["https://203.0.113.1", "https://203.0.113.2/token", false],
  ["https://evil.example", "https://user:secret@evil.example/token", false],
])("%s may have its tokens made at %s: %s", async (registry, realm, own) => {
  expect(await isOwnRealm(new URL(registry), new URL(realm))).toBe(own);
});
