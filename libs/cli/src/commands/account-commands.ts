import { tokenScopes } from "@rollerblade/client/token-scopes";
import { type Command, Option } from "commander";
import { collect, examples, reading, wholeNumber } from "../command.ts";

/** `login`, `logout`, `whoami`, `token …`, `user …`, `group …`: who one is, and who there is. */
export const accountCommands = (program: Command): void => {
  program
    .option("--profile <name>", "the profile of `login` to use; before the command")
    .hook("preAction", (command) => {
      const { profile } = command.opts<{ profile?: string }>();
      if (profile !== undefined) process.env.ROLLERBLADE_PROFILE = profile;
    });
  examples(
    program
      .command("login")
      .description("Sign in at a server: in a browser where it has an issuer of identities, else with a password")
      .argument("<url>", "the address at which people open the server")
      .option("--name <user>", "your user name; the password is asked for, or is the first line of standard input")
      .option("--new-password", "choose a new password: asked for, or the second line of standard input")
      .option("--issuer <name>", "the issuer to sign in at, where the server has several")
      .action(async (url, options) => (await import("../account/login.ts")).login(url, options)),
    "rollerblade login https://scans.example.org",
    "pass show rollerblade | rollerblade login https://scans.example.org --name ada",
    "printf '%s\\n' ONE-TIME-SECRET 'a long password' | rollerblade login https://scans.example.org --name ada --new-password",
  );
  examples(
    program
      .command("logout")
      .description("Sign out")
      .option("--everywhere", "end all sessions of yours")
      .action(async (options) => (await import("../account/login.ts")).logout(options)),
    "rollerblade logout",
  );
  examples(
    reading(program.command("whoami").description("Who you are at which server, and what your token allows")).action(
      async (options) => (await import("../account/login.ts")).whoAmI(options),
    ),
    "rollerblade whoami",
  );
  profileCommands(program.command("profile").description("Servers at which you are signed in"));
  tokenCommands(program.command("token").description("Tokens for scripts"));
  userCommands(program.command("user").description("People and services; for administrators"));
  groupCommands(program.command("group").description("Groups of people, to grant to"));
};

const profileCommands = (profile: Command): void => {
  examples(
    reading(profile.command("list").description("List servers at which you are signed in, and as whom")).action(
      async (options) => (await import("../account/profiles.ts")).listProfiles(options),
    ),
    "rollerblade profile list",
  );
  examples(
    profile
      .command("use")
      .description("Use this profile where no other is named")
      .argument("<profile>")
      .action(async (name) => (await import("../account/profiles.ts")).selectProfile(name)),
    "rollerblade profile use scans.example.org",
  );
};

const tokenCommands = (token: Command): void => {
  examples(
    reading(
      token
        .command("create")
        .description("Create a token and print it, once")
        .argument("<label>", "what it is for")
        .addOption(new Option("--scope <scope>", "what it lets you do").choices(tokenScopes).default("read"))
        .option("--days <count>", "days until it expires", wholeNumber(1, 365), 90)
        .option("--user <name>", "for whom; for administrators")
        .option("--dataset <name>", "limit it to this dataset; repeatable, also with the next three", collect)
        .option("--analysis <name>", "limit it to this analysis", collect)
        .option("--query <name>", "limit it to this saved query", collect)
        .option("--pipeline <name>", "limit it to this pipeline document", collect),
    ).action(async (label, options) => (await import("../account/tokens.ts")).createToken(label, options)),
    "rollerblade token create notebook --scope run --days 30",
    "rollerblade token create students --scope run --dataset brains --analysis brain-mask",
  );
  examples(
    reading(
      token
        .command("list")
        .description("List tokens and sessions")
        .option("--user <name>", "whose; for administrators"),
    ).action(async (options) => (await import("../account/tokens.ts")).listTokens(options)),
    "rollerblade token list",
  );
  examples(
    token
      .command("revoke")
      .description("Revoke a token, or end a session, at once")
      .argument("<id>")
      .action(async (id) => (await import("../account/tokens.ts")).revokeToken(id)),
    "rollerblade token revoke 0192f0c1-…",
  );
};

