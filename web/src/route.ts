// Where one is: the part of the address behind '#'.  "#/thing/ID?tab=ties".
import { useEffect, useState } from "preact/hooks";

export interface Route {
  page: string;
  argument: string;
  query: URLSearchParams;
}

function read(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...rest] = path.split("/");
  return { page: page || "home", argument: decodeURIComponent(rest.join("/")), query: new URLSearchParams(query) };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const changed = () => setRoute(read());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}

export function href(page: string, argument = "", query: Record<string, string> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${page}${argument === "" ? "" : `/${encodeURIComponent(argument)}`}${text === "" ? "" : `?${text}`}`;
}

export function go(page: string, argument = "", query: Record<string, string> = {}): void {
  location.hash = href(page, argument, query);
}
