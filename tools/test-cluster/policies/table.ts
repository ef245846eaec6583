import { run } from "../run.ts";

/** The table of nftables that holds the NetworkPolicies. */
export const policyTable = "rollerblade_policies";

/** Lets everybody speak to everybody again. */
export const removePolicyTable = async (): Promise<void> => {
  await run("nft", ["delete", "table", "inet", policyTable], { mayFail: true });
};
