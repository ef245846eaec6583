import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { printMessage } from "../messages.ts";
import { plainName } from "../plain-name.ts";
import { nodeTemplate, pythonTemplate, type Template } from "./templates.ts";

/** `analysis init NAME`: writes a folder of that name, with an analysis that runs as it is. */
export const initAnalysis = async (name: string, options: { readonly node?: boolean }): Promise<void> => {
  const files = (options.node === true ? nodeTemplate : pythonTemplate)(name);
  requireName(name, files);
  await writeNew(name, files);
  printMessage(`${name} holds ${Object.keys(files).sort().join(", ")}.`);
  printMessage(`Next: rollerblade analysis try ${name}       # on one scan; edit and try until it is right`);
  printMessage(`      rollerblade analysis create ${name}    # keeps this version for good`);
  printMessage(`      rollerblade run ${name} --query 'scan.suffix == "T1w"' --follow`);
};

/** Refuses a name that no analysis can have before anything is written. @throws Problem `invalid` */
const requireName = (name: string, files: Template): void => {
  try {
    parseManifest(files["analysis.yaml"], "analysis.yaml");
  } catch (cause) {
    throw new Problem(
      {
        code: "invalid",
        message: `An analysis cannot be called "${name}": its name must hold small letters, digits and inner hyphens only (at most 40).`,
        subject: name,
        next: `Choose a name like ${plainName(name) || "my-analysis"}.`,
      },
      { cause },
    );
  }
};

const writeNew = async (folder: string, files: Template): Promise<void> => {
  await mkdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EEXIST") throw cause;
    throw new Problem(
      {
        code: "conflict",
        message: `${folder} already exists.`,
        subject: folder,
        next: "Choose another name: existing files are never overwritten.",
      },
      { cause },
    );
  });
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text, { flag: "wx" });
};
