// When the things and links of a selection were true: bars on one line of time.
import { ownerColor } from "../parts/bits";
import { href } from "../route";
import type { Link, Thing } from "../types";
import { useWords } from "../words";

const width = 760;
const row = 26;
const day = 86400000;

interface Bar {
  id: string;
  text: string;
  owner: string;
  start: number;
  stop: number;
  said: string;
}

/** "a/b" with open ends, one day, or an instant; undefined for no time at all. */
function span(text: string): [number, number] | undefined {
  const [a = "", b = text.includes("/") ? "" : a] = text.split("/");
  const start = a === "" ? Number.NEGATIVE_INFINITY : Date.parse(a);
  const stop = b === "" ? Number.POSITIVE_INFINITY : Date.parse(b) + (b.length === 10 ? day : 0);
  return text === "" || text === "/" || Number.isNaN(start) || Number.isNaN(stop) ? undefined : [start, stop];
}

export function TimeView({ things, links, filter }: { things: Map<string, Thing>; links: Link[]; filter: (link: Link) => boolean }) {
  const { t, time, language } = useWords();
  const bars: Bar[] = [];
  const add = (id: string, text: string, owner: string, said: string) => {
    const range = span(said);
    if (range) bars.push({ id, text, owner, start: range[0], stop: range[1], said });
  };
  const name = (id: string) => things.get(id)?.name ?? id;
  for (const thing of things.values()) add(thing.thing, thing.name, thing.owner, thing.valid);
  for (const link of links) if (link.link !== "" && filter(link)) add(link.from, `${name(link.from)} – ${link.type} – ${name(link.to)}`, link.owner, link.time);
  if (bars.length === 0) return <p class="quiet">{t("time.none")}</p>;
  const ends = bars.flatMap((bar) => [bar.start, bar.stop]).filter(Number.isFinite);
  const first = Math.min(...ends);
  const last = Math.max(...ends, first + day);
  const x = (at: number) => Math.max(0, Math.min(width, 10 + ((at - first) / (last - first)) * (width - 20)));
  bars.sort((a, b) => a.start - b.start || a.stop - b.stop);
  const ticks = Array.from({ length: 6 }, (_, at) => first + ((last - first) * at) / 5);
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  return (
    <svg class="time" viewBox={`0 0 ${width} ${bars.length * row + 30}`} role="list" aria-label={t("view.time")} direction="ltr">
      {ticks.map((tick, at) => (
        <g>
          <line class="grid" x1={x(tick)} x2={x(tick)} y1={20} y2={bars.length * row + 30} />
          <text class="tick" x={x(tick)} y={14} text-anchor={at === 0 ? "start" : at === 5 ? "end" : "middle"}>
            {`\u2068${format.format(tick)}\u2069`}
          </text>
        </g>
      ))}
      {bars.map((bar, at) => {
        const left = x(bar.start);
        const right = Math.max(left + 4, x(bar.stop));
        const half = left > width / 2;
        return (
          <a href={href("thing", bar.id)} role="listitem" aria-label={`${bar.text}, ${bar.said.split("/").map(time).join(" – ")}`}>
            <rect x={left} y={26 + at * row} width={right - left} height={row - 16} rx={3} fill={ownerColor(bar.owner)} />
            <text x={half ? Math.min(width - 4, right) : left} y={26 + at * row + row - 5} text-anchor={half ? "end" : "start"}>
              {bar.text}
            </text>
          </a>
        );
      })}
    </svg>
  );
}
