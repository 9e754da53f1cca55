// Painting a model: colour by owner, shape by type, dashes for what is no evidence.  Lines of
// one look are one stroke, things are stamped from small pictures, names stand where there is
// room: thousands of each stay below a frame's time without a graphics card.
import { ownerColor } from "../parts/bits";
import type { Edge, Node } from "./model";

export const radius = 9;
const isolate = (text: string) => `\u2068${text}\u2069`;
/** Strokes of very many lines at once are slower than of some. */
const batch = 200;
const namesMost = 240;

export interface View {
  x: number;
  y: number;
  scale: number;
}

export interface Look {
  nodes: Node[];
  edges: Edge[];
  picked: string[];
  lit: Set<string>;
  onlyEvidence: boolean;
  until: number;
  ink: string;
  family: string;
}

/** What is painted on: a canvas of width and height in pixels of the screen. */
export interface Ground {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  ratio: number;
}

export const radiusOf = (node: Node) => (node.size === 1 ? radius : radius + 3 * Math.log2(node.size));

function hidden(edge: Edge, look: Look): boolean {
  return (look.onlyEvidence && (!edge.evidential || edge.conflict)) || (edge.start !== undefined && edge.start > look.until);
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

function boxOf(ground: Ground, view: View): Box {
  const wide = ground.width / ground.ratio / view.scale / 2;
  const high = ground.height / ground.ratio / view.scale / 2;
  const x = -view.x / view.scale;
  const y = -view.y / view.scale;
  return { left: x - wide, right: x + wide, top: y - high, bottom: y + high };
}

function outside(edge: Edge, box: Box): boolean {
  const a = edge.source;
  const b = edge.target;
  return Math.max(a.x!, b.x!) < box.left || Math.min(a.x!, b.x!) > box.right || Math.max(a.y!, b.y!) < box.top || Math.min(a.y!, b.y!) > box.bottom;
}

function paintEdges(ground: Ground, view: View, look: Look, box: Box): void {
  const { context } = ground;
  const looks = new Map<string, { edges: Edge[]; paint: () => void }>();
  for (const edge of look.edges) {
    if (hidden(edge, look) || outside(edge, box)) continue;
    const lit = look.lit.has(edge.key);
    const style = `${edge.evidential} ${edge.conflict} ${lit ? edge.owner : ""}`;
    let one = looks.get(style);
    if (!one)
      looks.set(
        style,
        (one = {
          edges: [],
          paint() {
            context.strokeStyle = lit ? ownerColor(edge.owner) : look.ink;
            context.globalAlpha = lit ? 1 : edge.evidential ? 0.45 : 0.2;
            context.lineWidth = (lit ? 4 : 1) / (lit ? Math.min(1, view.scale) : view.scale);
            /* Dashes cost a lot where there are very many. */
            context.setLineDash(edge.conflict ? [2, 5] : edge.evidential || look.edges.length > 1500 ? [] : [6, 4]);
          },
        }),
      );
    one.edges.push(edge);
  }
  for (const { edges, paint } of looks.values()) {
    paint();
    for (let at = 0; at < edges.length; at += batch) {
      context.beginPath();
      for (const edge of edges.slice(at, at + batch)) {
        context.moveTo(edge.source.x!, edge.source.y!);
        context.lineTo(edge.target.x!, edge.target.y!);
      }
      context.stroke();
    }
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/** Persons and groups round, incidents and events pointed, places square, clusters ringed, all
 * else a diamond. */
function shape(context: CanvasRenderingContext2D, type: string, x: number, y: number, r: number): void {
  if (type === "identity" || type === "group" || type === "threat-actor" || type === "cluster") {
    context.arc(x, y, r, 0, 2 * Math.PI);
  } else if (type === "location") {
    context.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  } else if (type === "incident" || type === "event") {
    context.moveTo(x, y - r * 1.3);
    context.lineTo(x + r * 1.2, y + r * 0.8);
    context.lineTo(x - r * 1.2, y + r * 0.8);
    context.closePath();
  } else {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.closePath();
  }
}

const stamps = new Map<string, HTMLCanvasElement>();

function stampOf(node: Node, pixels: number): HTMLCanvasElement {
  const size = Math.max(2, Math.round(pixels));
  const key = `${node.owner} ${node.type} ${size}`;
  const old = stamps.get(key);
  if (old) return old;
  if (stamps.size > 500) stamps.clear();
  const canvas = document.createElement("canvas");
  const side = Math.ceil(size * 2.8) + 2;
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d")!;
  context.fillStyle = ownerColor(node.owner);
  context.beginPath();
  shape(context, node.type, side / 2, side / 2, size);
  context.fill();
  if (node.type === "cluster") {
    context.lineWidth = Math.max(1, size / 6);
    context.strokeStyle = "#fff9";
    context.beginPath();
    context.arc(side / 2, side / 2, size * 0.75, 0, 2 * Math.PI);
    context.stroke();
  }
  stamps.set(key, canvas);
  return canvas;
}

function paintNodes(ground: Ground, view: View, look: Look, seen: Node[]): void {
  const { context, ratio } = ground;
  const picked = new Set(look.picked);
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (const node of seen) {
    const stamp = stampOf(node, radiusOf(node) * view.scale * ratio);
    const x = (node.x! * view.scale + view.x) * ratio + ground.width / 2;
    const y = (node.y! * view.scale + view.y) * ratio + ground.height / 2;
    context.drawImage(stamp, Math.round(x - stamp.width / 2), Math.round(y - stamp.height / 2));
    if (!picked.has(node.id)) continue;
    context.strokeStyle = look.ink;
    context.lineWidth = 3 * ratio;
    context.beginPath();
    shape(context, node.type, x, y, radiusOf(node) * view.scale * ratio + 3);
    context.stroke();
  }
}

/** Names where no other name stands: the picked first, then the large. */
function paintNames(ground: Ground, view: View, look: Look, seen: Node[]): void {
  const { context, ratio } = ground;
  const picked = new Set(look.picked);
  const size = 12 * ratio * Math.min(1.4, Math.max(1, view.scale));
  const taken = new Set<number>();
  let left = namesMost;
  context.font = `${size}px ${look.family}`;
  context.textAlign = "center";
  context.fillStyle = look.ink;
  const first = (node: Node) => (picked.has(node.id) ? Infinity : node.size);
  const order = look.picked.length > 0 || seen.some((node) => node.size > 1) ? [...seen].sort((a, b) => first(b) - first(a)) : seen;
  for (const node of order) {
    if (view.scale < 0.35 && first(node) === 1) continue;
    const x = (node.x! * view.scale + view.x) * ratio + ground.width / 2;
    const y = ((node.y! + radiusOf(node)) * view.scale + view.y) * ratio + ground.height / 2 + size;
    const text = node.name.length > 28 ? `${node.name.slice(0, 27)}…` : node.name;
    const half = (text.length * size) / 4;
    const row = Math.round(y / size) * 10000;
    const from = Math.round((x - half) / size);
    const to = Math.round((x + half) / size);
    let free = true;
    for (let cell = from; cell <= to && free; cell++) free = !taken.has(row + cell);
    if (!free) continue;
    for (let cell = from; cell <= to; cell++) taken.add(row + cell);
    context.fillText(isolate(text), x, y);
    if (--left === 0) return;
  }
}

export function paint(ground: Ground, view: View, look: Look): void {
  const { context, ratio } = ground;
  const box = boxOf(ground, view);
  const edge = 40 / view.scale;
  const seen = look.nodes.filter((node) => node.x! > box.left - edge && node.x! < box.right + edge && node.y! > box.top - edge && node.y! < box.bottom + edge);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, ground.width, ground.height);
  context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ground.width / 2 + view.x * ratio, ground.height / 2 + view.y * ratio);
  paintEdges(ground, view, look, box);
  paintNodes(ground, view, look, seen);
  paintNames(ground, view, look, seen);
}
