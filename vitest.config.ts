import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const outside = ["**/node_modules/**", "**/.rollerblade/**"];

/** One project a suite; what a file needs stands in its name. */
export default defineConfig({
  test: {
    // Tests wait for servers for more than a third of their time: with one worker a core, cores would stand idle.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        test: {
          name: "unit",
          include: ["{bin,console,libs,services,tools,examples,tests}/**/*.test.ts"],
          exclude: [...outside, "**/*.{console,service,containers,packages,e2e,chaos,cluster,cluster-long}.test.ts"],
          // Loading a large library takes seconds on a machine that has other work to do.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "service",
          include: ["**/*.service.test.ts"],
          exclude: outside,
          // Generous: a wait ends with what it waits for, and a machine with a load of five a core is slow.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: "containers",
          include: ["**/*.containers.test.ts"],
          exclude: outside,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          expect: { poll: { timeout: 60_000 } },
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "packages",
          include: ["**/*.packages.test.ts"],
          exclude: outside,
          testTimeout: 600_000,
          hookTimeout: 600_000,
          expect: { poll: { timeout: 120_000, interval: 200 } },
          fileParallelism: false,
        },
      },
      ...["cluster", "cluster-long"].map((name) => ({
        test: {
          name,
          include: [`**/*.${name}.test.ts`],
          globalSetup: ["./tests/cluster/set-up.ts"],
          exclude: outside,
          testTimeout: 2_400_000,
          hookTimeout: 1_200_000,
          expect: { poll: { timeout: 120_000, interval: 250 } },
          fileParallelism: false,
        },
      })),
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.e2e.test.ts"],
          exclude: outside,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: "console",
          include: ["tests/console/**/*.console.test.ts"],
          globalSetup: ["./tests/console/set-up.ts"],
          exclude: outside,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: "chaos",
          include: ["tests/{chaos,histories}/**/*.chaos.test.ts"],
          exclude: outside,
          testTimeout: 900_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
