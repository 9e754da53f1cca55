// The picture of a graph on a canvas: colour by owner, shape by type, dashes for what is no
// evidence.  A layout by forces runs while things move and then rests; panning and zooming
// only draw.  Labels are drawn where there is room for them.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type Simulation, type SimulationLinkDatum, type SimulationNodeDatum } from "d3-force";
import { ownerColor } from "../parts/bits";
import type { Link, Path, Thing } from "../types";

export interface Node extends SimulationNodeDatum {
  id: string;
  type: string;
  name: string;
  owner: string;
}

interface Edge extends SimulationLinkDatum<Node> {
  key: string;
  type: string;
  owner: string;
  evidential: boolean;
  conflict: boolean;
}

const radius = 9;
const isolate = (text: string) => `\u2068${text}\u2069`;

export class Picture {
  private nodes = new Map<string, Node>();
  private edges = new Map<string, Edge>();
  private simulation: Simulation<Node, Edge>;
  private context: CanvasRenderingContext2D;
  private view = { x: 0, y: 0, scale: 1 };
  private picked: string[] = [];
  private lit = new Set<string>();
  private onlyEvidence = false;
  private asked = false;
  private control = new AbortController();
  private sizes: ResizeObserver;
  private theme = matchMedia("(prefers-color-scheme: dark)");

  constructor(
    private canvas: HTMLCanvasElement,
    private pick: (nodes: Node[]) => void,
    private open: (node: Node) => void,
  ) {
    this.context = canvas.getContext("2d") as CanvasRenderingContext2D;
    this.simulation = forceSimulation<Node, Edge>()
      .force("charge", forceManyBody<Node>().strength(-220).distanceMax(500))
      .force("link", forceLink<Node, Edge>().id((node) => node.id).distance(90).strength(0.4))
      .force("x", forceX<Node>().strength(0.04))
      .force("y", forceY<Node>().strength(0.06))
      .force("apart", forceCollide<Node>(radius * 1.8))
      .on("tick", () => this.draw())
      .stop();
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(canvas);
    this.listen();
  }

  end(): void {
    this.simulation.stop();
    this.sizes.disconnect();
    this.control.abort();
  }

  add(lines: (Thing | Link)[]): void {
    for (const line of lines) if ("thing" in line) this.node(line.thing, line.type, line.name, line.owner);
    for (const line of lines) if ("from" in line) this.edge(line.from, line.to, line.key ? `= ${line.key}` : line.type, line.owner, line.evidential, line.conflict);
    this.restart();
  }

  addPath(path: Path): void {
    const type = (id: string) => id.split("--")[0] ?? "";
    for (const step of path.steps) {
      this.node(step.from, type(step.from), step.from_name, step.owner);
      this.node(step.to, type(step.to), step.to_name, step.owner);
      this.edge(step.from, step.to, step.key ? `= ${step.key}` : step.link, step.owner, step.evidential, false);
    }
    this.light(path);
    this.restart();
  }

  light(path: Path): void {
    this.lit = new Set(path.steps.flatMap((step) => [`${step.from} ${step.to}`, `${step.to} ${step.from}`]));
    this.draw();
  }

  filter(onlyEvidence: boolean): void {
    this.onlyEvidence = onlyEvidence;
    this.draw();
  }

  private node(id: string, type: string, name: string, owner: string): void {
    if (!this.nodes.has(id)) this.nodes.set(id, { id, type, name, owner });
  }

  private edge(from: string, to: string, type: string, owner: string, evidential: boolean, conflict: boolean): void {
    const source = this.nodes.get(from);
    const target = this.nodes.get(to);
    if (source && target) this.edges.set(`${from} ${type} ${to}`, { key: `${from} ${to}`, source, target, type, owner, evidential, conflict });
  }

  private restart(): void {
    this.simulation.nodes([...this.nodes.values()]);
    (this.simulation.force("link") as ReturnType<typeof forceLink<Node, Edge>>).links([...this.edges.values()]);
    this.simulation.alpha(0.8).restart();
  }

  private resize(): void {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    this.draw();
  }

  private at(event: { offsetX: number; offsetY: number }): { x: number; y: number } {
    const { x, y, scale } = this.view;
    return { x: (event.offsetX - this.canvas.clientWidth / 2 - x) / scale, y: (event.offsetY - this.canvas.clientHeight / 2 - y) / scale };
  }

  private under(event: { offsetX: number; offsetY: number }): Node | undefined {
    const { x, y } = this.at(event);
    return this.simulation.find(x, y, radius * 1.8);
  }

  private choose(node: Node, both: boolean): void {
    this.picked = both ? [...this.picked.filter((id) => id !== node.id), node.id].slice(-2) : [node.id];
    this.pick(this.picked.map((id) => this.nodes.get(id)).filter((one) => one !== undefined));
    this.draw();
  }

