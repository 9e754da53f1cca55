// The graph: own and received things, who owns each link, and the chain between two of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api";
import type { PageProps } from "../app";
import { MapView } from "../draw/map";
import { Picture, type Node } from "../draw/picture";
import { TimeView } from "../draw/time";
import { Chain, Conflicts } from "../graph/chain";
import { FindOnGraph, Until } from "../graph/controls";
import { Failure, Owner, ThingLink, useAction } from "../parts/bits";
import type { Link, Path, Thing } from "../types";
import { useWords, type Word } from "../words";

/** The same selection in three ways. */
const views = ["graph", "map", "time"] as const;
type View = (typeof views)[number];

interface Loaded {
  things: Map<string, Thing>;
  links: Map<string, Link>;
}

const none: Loaded = { things: new Map(), links: new Map() };

function join(old: Loaded, lines: (Thing | Link)[]): Loaded {
  const things = new Map(old.things);
  const links = new Map(old.links);
  for (const line of lines)
    if ("thing" in line) things.set(line.thing, line);
    else links.set(`${line.from} ${line.type} ${line.key} ${line.to}`, line);
  return { things, links };
}

export function Graph({ route }: PageProps) {
  const { t } = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<Picture>();
  const [picked, setPicked] = useState<Node[]>([]);
  const [loaded, setLoaded] = useState(none);
  const [view, setView] = useState<View>("graph");
  const [evidential, setEvidential] = useState(false);
  const [paths, setPaths] = useState<Path[]>();
  const work = useAction();
  const id = route.argument;
  const depth = Number(route.query.get("depth") ?? 2);
  const most = Number(route.query.get("most") ?? 400);

  function expand(of: string, far = 1) {
    work.run(async () => {
      const answer = await get<Thing | Link>("ties", { id: of, depth: far, limit: most });
      picture.current?.add(answer.results);
      setLoaded((old) => join(old, answer.results));
    });
  }
  useEffect(() => {
    if (!canvas.current) return;
    const drawn = (picture.current = new Picture(canvas.current, setPicked, (node) => expand(node.id)));
    return () => drawn.end();
  }, []);
  useEffect(() => {
    if (id !== "") expand(id, depth);
  }, [id, depth, most]);
  useEffect(() => picture.current?.filter(evidential), [evidential]);

  function findPath(a: Node, b: Node) {
    work.run(async () => {
      const answer = await get<Path>("path", { a: a.id, b: b.id, max: 4, evidential: true });
      setPaths(answer.results);
      for (const path of answer.results) picture.current?.addPath(path);
    });
  }

  const { things, links } = loaded;
  const [a, b] = picked.filter((node) => node.type !== "cluster");
  return (
    <>
      <h1>{t("nav.graph")}</h1>
      <div class="graph">
        <div>
          <div class="row middle">
            <div role="radiogroup" aria-label={t("nav.graph")} class="choice">
              {views.map((one) => (
                <button role="radio" aria-checked={view === one} onClick={() => setView(one)}>
                  {t(`view.${one}` as Word)}
                </button>
              ))}
            </div>
            <FindOnGraph find={(text, both) => picture.current?.find(text, both) ?? false} />
            <button disabled={!a || !b || work.busy} onClick={() => a && b && findPath(a, b)}>
              {t("graph.path")}
            </button>
            <button disabled={!a || work.busy} onClick={() => a && expand(a.id)}>
              {t("graph.expand")}
            </button>
            <label>
              <input type="checkbox" checked={evidential} onChange={(event) => setEvidential(event.currentTarget.checked)} /> {t("graph.evidential")}
            </label>
            <Until times={picture.current?.model.times()} change={(time) => picture.current?.until(time)} />
            <span class="quiet" role="status">
              {work.busy ? t("wait") : t("graph.things", { n: things.size, m: links.size })}
            </span>
          </div>
          <canvas ref={canvas} tabindex={0} role="img" aria-label={t("nav.graph")} hidden={view !== "graph"} />
          {view === "map" && <MapView things={things} links={[...links.values()]} />}
          {view === "time" && <TimeView things={things} links={[...links.values()]} filter={(link) => !evidential || link.evidential} />}
          {things.size === 0 && <p class="quiet">{t("graph.pick")}</p>}
          <Failure why={work.why} />
        </div>
        <aside>
          <p class="quiet">{t("graph.pickTwo")}</p>
          {picked.map((node) => (
            <p>
              <Owner code={node.owner} /> {node.type === "cluster" ? <bdi>{node.name}</bdi> : <ThingLink id={node.id} name={node.name} />}
            </p>
          ))}
          {paths?.map((path, at) => (path.steps.length > 0 ? <Chain path={path} number={at + 1} show={() => picture.current?.light(path)} /> : null))}
          {paths && paths.every((path) => path.steps.length === 0) && <p>{t("graph.noPath")}</p>}
          {paths?.[0] && paths[0].conflicts.length > 0 && <Conflicts path={paths[0]} />}
        </aside>
      </div>
    </>
  );
}
