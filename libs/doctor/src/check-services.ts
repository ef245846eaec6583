import type { CommonSettings } from "@rollerblade/service-kit";
import { z } from "zod";
import { bad, type Diagnosis, good } from "./diagnosis.ts";

const readiness = z.object({ checks: z.record(z.string(), z.boolean()) });

/** The services that this one speaks to, each by its own probe. */
export const checkServices = ({ peers }: Pick<CommonSettings, "peers">): Promise<readonly Diagnosis[]> =>
  Promise.all(Object.entries(peers).map(([name, url]) => checkService(name, url)));

const checkService = async (name: string, url: string): Promise<Diagnosis> => {
  const check = `service ${name}`;
  try {
    const answer = await fetch(new URL("/readyz", url), { signal: AbortSignal.timeout(5_000) });
    if (answer.ok) return good(check, "It is ready.");
    const { checks } = readiness.parse(await answer.json());
    const failed = Object.entries(checks).flatMap(([what, well]) => (well ? [] : [what]));
    return bad(
      check,
      `It is not ready; failed checks: ${failed.join(", ")}.`,
      `Look into its log: kubectl logs deploy/rollerblade-${name}.`,
    );
  } catch {
    return bad(
      check,
      `Nobody answers at ${url}.`,
      `Is it started? kubectl get pods -l app.kubernetes.io/component=${name}`,
    );
  }
};
