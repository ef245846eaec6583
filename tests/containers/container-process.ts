import { Wait } from "testcontainers";
import { baseImage } from "../../tools/test-cluster/images/docker.ts";
import { startJanitor } from "./own-containers.ts";
import { RestrictedContainer } from "./restricted-container.ts";
import { startContainer } from "./start-container.ts";

// Starts a container as tests do, prints its id, and lives on until it is killed.
await startJanitor();
const sleeping = new RestrictedContainer(baseImage).withCommand(["sleep", "600"]);
const container = await startContainer("sleep", sleeping.withWaitStrategy(Wait.forSuccessfulCommand("true")));
process.stdout.write(`${container.getId()}\n`);
setInterval(() => {}, 60_000);
