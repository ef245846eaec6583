import type { ServiceContext } from "@rollerblade/service-kit";
import { mistakeIn } from "./refusal.ts";

/** Why somebody may not add to a dataset, or null where they may. */
export type FaultOfRight = (name: string, dataset: string) => Promise<string | null>;

/**
 * Asks accounts' view whether the person in whose name an event was published may contribute. Makes a new one for each batch: within it
 * each pair is asked once.
 */
export const createFaultOfRight = ({ sql, authorize }: Pick<ServiceContext, "sql" | "authorize">): FaultOfRight => {
  const asked = new Map<string, Promise<string | null>>();
  const ask = async (name: string, dataset: string): Promise<string | null> => {
    const [row] = await sql<
      { admin: boolean }[]
    >`select admin from accounts.access_v1 where principal = ${name} limit 1`;
    if (row === undefined) return `there is no user "${name}"`;
    try {
      await authorize({ name, admin: row.admin }, "contribute", { kind: "dataset", name: dataset });
      return null;
    } catch (error) {
      mistakeIn(error);
      return `"${name}" may not add to the dataset ${dataset}`;
    }
  };
  return (name, dataset) => {
    const key = JSON.stringify([name, dataset]);
    const answer = asked.get(key) ?? ask(name, dataset);
    asked.set(key, answer);
    return answer;
  };
};
