// Hands that nobody knows yet: devices with equal laboratory references are of one maker.
import { useGet } from "../live";
import { Answer, Owner } from "../parts/bits";
import { Name } from "../person/same";
import type { Maker } from "../types";
import { useWords } from "../words";

function Ids({ title, ids }: { title: string; ids: string[] }) {
  if (ids.length === 0) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {ids.map((id) => (
          <div>
            <Name id={id} />
          </div>
        ))}
      </dd>
    </>
  );
}

export function Makers() {
  const { t } = useWords();
  const makers = useGet<Maker>("maker/list");
  return (
    <>
      <h2>{t("maker.title")}</h2>
      <p class="quiet">{t("maker.explain")}</p>
      <Answer of={makers} empty={t("maker.none")}>
        {(rows) => (
          <div class="cards">
            {rows.map((row) => (
              <section class="card">
                <h3>
                  {t("maker.one", { n: row.maker })} {row.owners.map((code) => <><Owner code={code} /> </>)}
                </h3>
                <dl class="facts">
                  <dt>{t("maker.references")}</dt>
                  <dd>
                    {row.references.map((one) => (
                      <div>
                        <code dir="ltr">{one}</code>
                      </div>
                    ))}
                  </dd>
                  <Ids title={t("maker.devices")} ids={row.devices} />
                  <Ids title={t("maker.incidents")} ids={row.incidents} />
                  <Ids title={t("maker.attributed")} ids={row.attributed} />
                </dl>
              </section>
            ))}
          </div>
        )}
      </Answer>
    </>
  );
}
