// The picture of a graph on a canvas that moves: a layout by forces runs while things move and
// then rests; panning moves what is painted already, with a margin around the window.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type Simulation } from "d3-force";
import type { Link, Path, Thing } from "../types";
import { Model, type Edge, type Node } from "./model";
import { paint, radius, radiusOf, type Ground, type Look, type View } from "./paint";

export type { Node } from "./model";

/** So much of the window is painted beyond each of its edges. */
const margin = 0.4;
/** The layout has this much of a frame. */
const layoutMs = 10;

export class Picture {
  readonly model = new Model();
  private simulation: Simulation<Node, Edge>;
  private context: CanvasRenderingContext2D;
  private buffer = document.createElement("canvas");
  /** The view that the buffer shows; undefined: it must be painted. */
  private painted: View | undefined;
  private view: View = { x: 0, y: 0, scale: 1 };
  private picked: string[] = [];
  private lit = new Set<string>();
  private onlyEvidence = false;
  private untilTime = Infinity;
  private asked = false;
  private fit = true;
  private control = new AbortController();
  private sizes: ResizeObserver;

  constructor(
    private canvas: HTMLCanvasElement,
    private pick: (nodes: Node[]) => void,
    private open: (node: Node) => void,
  ) {
    this.context = canvas.getContext("2d") as CanvasRenderingContext2D;
    this.simulation = forceSimulation<Node, Edge>()
      .force("charge", forceManyBody<Node>().strength((node) => -160 - 14 * radiusOf(node)).distanceMax(500).theta(1.1))
      .force("link", forceLink<Node, Edge>().distance((edge) => 60 + 2 * radiusOf(edge.source) + 2 * radiusOf(edge.target)).strength(0.4))
      .force("x", forceX<Node>().strength(0.04))
      .force("y", forceY<Node>().strength(0.06))
      .force("apart", forceCollide<Node>((node) => radiusOf(node) * 1.6))
      .alphaDecay(0.04)
      .stop();
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(canvas);
    this.listen();
  }

  end(): void {
    this.sizes.disconnect();
    this.control.abort();
  }

  add(lines: (Thing | Link)[]): void {
    this.model.add(lines);
    this.restart();
  }

  addPath(path: Path): void {
    this.model.addPath(path);
    this.light(path);
    this.restart();
  }

  light(path: Path): void {
    this.lit = new Set(
      path.steps.flatMap((step) => {
        const from = this.model.of(step.from)?.id ?? step.from;
        const to = this.model.of(step.to)?.id ?? step.to;
        return [`${from} ${to}`, `${to} ${from}`];
      }),
    );
    this.repaint();
  }

  filter(onlyEvidence: boolean): void {
    this.onlyEvidence = onlyEvidence;
    this.repaint();
  }

  /** Only what has begun by then. */
  until(time: number): void {
    this.untilTime = time;
    this.repaint();
  }

  /** Picks the next thing of that name, and goes there. */
  find(text: string, both: boolean): boolean {
    const found = this.model.named(text);
    const next = found[(found.findIndex((node) => node.id === this.picked.at(-1)) + 1) % found.length];
    if (!next) return false;
    const before = this.model.of(next.id);
    const node = this.model.show(next.id);
    if (!node) return false;
    if (node !== before) this.restart();
    this.fit = false;
    this.view.x = -(node.x ?? 0) * this.view.scale;
    this.view.y = -(node.y ?? 0) * this.view.scale;
    this.choose(node, both);
    return true;
  }

  private restart(): void {
    const { nodes, edges } = this.model;
    this.simulation.nodes(nodes);
    (this.simulation.force("link") as ReturnType<typeof forceLink<Node, Edge>>).links(edges);
    /* Many things: fewer steps, each of them dear. */
    this.simulation.alphaDecay(nodes.length > 1000 ? 0.09 : 0.04);
    this.simulation.alpha(0.8).alphaTarget(0);
    this.ask();
  }

  private resize(): void {
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(this.canvas.clientWidth * ratio);
    this.canvas.height = Math.round(this.canvas.clientHeight * ratio);
    this.repaint();
  }

  private at(event: { offsetX: number; offsetY: number }): { x: number; y: number } {
    const { x, y, scale } = this.view;
    return { x: (event.offsetX - this.canvas.clientWidth / 2 - x) / scale, y: (event.offsetY - this.canvas.clientHeight / 2 - y) / scale };
  }

  private under(event: { offsetX: number; offsetY: number }): Node | undefined {
    const { x, y } = this.at(event);
    const near = this.simulation.find(x, y, 60);
    return near && Math.hypot(near.x! - x, near.y! - y) <= Math.max(radius * 1.8, radiusOf(near)) ? near : undefined;
  }

