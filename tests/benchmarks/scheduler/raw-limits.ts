import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { connect, disconnect } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
};

/** Seconds that so many bare `cp` take, two at a time, started by Node and by nothing else. */
export const bareSpawn = (count: number): Promise<number> =>
  seconds(async () => {
    let left = count;
    const worker = async (): Promise<void> => {
      while (left-- > 0) await once(spawn("cp", ["/dev/null", "/dev/null"], { stdio: "ignore" }), "exit");
    };
    await Promise.all([worker(), worker()]);
  });

/** Seconds that a bare COPY of so many rows, each as large as a task, takes. */
export const bareCopy = async (rows: number): Promise<number> => {
  const servers = await startTestServers();
  const sql = connect(servers.databaseUrl, { max: 1 });
  try {
    await sql`create table bare (id bigint primary key, body text)`;
    const body = "x".repeat(1_000);
    return await seconds(async () => {
      const target = await sql`copy bare (id, body) from stdin`.writable();
      await pipeline(Readable.from(Array.from({ length: rows }, (_, id) => `${id}\t${body}\n`)), target);
    });
  } finally {
    await disconnect(sql);
    await servers.stop();
  }
};
