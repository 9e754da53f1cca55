// What is on the picture: things and links as they were loaded, and of these what is shown.
// Up to `single` things are shown each; more stand in clusters, which open one by one.
import type { SimulationLinkDatum, SimulationNodeDatum } from "d3-force";
import type { Link, Path, Thing } from "../types";
import { clusters } from "./cluster";

export interface Node extends SimulationNodeDatum {
  id: string;
  type: string;
  name: string;
  owner: string;
  /** How many things it stands for. */
  size: number;
}

export interface Edge extends SimulationLinkDatum<Node> {
  key: string;
  source: Node;
  target: Node;
  owner: string;
  evidential: boolean;
  conflict: boolean;
  /** When it begins to be true, in ms; undefined: nobody says. */
  start: number | undefined;
}

interface Loaded {
  from: string;
  to: string;
  owner: string;
  evidential: boolean;
  conflict: boolean;
  start: number | undefined;
}

const single = 3000;
const clusterCount = 300;
const opened = 4;

function startOf(time: string): number | undefined {
  const at = Date.parse(time.split("/")[0] ?? "");
  return Number.isNaN(at) ? undefined : at;
}

export class Model {
  private things = new Map<string, Node>();
  private links = new Map<string, Loaded>();
  private groups = new Map<string, Node>();
  private clusterOf: Map<string, string> | undefined;
  private open: string[] = [];
  nodes: Node[] = [];
  edges: Edge[] = [];

  add(lines: (Thing | Link)[]): void {
    for (const line of lines) if ("thing" in line) this.thing(line.thing, line.type, line.name, line.owner);
    for (const line of lines) {
      if (!("from" in line)) continue;
      const type = line.key ? `= ${line.key}` : line.type;
      this.link(line.from, type, line.to, { from: line.from, to: line.to, owner: line.owner, evidential: line.evidential, conflict: line.conflict, start: startOf(line.time) });
    }
    this.group();
  }

  addPath(path: Path): void {
    const type = (id: string) => id.split("--")[0] ?? "";
    for (const step of path.steps) {
      this.thing(step.from, type(step.from), step.from_name, step.owner);
      this.thing(step.to, type(step.to), step.to_name, step.owner);
      this.link(step.from, step.key ? `= ${step.key}` : step.link, step.to, { from: step.from, to: step.to, owner: step.owner, evidential: step.evidential, conflict: false, start: startOf(step.time ?? "") });
    }
    this.group();
    for (const step of path.steps) this.show(step.from), this.show(step.to);
  }

  private thing(id: string, type: string, name: string, owner: string): void {
    if (!this.things.has(id)) this.things.set(id, { id, type, name, owner, size: 1 });
  }

  private link(from: string, type: string, to: string, link: Loaded): void {
    if (this.things.has(from) && this.things.has(to)) this.links.set(`${from} ${type} ${to}`, link);
  }

  private group(): void {
    this.clusterOf = undefined;
    if (this.things.size > single) {
      this.clusterOf = clusters(this.things.values(), this.links.values(), clusterCount);
      const sizes = new Map<string, number>();
      for (const middle of this.clusterOf.values()) sizes.set(middle, (sizes.get(middle) ?? 0) + 1);
      this.groups = new Map([...sizes].map(([middle, size]) => [middle, this.groupNode(middle, size)]));
    }
    this.choose();
  }

  private groupNode(middle: string, size: number): Node {
    const thing = this.things.get(middle)!;
    const old = this.groups.get(middle);
    if (size === 1) return thing;
    return Object.assign(old ?? {}, { id: `cluster ${middle}`, type: "cluster", name: `${thing.name} +${size - 1}`, owner: thing.owner, size }) as Node;
  }

  /** The node that stands for a thing. */
  of(id: string): Node | undefined {
    const middle = this.clusterOf?.get(id);
    return middle === undefined || this.open.includes(middle) ? this.things.get(id) : this.groups.get(middle);
  }

  private choose(): void {
    const nodes = new Set<Node>();
    const edges = new Map<string, Edge>();
    for (const id of this.things.keys()) nodes.add(this.of(id)!);
    for (const link of this.links.values()) {
      const source = this.of(link.from)!;
      const target = this.of(link.to)!;
      if (source === target) continue;
      const key = `${source.id} ${target.id}`;
      const style = `${key} ${link.evidential} ${link.conflict}`;
      const old = edges.get(style);
      if (!old) edges.set(style, { key, source, target, owner: link.owner, evidential: link.evidential, conflict: link.conflict, start: link.start });
      else if (old.start !== undefined && (link.start ?? -Infinity) < old.start) old.start = link.start;
    }
    this.nodes = [...nodes];
    this.edges = [...edges.values()];
  }

  /** Opens a cluster, around where it stood; true if it was one. */
  openCluster(node: Node): boolean {
    if (node.type !== "cluster") return false;
    const middle = node.id.slice(8);
    this.open = [...this.open, middle].slice(-opened);
    let at = 0;
    for (const [id, of] of this.clusterOf ?? []) {
      const thing = this.things.get(id)!;
      if (of !== middle) continue;
      const turn = at++ * 2.399963;
      thing.x = (node.x ?? 0) + 12 * Math.sqrt(at) * Math.cos(turn);
      thing.y = (node.y ?? 0) + 12 * Math.sqrt(at) * Math.sin(turn);
    }
    this.choose();
    return true;
  }

  /** Opens the cluster that hides a thing. */
  show(id: string): Node | undefined {
    const node = this.of(id);
    if (node?.type === "cluster") this.openCluster(node);
    return this.of(id);
  }

  /** The things whose name has this text. */
  named(text: string): Node[] {
    const wanted = text.toLocaleLowerCase();
    return [...this.things.values()].filter((thing) => thing.name.toLocaleLowerCase().includes(wanted));
  }

  /** When the first link begins, and the last. */
  times(): [number, number] | undefined {
    let first = Infinity;
    let last = -Infinity;
    for (const link of this.links.values())
      if (link.start !== undefined) {
        first = Math.min(first, link.start);
        last = Math.max(last, link.start);
      }
    return first < last ? [first, last] : undefined;
  }
}
