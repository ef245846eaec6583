/**
 * An address of the console to go on to after the sign-in; home where what stands in the address of the page leads elsewhere: a link of somebody
 * else's must not make this page lead to theirs.
 * @example ownAddress("//evil.example") // "/"
 */
export const ownAddress = (wanted: string | null): string =>
  wanted !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(wanted) && !wanted.startsWith("/sign-in") ? wanted : "/";
