/** Which answers an event makes old, by the first word of its topic: the beginnings of their paths. */
const pathsByNoun: Readonly<Record<string, readonly string[]>> = {
  scan: ["/v1/datasets", "/v1/scans", "/v1/files", "/v1/queries", "/v1/slices", "/v1/fields"],
  metadata: ["/v1/scans", "/v1/queries", "/v1/slices", "/v1/fields"],
  batch: ["/v1/imports", "/v1/datasets", "/v1/queries"],
  subject: ["/v1/datasets", "/v1/scans", "/v1/files", "/v1/queries", "/v1/results", "/v1/derivatives"],
  dataset: ["/v1/datasets", "/v1/imports"],
  derivative: ["/v1/derivatives", "/v1/datasets", "/v1/results"],
  analysis: ["/v1/analyses"],
  run: ["/v1/runs", "/v1/tasks", "/v1/executions", "/v1/decisions", "/v1/pipelines"],
  task: ["/v1/runs", "/v1/tasks", "/v1/executions"],
  pipeline: ["/v1/pipelines", "/v1/decisions", "/v1/tags"],
  result: ["/v1/results"],
  grant: ["/v1/grants", "/v1/access", "/v1/resources", "/v1/datasets", "/v1/analyses"],
};

/** The beginnings of the paths whose answers an event of a topic makes old. @example changedPaths("result.tagged") // ["/v1/results"] */
export const changedPaths = (topic: string): readonly string[] => pathsByNoun[topic.split(".")[0] ?? ""] ?? [];
