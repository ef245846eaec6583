/** Follows redirects and fills in forms as somebody does who signs in at an issuer. */
export type Browser = {
  /** Cookies by name, of all servers. */
  readonly cookies: Map<string, string>;
  /**
   * Goes to an address, and on by redirects and forms, into which `fields` are filled, until it is led to what begins with `end`.
   * @returns that address; null where a page without a form comes first, or the same ones again and again
   */
  walk(from: string, end: string, fields: Readonly<Record<string, string>>): Promise<string | null>;
  /** One request with the cookies. */
  get(url: string): Promise<Response>;
};

/** Steps until a walk is given up. */
const maxSteps = 12;

/** A browser that has been nowhere yet. */
export const newBrowser = (): Browser => {
  const cookies = new Map<string, string>();
  const send = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  return {
    cookies,
    get: (url) => send(url),
    walk: async (from, end, fields) => {
      let [url, init]: [string, RequestInit] = [from, {}];
      for (let steps = 0; steps < maxSteps; steps += 1) {
        if (url.startsWith(end)) return url;
        const response = await send(url, init);
        const location = response.headers.get("location");
        const form = location === null ? formIn(await response.text()) : null;
        if (location === null && form === null) return null;
        if (form === null) [url, init] = [new URL(location ?? "", url).href, {}];
        else {
          const body = new URLSearchParams({ ...form.fields, ...fields });
          [url, init] = [new URL(form.action, url).href, { method: "POST", body }];
        }
      }
      return null;
    },
  };
};

/** The form of a page, with what stands in it. */
const formIn = (page: string): { action: string; fields: Record<string, string> } | null => {
  const form = /<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(page);
  if (form === null) return null;
  const [, action = "", content = ""] = form;
  const fields: Record<string, string> = {};
  for (const [input] of content.matchAll(/<(?:input|button)[^>]*>/g)) {
    const [, name] = /\bname="([^"]*)"/.exec(input) ?? [];
    const [, value] = /\bvalue="([^"]*)"/.exec(input) ?? [];
    if (name !== undefined && value !== undefined && name !== "abort") fields[name] = value;
  }
  return { action: action.replaceAll("&amp;", "&"), fields };
};
