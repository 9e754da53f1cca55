// The graph: own and received things, who owns each link, and the chain between two of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api";
import type { PageProps } from "../app";
import { Picture, type Node } from "../draw/picture";
import { Data, Failure, Owner, ThingLink, useAction } from "../parts/bits";
import { MapView } from "../draw/map";
import { TimeView } from "../draw/time";
import type { Link, Path, Thing } from "../types";
import { useWords, type Word } from "../words";

/** The same selection in three ways. */
const views = ["graph", "map", "time"] as const;
type View = (typeof views)[number];

function Chain({ path, number, show }: { path: Path; number: number; show: () => void }) {
  const { t, time } = useWords();
  const first = path.steps[0];
  let marked = false;
  return (
    <section class="card">
      <h2>{t("graph.chain", { n: number, steps: path.steps.length, weakest: path.weakest ?? "–" })}</h2>
      <button onClick={show}>{t("open")}</button>
      <ol class="chain">
        {first && (
          <li>
            <ThingLink id={first.from} name={first.from_name} />
          </li>
        )}
        {path.steps.map((step) => {
          const weakest = !marked && step.confidence === path.weakest && !step.key;
          marked ||= weakest;
          return (
            <li class={weakest ? "weakest" : ""}>
              <span class="quiet">
                {step.reversed ? "↑" : "↓"} <Data>{step.key ? `= ${step.key}` : step.link}</Data> <Owner code={step.owner} /> {step.rating} {step.confidence} {step.time?.split("/").map(time).join(" – ")}{" "}
                {!step.evidential && t("thing.notEvidence")}
              </span>
              <br />
              <ThingLink id={step.to} name={step.to_name} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

export function Graph({ route }: PageProps) {
  const { t } = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<Picture>();
  const [picked, setPicked] = useState<Node[]>([]);
  const [things, setThings] = useState(new Map<string, Thing>());
  const [links, setLinks] = useState(new Map<string, Link>());
  const [view, setView] = useState<View>("graph");
  const [evidential, setEvidential] = useState(false);
  const [paths, setPaths] = useState<Path[]>();
  const work = useAction();
  const id = route.argument;

  function expand(of: string, depth = 1) {
    work.run(async () => {
      const answer = await get<Thing | Link>("ties", { id: of, depth, limit: 400 });
      picture.current?.add(answer.results);
      setThings((old) => new Map([...old, ...answer.results.filter((line): line is Thing => "thing" in line).map((line) => [line.thing, line] as const)]));
      setLinks((old) => new Map([...old, ...answer.results.filter((line): line is Link => "from" in line).map((line) => [`${line.from} ${line.type} ${line.key} ${line.to}`, line] as const)]));
    });
  }
  useEffect(() => {
    if (!canvas.current) return;
    const drawn = (picture.current = new Picture(canvas.current, setPicked, (node) => expand(node.id)));
    return () => drawn.end();
  }, []);
  useEffect(() => {
    if (id !== "") expand(id, 2);
  }, [id]);
  useEffect(() => picture.current?.filter(evidential), [evidential]);

  const [a, b] = picked;
  return (
    <>
      <h1>{t("nav.graph")}</h1>
      <div class="graph">
        <div>
          <div class="row">
            <div role="radiogroup" aria-label={t("nav.graph")} class="choice">
              {views.map((one) => (
                <button role="radio" aria-checked={view === one} onClick={() => setView(one)}>
                  {t(`view.${one}` as Word)}
                </button>
              ))}
            </div>
            <label>
              <input type="checkbox" checked={evidential} onChange={(event) => setEvidential(event.currentTarget.checked)} /> {t("graph.evidential")}
            </label>
            <button disabled={!a || !b || work.busy} onClick={() => a && b && work.run(async () => {
              const answer = await get<Path>("path", { a: a.id, b: b.id, max: 4, evidential: true });
              setPaths(answer.results);
              for (const path of answer.results) picture.current?.addPath(path);
            })}>
              {t("graph.path")}
            </button>
            <button disabled={!a || work.busy} onClick={() => a && expand(a.id)}>
              {t("graph.expand")}
            </button>
            <span class="quiet" role="status">
              {t("graph.things", { n: things.size, m: links.size })}
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
              <Owner code={node.owner} /> <ThingLink id={node.id} name={node.name} />
            </p>
          ))}
          {paths?.map((path, at) => (path.steps.length > 0 ? <Chain path={path} number={at + 1} show={() => picture.current?.light(path)} /> : null))}
          {paths && paths.every((path) => path.steps.length === 0) && <p>{t("graph.noPath")}</p>}
          {paths?.[0] && paths[0].conflicts.length > 0 && (
            <section class="card">
              <h2>{t("graph.conflicts")}</h2>
              <ul>
                {paths[0].conflicts.map((conflict) => (
                  <li>
                    <Data>{conflict.key}</Data> <Owner code={conflict.from_owner} /> {conflict.from_time} / <Owner code={conflict.to_owner} /> {conflict.to_time}
                  </li>
                ))}
              </ul>
            </section>
          )}
        </aside>
      </div>
    </>
  );
}
