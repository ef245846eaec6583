import { availableParallelism, totalmem } from "node:os";

/** What a cluster is for: people's data, or one test run that may be thrown away. */
export type Durability = "safe" | "throw-away";

/**
 * `postgresql.conf` for a server that shares one machine with everything else. Written at every start.
 * @see https://www.postgresql.org/docs/18/runtime-config.html
 */
export const postgresSettings = (durability: Durability): string => {
  const sync = durability === "safe" ? "on" : "off";
  const megabytes = totalmem() / 2 ** 20;
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    // No socket files: the password is asked of everybody, on one door.
    unix_socket_directories: "",
    // Test files side by side share one server, and each of them may have all services twice.
    max_connections: durability === "safe" ? "200" : "600",
    shared_buffers: `${Math.round(Math.min(256, Math.max(32, megabytes / 32)))}MB`,
    work_mem: "16MB",
    maintenance_work_mem: "64MB",
    fsync: sync,
    synchronous_commit: sync,
    full_page_writes: sync,
    // Nobody replicates from here, so bulk loads need not be logged twice.
    wal_level: "minimal",
    max_wal_senders: "0",
    min_wal_size: "128MB",
    max_wal_size: "1GB",
    checkpoint_timeout: "15min",
    // Outboxes and queues turn over quickly.
    autovacuum_naptime: "15s",
    random_page_cost: "1.1",
    jit: "off",
    // Parallel queries keep their memory in /dev/shm, which is 64 MB in a container.
    max_parallel_workers_per_gather: "0",
    max_worker_processes: String(Math.max(4, availableParallelism())),
    io_method: "sync",
    huge_pages: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] ",
    log_checkpoints: "off",
    log_min_messages: "warning",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
  return `# Written by Rollerblade at every start; changes made here are lost.\n${lines.join("\n")}\n`;
};
