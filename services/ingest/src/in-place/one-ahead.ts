/** The same items, of which the next one is being fetched while one is worked on. */
export const oneAhead = async function* <T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const fetch = (): Promise<IteratorResult<T>> => {
    const fetched = iterator.next();
    // It fails when it is asked for, and until then it is nobody's fault.
    fetched.catch(() => {});
    return fetched;
  };
  let next = fetch();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = fetch();
      yield value;
    }
  } finally {
    await next.catch(() => {});
    await iterator.return?.();
  }
};
