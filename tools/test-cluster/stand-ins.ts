import { cp } from "node:fs/promises";
import { join } from "node:path";
import { buildVersitygw } from "@rollerblade/object-store/testing";
import { buildGoModule } from "./go-program.ts";
import { buildHyperkube } from "./hyperkube.ts";
import { publicOrStandIn } from "./images/public-or-stand-in.ts";
import { pauseImage } from "./node.ts";

/** Builds everything that comes from Go modules, once; images and servers find it. What other suites use, too, is first. */
export const buildPrograms = async (): Promise<void> => {
  await buildVersitygw();
  await buildHyperkube();
  await buildGoModule("coredns", "coredns");
};

/** What holds a Pod's network. */
export const buildPause = (): Promise<string> =>
  publicOrStandIn(pauseImage, async (folder) => {
    await cp(await buildGoModule("pause", "pause"), join(folder, "pause"));
    return 'FROM scratch\nCOPY pause /pause\nUSER 65535:65535\nENTRYPOINT ["/pause"]\n';
  });

/** CoreDNS. */
export const buildDns = (): Promise<string> =>
  publicOrStandIn("registry.k8s.io/coredns/coredns:v1.14.7", async (folder) => {
    await cp(await buildGoModule("coredns", "coredns"), join(folder, "coredns"));
    return 'FROM scratch\nCOPY coredns /coredns\nENTRYPOINT ["/coredns"]\n';
  });
