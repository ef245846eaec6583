import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importBoutiques } from "@rollerblade/analysis/import";
import { Problem } from "@rollerblade/errors";

// npm run conformance:descriptors -- FOLDER …: imports every descriptor of Boutiques below each folder, such as a clone of styx-api/niwrap,
// of neurodatascience/nipoppy-pipeline-configs, or an unpacked wheel of boutiques. It ends with 1 where a descriptor was neither imported nor
// refused by the name of a field.

type Outcome = "imported" | "refused" | "wrong";

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const descriptorIn = (file: string): object | null => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof value === "object" && value !== null && "command-line" in value ? value : null;
  } catch {
    return null;
  }
};

const reasons = new Map<string, number>();

const outcomeOf = (value: object, file: string): Outcome => {
  try {
    importBoutiques(value, file);
    return "imported";
  } catch (error) {
    const { message, findings } = Problem.from(error);
    const [first] = findings;
    if (!message.includes("cannot be imported") || first === undefined) {
      print(`  wrong: ${file}: ${message}`);
      return "wrong";
    }
    const reason = `${first.where.replace(/\.[^.]+\.(?=[^.]+$)/, ".*.")} ${first.message.slice(0, 80)}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return "refused";
  }
};

let wrong = 0;
for (const folder of process.argv.slice(2)) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));
  const outcomes = files.flatMap((file) => {
    const value = descriptorIn(join(folder, file));
    return value === null ? [] : [outcomeOf(value, file)];
  });
  const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length;
  wrong += count("wrong");
  print(
    `${folder}: ${outcomes.length} descriptors, ${count("imported")} imported, ${count("refused")} refused with a reason, ${count("wrong")} wrong`,
  );
}
for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a)) print(`  ${count} refused: ${reason}`);
process.exitCode = wrong > 0 ? 1 : 0;
