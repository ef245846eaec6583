import { Argument, type Command, Option } from "commander";
import { parseEnd } from "../access/parse-end.ts";
import { explainedKinds, kindArgument, resourceKinds } from "../access/resource-argument.ts";
import { examples, reading, wholeNumber } from "../command.ts";

/** `grant`, `revoke`, `access …`, `transfer …`, `audit …`: who may use what, and who did. */
export const accessCommands = (program: Command): void => {
  examples(
    reading(
      program
        .command("grant")
        .description("Let somebody use something of yours; another role takes the place of the one before")
        .addArgument(kindArgument())
        .argument("<name>")
        .addArgument(new Argument("<role>").choices(["viewer", "runner", "contributor", "admin"]))
        .argument("<who>", "a user, group:NAME, or everyone")
        .option("--until <time>", "when it ends by itself: 7d, 12h, 30m or 2w from now, or a date", (text) =>
          parseEnd(text),
        )
        .option("--reason <text>", "why, for those who look at it later"),
    ).action(async (kind, name, role, who, options) =>
      (await import("../access/change-access.ts")).giveGrant(kind, name, role, who, options),
    ),
    "rollerblade grant dataset brains viewer ada",
    'rollerblade grant query controls viewer guest --until 7d --reason "a visit"',
    "rollerblade grant analysis brain-mask runner group:students",
  );
  examples(
    program
      .command("revoke")
      .description("Revoke a grant, at once; also one that was given to you")
      .addArgument(kindArgument())
      .argument("<name>")
      .argument("<who>", "a user, group:NAME, or everyone")
      .action(async (kind, name, who) => (await import("../access/change-access.ts")).revokeGrant(kind, name, who)),
    "rollerblade revoke dataset brains ada",
  );
  const access = program.command("access").description("Who may use what");
  examples(
    reading(
      access
        .command("list")
        .description("List what you may use and as what")
        .option("--user <name>", "what somebody else may use, among what you are admin of"),
    ).action(async (options) => (await import("../access/show-access.ts")).listAccess(options)),
    "rollerblade access list",
    "rollerblade access list --user ada",
  );
  examples(
    reading(
      access
        .command("explain")
        .description(
          "List who may read something and why; with several names who may read all of them. A file (DATASET PATH) or a result (ID) is read by who may read every dataset that it was made from",
        )
        .addArgument(new Argument("<kind>", "what it is").choices([...explainedKinds]))
        .argument("<name...>")
        .option("--user <name>", "only this person; about yourself you may always ask"),
    ).action(async (kind, names, options) =>
      (await import("../access/show-access.ts")).explainAccess(kind, names, options),
    ),
    "rollerblade access explain dataset brains",
    "rollerblade access explain dataset brains controls --user ada",
    "rollerblade access explain file brains derivatives/brain-mask-1.0.0/sub-01/anat/sub-01_desc-brain_mask.nii.gz",
  );
  transferCommands(program);
  auditCommands(program);
};

const transferCommands = (program: Command): void => {
  const transfer = program.command("transfer").description("Give what you own to somebody who accepts it");
  examples(
    reading(
      transfer
        .command("offer")
        .description("Offer somebody to become the owner; an administrator makes them the owner at once")
        .addArgument(kindArgument())
        .argument("<name>")
        .argument("<user>"),
    ).action(async (kind, name, user, options) =>
      (await import("../access/change-access.ts")).giveAway(kind, name, user, options),
    ),
    "rollerblade transfer offer dataset brains ada",
  );
  examples(
    transfer
      .command("accept")
      .description("Become the owner of what was offered to you")
      .addArgument(kindArgument())
      .argument("<name>")
      .action(async (kind, name) => (await import("../access/change-access.ts")).acceptTransfer(kind, name)),
    "rollerblade transfer accept dataset brains",
  );
  examples(
    transfer
      .command("decline")
      .description("Decline what was offered to you, or take your offer back")
      .addArgument(kindArgument())
      .argument("<name>")
      .action(async (kind, name) => (await import("../access/change-access.ts")).endTransfer(kind, name)),
    "rollerblade transfer decline dataset brains",
  );
  examples(
    reading(transfer.command("list").description("List offers to you and by you")).action(async (options) =>
      (await import("../access/change-access.ts")).listTransfers(options),
    ),
    "rollerblade transfer list",
  );
};

const auditCommands = (program: Command): void => {
  const audit = program.command("audit").description("Who did what, or tried to");
  const choosing = (command: Command): Command =>
    command
      .addOption(
        new Option("--kind <kind>", "with --name: only about this; for its admins").choices([...resourceKinds]),
      )
      .option("--name <name>", "with --kind")
      .option("--actor <who>", "only what this person did")
      .option("--action <action>", "only this action, or what it begins with: grant., download., deletion.")
      .addOption(new Option("--outcome <outcome>").choices(["allowed", "refused", "failed", "requested"]))
      .option("--since <time>", "only from this time on, as ISO 8601")
      .option("--until <time>", "only from before this time, as ISO 8601");
  examples(
    reading(
      choosing(audit.command("list").description("List rows of the audit log, the latest first")).option(
        "--limit <count>",
        "rows to list",
        wholeNumber(1, 100_000),
        50,
      ),
    ).action(async (options) => (await import("../audit/read-audit.ts")).listAudit(options)),
    "rollerblade audit list --kind dataset --name brains --action download.",
    "rollerblade audit list --outcome refused",
  );
  examples(
    reading(
      audit.command("verify").description("Check that no row was changed, removed or inserted; for administrators"),
    ).action(async (options) => (await import("../audit/read-audit.ts")).verifyAudit(options)),
    "rollerblade audit verify",
  );
  examples(
    choosing(audit.command("export").description("Print rows as JSON Lines, the latest first")).action(
      async (options) => (await import("../audit/read-audit.ts")).exportAudit(options),
    ),
    "rollerblade audit export > audit.jsonl",
  );
};