const userCommands = (user: Command): void => {
  examples(
    user
      .command("create")
      .description("Make a user, and print a one-time secret to choose a password with")
      .argument("<name>")
      .option("--admin", "may do everything")
      .option("--service", "a service, which has tokens and no password")
      .action(async (name, options) => (await import("../account/users.ts")).createUser(name, options)),
    "rollerblade user create ada",
  );
  examples(
    reading(user.command("list").description("List users")).action(async (options) =>
      (await import("../account/users.ts")).listUsers(options),
    ),
    "rollerblade user list",
  );
  examples(
    user
      .command("disable")
      .description("Disable a user: all sessions and tokens end for good")
      .argument("<name>")
      .option("--undo", "let the user sign in again")
      .action(async (name, options) => (await import("../account/users.ts")).disableUser(name, options)),
    "rollerblade user disable ada",
  );
  examples(
    user
      .command("reset")
      .description("Print a one-time secret in place of a user's password")
      .argument("<name>")
      .action(async (name) => (await import("../account/users.ts")).resetPassword(name)),
    "rollerblade user reset ada",
  );
  identityCommands(user);
};

/** Who a user is at issuers of identities. */
const identityCommands = (user: Command): void => {
  examples(
    user
      .command("link")
      .description("Let somebody with a subject at an issuer sign in as a user")
      .argument("<name>")
      .argument("<issuer>", "the address by which the issuer calls itself")
      .argument("<subject>", "the `sub` of its tokens")
      .action(async (name, issuer, subject) =>
        (await import("../account/identities.ts")).linkIdentity(name, { issuer, subject }),
      ),
    "rollerblade user link ada https://login.example.org 248289761001",
  );
  examples(
    user
      .command("unlink")
      .description("Remove a way to sign in from a user, and end all sessions and tokens")
      .argument("<name>")
      .argument("<issuer>")
      .argument("<subject>")
      .action(async (name, issuer, subject) =>
        (await import("../account/identities.ts")).unlinkIdentity(name, { issuer, subject }),
      ),
    "rollerblade user unlink ada https://login.example.org 248289761001",
  );
  examples(
    reading(
      user.command("identities").description("List who a user is at issuers of identities").argument("<name>"),
    ).action(async (name, options) => (await import("../account/identities.ts")).listIdentities(name, options)),
    "rollerblade user identities ada",
  );
};

const groupCommands = (group: Command): void => {
  examples(
    group
      .command("create")
      .description("Make a group, which is yours")
      .argument("<name>")
      .option(
        "--claim <value>",
        "the issuer and the value of its claim that make members, like uni:/neuro/staff; for administrators",
      )
      .action(async (name, options) => (await import("../account/groups.ts")).createGroup(name, options)),
    "rollerblade group create lab",
  );
  examples(
    group
      .command("delete")
      .description("Delete a group, and what was granted to it")
      .argument("<name>")
      .action(async (name) => (await import("../account/groups.ts")).deleteGroup(name)),
    "rollerblade group delete lab",
  );
  examples(
    reading(group.command("list").description("List groups that you own or are in")).action(async (options) =>
      (await import("../account/groups.ts")).listGroups(options),
    ),
    "rollerblade group list",
  );
  examples(
    reading(group.command("show").description("List who is in a group").argument("<name>")).action(
      async (name, options) => (await import("../account/groups.ts")).showGroup(name, options),
    ),
    "rollerblade group show lab",
  );
  examples(
    group
      .command("add")
      .description("Add users, and groups as group:NAME")
      .argument("<name>")
      .argument("<member...>")
      .action(async (name, members) => (await import("../account/groups.ts")).addMembers(name, members)),
    "rollerblade group add lab ada bob group:students",
  );
  examples(
    group
      .command("remove")
      .description("Remove members; anybody in a group may leave it")
      .argument("<name>")
      .argument("<member...>")
      .action(async (name, members) => (await import("../account/groups.ts")).removeMembers(name, members)),
    "rollerblade group remove lab bob",
  );
};
