import type { StartedTestContainer } from "testcontainers";

/** Walks what is installed, packages inside of packages too, and prints a name and a version a line. */
const walk = `
const { existsSync, readdirSync, readFileSync } = require("node:fs");
const inFolder = (folder) =>
  !existsSync(folder) ? [] : readdirSync(folder).filter((name) => !name.startsWith(".")).flatMap((name) =>
    name.startsWith("@") ? inFolder(folder + "/" + name) : [folder + "/" + name, ...inFolder(folder + "/" + name + "/node_modules")]);
for (const folder of inFolder("/app/node_modules")) {
  const { name, version } = JSON.parse(readFileSync(folder + "/package.json", "utf8"));
  console.log(name + "@" + version);
}`;

/** What is installed in a container of the project's image, by what lies there: `name@version`, each once. */
export const installedPackages = async (container: StartedTestContainer): Promise<string[]> => {
  const { output, exitCode } = await container.exec(["node", "--eval", walk]);
  if (exitCode !== 0) throw new Error(output);
  return [...new Set(output.trim().split("\n"))].sort();
};
