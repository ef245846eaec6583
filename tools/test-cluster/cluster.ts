import { stopOwnCluster } from "./down.ts";
import { buildProject, projectImage } from "./images/project-images.ts";
import { loadImages } from "./images.ts";
import { clusterIsUp, isOwn, kubeconfig, kubectlForPerson } from "./kubectl.ts";
import { printProgress } from "./progress.ts";
import { restartServer, stopServer } from "./servers.ts";
import { buildPrograms } from "./stand-ins.ts";
import { loadEverything, startOwnCluster } from "./up.ts";

const usage = `npm run cluster -- up                a Kubernetes with all images that the tests need
npm run cluster -- build             builds its programs alone, for an \`up\` that need not wait for them
npm run cluster -- load              builds the project's image again and gives it to the node
npm run cluster -- kubectl ARGS…     asks it
npm run cluster -- stop | kill | start SERVER   one of its servers, for instance kubelet
npm run cluster -- down              takes it away without a trace`;

const [verb = "", ...rest] = process.argv.slice(2);
const verbs: Record<string, () => Promise<void>> = {
  up: async () => {
    if (!(await clusterIsUp())) await startOwnCluster();
    if (isOwn()) await loadEverything();
    printProgress(`the cluster is up: export KUBECONFIG=${kubeconfig()}`);
  },
  build: buildPrograms,
  load: async () => {
    await buildProject();
    await loadImages([projectImage]);
  },
  kubectl: async () => {
    process.exitCode = await kubectlForPerson(rest);
  },
  stop: async () => stopServer(rest[0] ?? ""),
  kill: async () => stopServer(rest[0] ?? "", "SIGKILL"),
  start: async () => restartServer(rest[0] ?? ""),
  down: stopOwnCluster,
};
const chosen = verbs[verb];
if (chosen === undefined) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else await chosen();
