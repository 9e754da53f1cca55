// One question over everything that is held, in any script.
import { useState } from "preact/hooks";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Answer, Data, Owner, Table, ThingLink } from "../parts/bits";
import type { Found } from "../types";
import { useWords } from "../words";

export function Search({ route }: PageProps) {
  const { t, time } = useWords();
  const text = (route.query.get("text") ?? "").trim();
  const [type, setType] = useState("");
  const found = useGet<Found>("search", text === "" ? undefined : { text, limit: 200 });
  const types = [...new Set(found.results.map((row) => row.type))].sort();
  return (
    <>
      <h1>{t("nav.search")}</h1>
      {text === "" ? (
        <p class="quiet">{t("search.ask")}</p>
      ) : (
        <Answer of={found} empty={t("search.none", { text })}>
          {(rows) => (
            <>
              <div class="row" role="status">
                <span>{t("search.found", { n: rows.length })}</span>
                <label>
                  {t("search.type")}{" "}
                  <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
                    <option value="">{t("search.all")}</option>
                    {types.map((one) => (
                      <option>{one}</option>
                    ))}
                  </select>
                </label>
              </div>
              <Table
                caption={text}
                rows={rows.filter((row) => type === "" || row.type === type)}
                columns={[
                  { head: t("col.name"), cell: (row) => <ThingLink id={row.id} name={row.name} /> },
                  { head: t("col.type"), cell: (row) => <Data>{row.type}</Data>, narrow: true },
                  { head: t("col.owner"), cell: (row) => <Owner code={row.owner} />, narrow: true },
                  { head: t("col.rating"), cell: (row) => row.rating, narrow: true },
                  { head: t("col.valid"), cell: (row) => row.valid.split("/").map(time).join(" – "), narrow: true },
                ]}
              />
            </>
          )}
        </Answer>
      )}
    </>
  );
}