  private listen(): void {
    const { canvas } = this;
    const { signal } = this.control;
    let held: { node: Node | undefined; x: number; y: number; moved: boolean } | undefined;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      held = { node: this.under(event), x: event.offsetX, y: event.offsetY, moved: false };
    }, { signal });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) return;
      const dx = event.offsetX - held.x;
      const dy = event.offsetY - held.y;
      if (!held.moved && Math.hypot(dx, dy) < 4) return;
      held.moved = true;
      if (held.node) {
        const { x, y } = this.at(event);
        held.node.fx = x;
        held.node.fy = y;
        this.simulation.alphaTarget(0.2).restart();
      } else {
        this.view.x += dx;
        this.view.y += dy;
        held.x = event.offsetX;
        held.y = event.offsetY;
        this.draw();
      }
    }, { signal });
    canvas.addEventListener("pointerup", (event) => {
      if (held?.node && !held.moved) this.choose(held.node, event.shiftKey);
      if (held?.node) held.node.fx = held.node.fy = null;
      this.simulation.alphaTarget(0);
      held = undefined;
    }, { signal });
    canvas.addEventListener("dblclick", (event) => {
      const node = this.under(event);
      if (node) this.open(node);
    }, { signal });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 500), event.offsetX, event.offsetY);
    }, { signal, passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event), { signal });
    this.theme.addEventListener("change", () => this.draw(), { signal });
  }

  private zoom(by: number, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2): void {
    const scale = Math.min(4, Math.max(0.05, this.view.scale * by));
    const cx = x - this.canvas.clientWidth / 2;
    const cy = y - this.canvas.clientHeight / 2;
    this.view.x = cx - ((cx - this.view.x) * scale) / this.view.scale;
    this.view.y = cy - ((cy - this.view.y) * scale) / this.view.scale;
    this.view.scale = scale;
    this.draw();
  }

  /** Arrows move, plus and minus zoom, N goes through the things, Enter expands, P picks. */
  private key(event: KeyboardEvent): void {
    const step: Record<string, [number, number]> = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const moved = step[event.key];
    const nodes = [...this.nodes.values()];
    const now = this.picked.at(-1);
    if (moved) {
      this.view.x += moved[0];
      this.view.y += moved[1];
      this.draw();
    } else if (event.key === "+") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "n" || event.key === "p") {
      const next = nodes[(nodes.findIndex((node) => node.id === now) + 1) % nodes.length];
      if (next) this.choose(next, event.key === "p");
    } else if (event.key === "Enter" && now !== undefined) {
      const node = this.nodes.get(now);
      if (node) this.open(node);
    } else return;
    event.preventDefault();
  }

  /** Once a frame, however often it is asked. */
  private draw(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.paint();
    });
  }

  private paint(): void {
    const { context, canvas, view } = this;
    const style = getComputedStyle(canvas);
    const ink = style.color;
    const ratio = devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, canvas.width / 2 + view.x * ratio, canvas.height / 2 + view.y * ratio);
    for (const edge of this.edges.values()) this.paintEdge(edge, ink);
    context.setLineDash([]);
    context.globalAlpha = 1;
    for (const node of this.nodes.values()) this.paintNode(node, ink);
    this.paintNames(ink, style.fontFamily);
    canvas.dataset["drawn"] = String(this.nodes.size);
  }

  private paintEdge(edge: Edge, ink: string): void {
    const { context } = this;
    const a = edge.source as Node;
    const b = edge.target as Node;
    if (this.onlyEvidence && (!edge.evidential || edge.conflict)) return;
    const lit = this.lit.has(edge.key);
    context.strokeStyle = lit ? ownerColor(edge.owner) : ink;
    context.globalAlpha = lit ? 1 : edge.evidential ? 0.45 : 0.2;
    context.lineWidth = lit ? 4 : 1.2;
    context.setLineDash(edge.conflict ? [2, 5] : edge.evidential ? [] : [6, 4]);
    context.beginPath();
    context.moveTo(a.x ?? 0, a.y ?? 0);
    context.lineTo(b.x ?? 0, b.y ?? 0);
    context.stroke();
  }

  private paintNode(node: Node, ink: string): void {
    const { context } = this;
    const x = node.x ?? 0;
    const y = node.y ?? 0;
    context.fillStyle = ownerColor(node.owner);
    context.beginPath();
    shape(context, node.type, x, y);
    context.fill();
    if (!this.picked.includes(node.id)) return;
    context.strokeStyle = ink;
    context.lineWidth = 3;
    context.stroke();
  }

  /** Names where no other name stands: the picked first. */
  private paintNames(ink: string, family: string): void {
    const { context, view } = this;
    if (view.scale < 0.35 && this.picked.length === 0) return;
    const taken = new Set<string>();
    const size = 12 / Math.min(1, view.scale);
    context.font = `${size}px ${family}`;
    context.textAlign = "center";
    context.fillStyle = ink;
    const first = (node: Node) => (this.picked.includes(node.id) ? 0 : 1);
    for (const node of [...this.nodes.values()].sort((a, b) => first(a) - first(b))) {
      const x = node.x ?? 0;
      const y = (node.y ?? 0) + radius + size;
      const text = node.name.length > 28 ? `${node.name.slice(0, 27)}…` : node.name;
      const half = (text.length * size) / 4;
      const cells: string[] = [];
      for (let at = -half; at <= half; at += size) cells.push(`${Math.round((x + at) / size)} ${Math.round(y / size)}`);
      if (cells.some((cell) => taken.has(cell))) continue;
      for (const cell of cells) taken.add(cell);
      context.fillText(isolate(text), x, y);
    }
  }
}

/** Persons and groups round, incidents and events pointed, places square, all else a diamond. */
function shape(context: CanvasRenderingContext2D, type: string, x: number, y: number): void {
  if (type === "identity" || type === "group" || type === "threat-actor") {
    context.arc(x, y, radius, 0, 2 * Math.PI);
  } else if (type === "location") {
    context.rect(x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
  } else if (type === "incident" || type === "event") {
    context.moveTo(x, y - radius * 1.3);
    context.lineTo(x + radius * 1.2, y + radius * 0.8);
    context.lineTo(x - radius * 1.2, y + radius * 0.8);
    context.closePath();
  } else {
    context.moveTo(x, y - radius);
    context.lineTo(x + radius, y);
    context.lineTo(x, y + radius);
    context.lineTo(x - radius, y);
    context.closePath();
  }
}
