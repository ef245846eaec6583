/**
 * What we use of `@kubernetes/client-node`. This file is loaded with `await import` where there is a cluster, because the whole
 * package takes some 60 MB. Names are imported one by one, so that a bundle holds what these need and nothing else.
 */
export {
  AuthenticationV1Api,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  createConfiguration,
  HttpMethod,
  IsomorphicFetchHttpLibrary,
  KubeConfig,
  PatchStrategy,
  RequestContext,
  ServerConfiguration,
  setHeaderOptions,
  wrapHttpLibrary,
} from "@kubernetes/client-node";
