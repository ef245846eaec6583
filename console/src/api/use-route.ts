import { type Page, type Route, type RouteInput, type RouteOutput, readAll } from "@rollerblade/client";
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { client } from "./client.ts";

/** How an answer is found again: the path says what it is about, so that an event can name what has changed. */
const keyOf = <R extends Route>(route: R, input: RouteInput<R>) => [route.path, route.method, input] as const;

type RouteOptions<R extends Route> = {
  readonly enabled?: boolean;
  readonly keep?: boolean;
  readonly againMs?: (answer: RouteOutput<R>) => number | false;
};

/**
 * What is read by a route; `keep` shows the answer before while the next one comes, as in a search; `againMs` says after how many milliseconds an
 * answer is asked for again that no event makes old, such as one that is not final.
 */
export const useRoute = <R extends Route>(
  route: R,
  input: RouteInput<R>,
  { enabled = true, keep = false, againMs }: RouteOptions<R> = {},
) =>
  useQuery<RouteOutput<R>>({
    queryKey: keyOf(route, input),
    queryFn: () => client.call(route, input),
    enabled,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
    ...(againMs === undefined
      ? {}
      : { refetchInterval: ({ state: { data } }) => (data === undefined ? false : againMs(data)) }),
  });

/**
 * A list, page after page, as the server has sorted it.
 * @param path of the route, so that events are found to change it
 * @param key what the list depends on beside that
 * @param read reads the page behind a cursor; the first one without
 * @example useList(schedulerRoutes.listRuns.path, {}, (after) => client.call(schedulerRoutes.listRuns, { query: { after } }))
 */
export const useList = <Item, Answered extends Page<Item>>(
  path: string,
  key: unknown,
  read: (after: string | undefined) => Promise<Answered & Page<Item>>,
  { enabled = true }: { readonly enabled?: boolean } = {},
) => {
  const query = useInfiniteQuery({
    queryKey: [path, "pages", key],
    queryFn: ({ pageParam }) => read(pageParam === "" ? undefined : pageParam),
    initialPageParam: "",
    getNextPageParam: ({ next }: Page<Item>) => next ?? undefined,
    enabled,
    placeholderData: keepPreviousData,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  return { ...query, items };
};

/**
 * A list as a whole, such as names to choose from: its pages are read one after the other.
 * @param path @param key @param read see `useList`
 */
export const useWholeList = <Item>(
  path: string,
  key: unknown,
  read: (after: string | undefined) => Promise<Page<Item>>,
  { enabled = true }: { readonly enabled?: boolean } = {},
) =>
  useQuery({
    queryKey: [path, "whole", key],
    queryFn: async () => ({ items: await readAll(read) }),
    enabled,
  });

/** What reads the next page of a list; nothing where there is none. */
export const moreOf = ({
  hasNextPage,
  fetchNextPage,
}: Pick<ReturnType<typeof useList>, "hasNextPage" | "fetchNextPage">) =>
  hasNextPage ? () => void fetchNextPage() : undefined;

/** A change by a route; what is shown of paths that begin with one of `changes` is read again afterwards. */
export const useChange = <R extends Route>(route: R, changes: readonly string[]) => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (input: RouteInput<R>) => client.call(route, input),
    onSettled: () => invalidate(queries, changes),
  });
};

/** Has what begins with one of these paths read again where it is shown. */
export const invalidate = (queries: ReturnType<typeof useQueryClient>, paths: readonly string[]) =>
  queries.invalidateQueries({
    predicate: ({ queryKey: [path] }) => typeof path === "string" && paths.some((changed) => path.startsWith(changed)),
  });
