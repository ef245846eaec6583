import { useCallback } from "react";
import { useSearchParams } from "react-router";

/**
 * The state of a view in its address, so that another person opens the same one. A change replaces the entry of the history: going back leaves
 * the page and not a filter.
 * @param defaults what is not in the address; a constant, so that it is the same at each render
 * @example const [{ text, sort }, change] = useAddressState(defaults);
 */
export const useAddressState = <Name extends string>(
  defaults: Readonly<Record<Name, string>>,
): [Readonly<Record<Name, string>>, (changes: Partial<Record<Name, string>>) => void] => {
  const [search, setSearch] = useSearchParams();
  const state: Record<Name, string> = { ...defaults };
  for (const name in defaults) state[name] = search.get(name) ?? defaults[name];
  const change = useCallback(
    (changes: Partial<Record<Name, string>>) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const name in changes) {
            const value = changes[name];
            if (value === undefined || value === "" || value === defaults[name]) after.delete(name);
            else after.set(name, value);
          }
          return after;
        },
        { replace: true },
      ),
    [setSearch, defaults],
  );
  return [state, change];
};
