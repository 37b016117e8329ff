import { createContext, useContext, useSyncExternalStore } from "react";

/** Where one is stands after the #: `#/auctions/7?at=40`. The server need not know the pages. */
export interface Place {
  page: string;
  rest: string[];
  query: URLSearchParams;
}

export function parse(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter((part) => part !== "").map(decodeURIComponent);
  return { page: parts[0] ?? "", rest: parts.slice(1), query: new URLSearchParams(query) };
}

export function hashOf(page: string, rest: readonly string[] = [], query: Record<string, string | number | undefined> = {}): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== "");
  const search = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `#/${[page, ...rest].map(encodeURIComponent).join("/")}${search === "" ? "" : `?${search}`}`;
}

const subscribe = (changed: () => void): (() => void) => {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
};

let lastHash: string | null = null;
let lastPlace: Place = parse("");

function current(): Place {
  if (location.hash !== lastHash) {
    lastHash = location.hash;
    lastPlace = parse(lastHash);
  }
  return lastPlace;
}

/** For the shell alone, which chooses the page. */
export const useAddress = (): Place => useSyncExternalStore(subscribe, current);

/** Pages are told where they are by the shell that chose them: one that looked for itself could see the next page's place before it is gone. */
export const PlaceContext = createContext<Place>(parse(""));

export const usePlace = (): Place => useContext(PlaceContext);

export function go(hash: string): void {
  location.hash = hash;
}

/** Where an entity is looked at, by its stream. */
export function pageOfStream(stream: string, at?: number): string | null {
  const [category, key = ""] = stream.split("/");
  switch (category) {
    case "auction": return hashOf("auctions", [key], { at });
    case "ledger": return hashOf("ledger", [key], { at });
    case "region": return hashOf("dispatch", [key], { at });
    case "book": return hashOf("exchange", [key], { at });
    case "stock": return hashOf("exchange", [], { stock: key });
    case "shelf": return hashOf("listings");
    default: return null;
  }
}
