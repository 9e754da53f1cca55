// On how many sources a record rests: what came by several ways counts once.
import { useGet } from "../live";
import { Name } from "../person/same";
import { useWords } from "../words";
import { Data, Owner } from "./bits";

interface Sources {
  id: string;
  count: number;
  sources: { id: string; held: boolean; owner?: string; rating?: string }[];
}

/** Nothing for what is derived from nothing: it is its own source. */
export function SourcesCard({ id }: { id: string }) {
  const { t } = useWords();
  const found = useGet<Sources>("basis/sources", { id }).results[0];
  if (!found || found.id !== id || found.sources.every((one) => one.id === id)) return null;
  return (
    <section class="card sources">
      <h2>{t("sources.title", { n: found.count })}</h2>
      <p class="quiet">{t("sources.explain")}</p>
      <ul class="plain">
        {found.sources.map((one) => (
          <li>
            {one.owner && <Owner code={one.owner} />} {one.held ? <Name id={one.id} /> : <Data>{one.id}</Data>} <span class="quiet">{one.held ? one.rating : t("sources.gone")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
