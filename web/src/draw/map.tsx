// The places among some things, on a map that needs no network: what is at each of them,
// and the ways between them.
import { geoEquirectangular, geoGraticule10, geoPath } from "d3-geo";
import { useEffect, useState } from "preact/hooks";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { Owner, ownerColor, ThingLink, Data } from "../parts/bits";
import type { Link, Thing } from "../types";
import { useWords } from "../words";

const width = 760;
const height = 500;

type Land = Topology<{ land: GeometryCollection }>;

interface Place {
  thing: Thing;
  point: [number, number];
  here: Thing[];
}

/** Each place with what is tied to it; and the ways: a thing that is `from` one and `to` another. */
function placesOf(things: Map<string, Thing>, links: Link[]): { places: Place[]; ways: [Place, Place, Thing][] } {
  const places = new Map<string, Place>();
  for (const thing of things.values())
    if (thing.latitude !== undefined && thing.longitude !== undefined) places.set(thing.thing, { thing, point: [thing.longitude, thing.latitude], here: [] });
  const from = new Map<string, Place>();
  const to = new Map<string, Place>();
  for (const link of links) {
    const place = places.get(link.to) ?? places.get(link.from);
    const other = things.get(places.has(link.to) ? link.from : link.to);
    if (!place || !other || places.has(other.thing)) continue;
    if (!place.here.includes(other)) place.here.push(other);
    if (link.type === "from") from.set(other.thing, place);
    if (link.type === "to") to.set(other.thing, place);
  }
  const ways: [Place, Place, Thing][] = [];
  for (const [id, start] of from) {
    const end = to.get(id);
    const thing = things.get(id);
    if (end && thing) ways.push([start, end, thing]);
  }
  return { places: [...places.values()], ways };
}

export function MapView({ things, links }: { things: Map<string, Thing>; links: Link[] }) {
  const { t, time } = useWords();
  const [land, setLand] = useState<Land>();
  const [open, setOpen] = useState<string>();
  useEffect(() => void import("world-atlas/land-110m.json").then((atlas) => setLand(atlas.default as unknown as Land)), []);
  const { places, ways } = placesOf(things, links);
  if (places.length === 0) return <p class="quiet">{t("map.none")}</p>;
  const points = { type: "MultiPoint" as const, coordinates: places.map((place) => place.point) };
  const projection = geoEquirectangular().fitExtent([[80, 60], [width - 80, height - 60]], points);
  if (places.length === 1 || projection.scale() > 12000) projection.scale(1200).center(places[0]!.point).translate([width / 2, height / 2]);
  const path = geoPath(projection);
  const at = (place: Place) => projection(place.point) ?? [0, 0];
  const chosen = places.find((place) => place.thing.thing === open);
  return (
    <>
      <svg class="map" viewBox={`0 0 ${width} ${height}`} role="group" aria-label={t("view.map")} direction="ltr">
        <path class="grid" d={path(geoGraticule10()) ?? ""} />
        {land && <path class="land" d={path(feature(land, land.objects.land)) ?? ""} />}
        {ways.map(([start, end, thing]) => (
          <line class="way" stroke={ownerColor(thing.owner)} x1={at(start)[0]} y1={at(start)[1]} x2={at(end)[0]} y2={at(end)[1]}>
            <title>{`${thing.name} ${thing.valid}`}</title>
          </line>
        ))}
        {places.map((place) => {
          const [x, y] = at(place);
          return (
            <g
              class="place"
              role="button"
              tabindex={0}
              aria-label={place.thing.name}
              aria-expanded={open === place.thing.thing}
              onClick={() => setOpen(place.thing.thing)}
              onKeyDown={(event) => event.key === "Enter" && setOpen(place.thing.thing)}
            >
              <circle cx={x} cy={y} r={6 + Math.min(10, place.here.length)} fill={ownerColor(place.thing.owner)} />
              <text x={x} y={y - 12 - Math.min(10, place.here.length)} text-anchor="middle">
                {place.thing.name}
              </text>
            </g>
          );
        })}
      </svg>
      {chosen && (
        <section class="card" role="status">
          <h2>
            <Data>{chosen.thing.name}</Data>
          </h2>
          <ul>
            {chosen.here.map((thing) => (
              <li>
                <Owner code={thing.owner} /> <ThingLink id={thing.thing} name={thing.name} /> <span class="quiet">{thing.valid.split("/").map(time).join(" – ")}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
