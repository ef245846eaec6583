import { type PipelineStatus, type PipelineSummary, routerRoutes } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { printJson, type Reading } from "../print.ts";
import { showStep } from "../progress/show-steps.ts";
import { findServer, type Server } from "../server/find-server.ts";
import { followPipeline, outcomesText, sumOf } from "./follow-pipeline.ts";
import { type DocumentText, readDocument } from "./read-document.ts";

/** `pipeline apply FILE`: exit code 8 when it was followed and something failed. */
export const applyPipeline = async (
  file: string,
  options: Reading & { readonly name?: string; readonly follow?: boolean },
): Promise<void> => {
  const server = await findServer();
  const text = await readDocument(file, options.name);
  const applied = await sendDocument(server, text);
  const status = options.follow === true ? await follow(server, text.name) : undefined;
  if (options.json === true) printJson({ ...applied, ...(status === undefined ? {} : { status }) });
  else report(applied, options.follow === true);
  if (status !== undefined && sumOf(status.rules).failed > 0) process.exitCode = 8;
};

/** Puts a document in force. */
export const sendDocument = (server: Server, { name, source }: DocumentText): Promise<PipelineSummary> =>
  server.call(routerRoutes.applyPipeline, { params: { name }, body: { source } });

const follow = (server: Server, name: string): Promise<PipelineStatus> =>
  showStep(
    `Pipeline ${name}`,
    (show) => followPipeline(server, name, show),
    ({ rules }) => outcomesText(sumOf(rules)) || "nothing to do",
  );

const report = ({ name, rules }: PipelineSummary, followed: boolean): void => {
  printMessage(`${name} is in force:`);
  for (const { rule, analysis, version } of rules) printMessage(`  ${rule} runs ${analysis} ${version}`);
  if (!followed) printMessage(`Follow its progress with \`rollerblade pipeline show ${name}\`.`);
};