  private choose(node: Node, both: boolean): void {
    this.picked = both ? [...this.picked.filter((id) => id !== node.id), node.id].slice(-2) : [node.id];
    this.pick(this.picked.map((id) => this.model.nodes.find((one) => one.id === id)).filter((one) => one !== undefined));
    this.repaint();
  }

  private enter(node: Node): void {
    if (this.model.openCluster(node)) this.restart();
    else this.open(node);
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
        this.simulation.alphaTarget(0.2).alpha(Math.max(0.2, this.simulation.alpha()));
        this.ask();
      } else {
        this.move(dx, dy);
        held.x = event.offsetX;
        held.y = event.offsetY;
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
      if (node) this.enter(node);
    }, { signal });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 500), event.offsetX, event.offsetY);
    }, { signal, passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event), { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.repaint(), { signal });
  }

  private move(dx: number, dy: number): void {
    this.fit = false;
    this.view.x += dx;
    this.view.y += dy;
    this.ask();
  }

  private zoom(by: number, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2): void {
    const scale = Math.min(4, Math.max(0.05, this.view.scale * by));
    const cx = x - this.canvas.clientWidth / 2;
    const cy = y - this.canvas.clientHeight / 2;
    this.fit = false;
    this.view.x = cx - ((cx - this.view.x) * scale) / this.view.scale;
    this.view.y = cy - ((cy - this.view.y) * scale) / this.view.scale;
    this.view.scale = scale;
    this.repaint();
  }

  /** Arrows move, plus and minus zoom, N goes through the things, Enter expands, P picks. */
  private key(event: KeyboardEvent): void {
    const step: Record<string, [number, number]> = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const moved = step[event.key];
    const { nodes } = this.model;
    const now = this.picked.at(-1);
    if (moved) this.move(...moved);
    else if (event.key === "+") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "n" || event.key === "p") {
      const next = nodes[(nodes.findIndex((node) => node.id === now) + 1) % nodes.length];
      if (next) this.choose(next, event.key === "p");
    } else if (event.key === "Enter" && now !== undefined) {
      const node = nodes.find((one) => one.id === now);
      if (node) this.enter(node);
    } else return;
    event.preventDefault();
  }

  private repaint(): void {
    this.painted = undefined;
    this.ask();
  }

  /** Once a frame, however often it is asked. */
  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (!this.control.signal.aborted) this.frame();
    });
  }

  private frame(): void {
    const started = performance.now();
    const moves = this.simulation.alpha() >= this.simulation.alphaMin();
    if (moves) {
      do this.simulation.tick();
      while (performance.now() - started < layoutMs && this.simulation.alpha() >= this.simulation.alphaMin());
      if (this.fit) this.fitView();
      this.painted = undefined;
    }
    if (moves) this.paintWindow();
    else this.paintBuffered();
    this.canvas.dataset["drawn"] = String(this.model.nodes.length);
    this.canvas.dataset["rests"] = String(!moves);
    if (moves) this.ask();
  }

  /** All of it in the window, until somebody moves it. */
  private fitView(): void {
    let left = 0, right = 0, top = 0, bottom = 0;
    for (const { x = 0, y = 0 } of this.model.nodes) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    const scale = Math.min(1.2, this.canvas.clientWidth / (right - left + 160), this.canvas.clientHeight / (bottom - top + 120));
    this.view = { scale: Math.max(0.05, scale), x: (-(left + right) / 2) * scale, y: (-(top + bottom) / 2) * scale };
  }

  private look(): Look {
    const style = getComputedStyle(this.canvas);
    return { nodes: this.model.nodes, edges: this.model.edges, picked: this.picked, lit: this.lit, onlyEvidence: this.onlyEvidence, until: this.untilTime, ink: style.color, family: style.fontFamily };
  }

  private ground(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): Ground {
    return { context, width: canvas.width, height: canvas.height, ratio: devicePixelRatio || 1 };
  }

  private paintWindow(): void {
    paint(this.ground(this.canvas, this.context), this.view, this.look());
  }

  private paintBuffered(): void {
    const { canvas, buffer, context, view } = this;
    if (canvas.width === 0 || canvas.height === 0) return; /* hidden */
    const ratio = devicePixelRatio || 1;
    const edge = { x: Math.round(canvas.width * margin), y: Math.round(canvas.height * margin) };
    let off = this.painted && { x: (view.x - this.painted.x) * ratio, y: (view.y - this.painted.y) * ratio };
    if (!off || Math.abs(off.x) > edge.x || Math.abs(off.y) > edge.y || this.painted?.scale !== view.scale) {
      buffer.width = canvas.width + 2 * edge.x;
      buffer.height = canvas.height + 2 * edge.y;
      paint(this.ground(buffer, buffer.getContext("2d")!), view, this.look());
      this.painted = { ...view };
      off = { x: 0, y: 0 };
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(buffer, Math.round(off.x) - edge.x, Math.round(off.y) - edge.y);
  }
}
