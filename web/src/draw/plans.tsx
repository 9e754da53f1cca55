// Our own plans on the map and on a bar of time; what clashes is marked.
import { geoEquirectangular, geoGraticule10, geoPath } from "d3-geo";
import { useEffect, useState } from "preact/hooks";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { useWords } from "../words";

export interface Plan {
  name: string;
  state: string;
  plan: { activity?: string; domains?: string[]; lat?: [number, number]; lon?: [number, number]; start?: string; stop?: string };
}

export interface PlansMapProps {
  plans: Plan[];
  clashing: Set<string | undefined>;
}

type Land = Topology<{ land: GeometryCollection }>;
/* As wide as half a page on a desk, so that letters keep their size. */
const width = 520;
const height = 240;
const row = 30;

const short = (name: string) => `\u2068${name.length > 24 ? `${name.slice(0, 23)}…` : name}\u2069`;

function Bars({ plans, clashing }: PlansMapProps) {
  const { time, t } = useWords();
  const first = Math.min(...plans.map((one) => Date.parse(one.plan.start ?? "")));
  const last = Math.max(...plans.map((one) => Date.parse(one.plan.stop ?? "")));
  const x = (text?: string) => 10 + ((Date.parse(text ?? "") - first) / Math.max(1, last - first)) * (width - 20);
  return (
    <svg class="time" viewBox={`0 0 ${width} ${plans.length * row + 28}`} role="img" aria-label={t("view.time")} direction="ltr">
      <text x={10} y={14}>
        {`\u2068${time(new Date(first).toISOString())}\u2069`}
      </text>
      <text x={width - 10} y={14} text-anchor="end">
        {`\u2068${time(new Date(last).toISOString())}\u2069`}
      </text>
      {plans.map((one, at) => {
        const left = x(one.plan.start);
        const right = Math.max(left + 4, x(one.plan.stop));
        return (
          <g class={clashing.has(one.name) ? "plan clashes" : "plan"}>
            <rect x={left} y={22 + at * row} width={right - left} height={8} rx={3} />
            <text x={left > width / 2 ? right : left} y={22 + at * row + 21} text-anchor={left > width / 2 ? "end" : "start"}>
              {short(one.name)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

export function PlansMap({ plans, clashing }: PlansMapProps) {
  const { t } = useWords();
  const [land, setLand] = useState<Land>();
  useEffect(() => void import("world-atlas/land-110m.json").then((atlas) => setLand(atlas.default as unknown as Land)), []);
  const placed = plans.filter((one) => one.state === "active" && one.plan.lat && one.plan.lon && one.plan.start && one.plan.stop);
  if (placed.length === 0) return null;
  const corners = placed.flatMap((one) => one.plan.lat!.flatMap((lat) => one.plan.lon!.map((lon) => [lon, lat] as [number, number])));
  const projection = geoEquirectangular().fitExtent([[90, 50], [width - 90, height - 50]], { type: "MultiPoint", coordinates: corners });
  const path = geoPath(projection);
  return (
    <div class="split drawn">
      <svg class="map" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t("view.map")} direction="ltr">
        <path class="grid" d={path(geoGraticule10()) ?? ""} />
        {land && <path class="land" d={path(feature(land, land.objects.land)) ?? ""} />}
        {placed.map((one) => {
          const [left, top] = projection([Math.min(...one.plan.lon!), Math.max(...one.plan.lat!)]) ?? [0, 0];
          const [right, bottom] = projection([Math.max(...one.plan.lon!), Math.min(...one.plan.lat!)]) ?? [0, 0];
          return (
            <g class={clashing.has(one.name) ? "plan clashes" : "plan"}>
              <rect x={left} y={top} width={Math.max(6, right - left)} height={Math.max(6, bottom - top)} />
              <text x={(left + right) / 2} y={top - 4} text-anchor="middle">
                {short(one.name)}
              </text>
            </g>
          );
        })}
      </svg>
      <Bars plans={placed} clashing={clashing} />
    </div>
  );
}
