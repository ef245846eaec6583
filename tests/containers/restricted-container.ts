import { GenericContainer } from "testcontainers";
import { label } from "./own-containers.ts";

/**
 * A container as the manifests' `securityContext` makes it: its root cannot be written, it has no capability and can gain none, and of
 * folders only /tmp is its own. Testcontainers has no word for the first.
 */
export class RestrictedContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.hostConfig.ReadonlyRootfs = true;
    this.withTmpFs({ "/tmp": "mode=1777,size=256m" })
      .withDroppedCapabilities("ALL")
      .withSecurityOpt("no-new-privileges")
      .withLabels(label)
      // A machine that also builds something is slow.
      .withStartupTimeout(240_000);
  }

  /** Asks the image's own health check every second and believes its first no. */
  withImpatientHealthCheck(): this {
    const second = 1_000_000_000;
    this.createOpts.Healthcheck = { Interval: second, Retries: 1 };
    return this;
  }
}
