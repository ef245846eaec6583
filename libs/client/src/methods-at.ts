import { declaredRoutes } from "./name-schemas.ts";

const patterns = declaredRoutes
  .filter(({ path }) => !path.startsWith("/v1/internal/"))
  .map((route) => ({
    ...route,
    // A parameter is one segment of the path.
    pattern: new RegExp(`^${route.path.replace(/[.*+?^$()[\]{}|\\]/g, "\\$&").replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`),
  }));

const fixedPaths = new Set<string>(declaredRoutes.map(({ path }) => path).filter((path) => !path.includes(":")));

/** Whether a path is one of the API's own, and no parameter stands in it. @example "/v1/runs/plan" */
export const isFixedPath = (path: string): boolean => fixedPaths.has(path);

/**
 * The methods that a path of the API takes, of whichever service; none where there is no such path. Where it is a fixed one, routes with a
 * parameter there do not count, as in OpenAPI: `/v1/queries/run` is no saved query.
 * @example ["GET", "HEAD", "POST"]
 */
export const methodsAt = (path: string): string[] => {
  const methods = patterns.flatMap(({ method, pattern }) => {
    const found = pattern.exec(path);
    return found === null || (isFixedPath(path) && found.groups !== undefined) ? [] : [method];
  });
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
};
