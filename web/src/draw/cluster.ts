// Which things stand together when there are too many to show each: every thing goes with the
// nearest of some well-connected ones.  Linear in things and links, the same for the same input.

export interface Plain {
  id: string;
}
export interface Pair {
  from: string;
  to: string;
}

function neighbours(things: Iterable<Plain>, links: Iterable<Pair>): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const thing of things) all.set(thing.id, []);
  for (const { from, to } of links) {
    all.get(from)?.push(to);
    all.get(to)?.push(from);
  }
  return all;
}

/** The best connected, no two of them tied, and one of every part that has none. */
function middles(near: Map<string, string[]>, most: number): string[] {
  const order = [...near.keys()].sort((a, b) => near.get(b)!.length - near.get(a)!.length || (a < b ? -1 : 1));
  const chosen = new Set<string>();
  const beside = new Set<string>();
  for (const id of order) {
    if (chosen.size >= most) break;
    if (beside.has(id)) continue;
    chosen.add(id);
    for (const other of near.get(id)!) beside.add(other);
  }
  return [...chosen];
}

/** For each thing the one that its cluster is named after. */
export function clusters(things: Iterable<Plain>, links: Iterable<Pair>, most: number): Map<string, string> {
  const near = neighbours(things, links);
  const of = new Map<string, string>();
  let edge = middles(near, most);
  for (const id of edge) of.set(id, id);
  while (edge.length > 0) {
    const next: string[] = [];
    for (const id of edge)
      for (const other of near.get(id)!) {
        if (of.has(other)) continue;
        of.set(other, of.get(id)!);
        next.push(other);
      }
    edge = next;
  }
  /* What hangs on none of them stands together as the rest. */
  let rest: string | undefined;
  for (const id of near.keys()) if (!of.has(id)) of.set(id, (rest ??= id));
  return of;
}
