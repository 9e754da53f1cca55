// One question over everything that is held, in any script; what its words were taken for, and
// what it did not cover.
import { useMemo, useState } from "preact/hooks";
import type { PageProps } from "../app";
import { useGet, type Asked } from "../live";
import { Data, Failure, Latin, Owner, Table, ThingLink } from "../parts/bits";
import { href } from "../route";
import type { Agreement, Found, Status, Tried } from "../types";
import { useWords } from "../words";

type Line = Found | Tried;

/** Each word in Latin letters, the sound it shares with other spellings, and these spellings. */
function TriedShown({ tried, found }: { tried: Tried; found: boolean }) {
  const { t } = useWords();
  const spelt = (word: Tried["tried"][number]) => word.found.filter((one) => one !== word.word);
  const whole = [tried.number, tried.key].filter((one) => one !== "" && !tried.tried.some((word) => word.word === one));
  return (
    <div class="tried">
      <span class="quiet">{t("search.tried")}</span>
      <ul class="chips">
        {tried.tried.map((word) => (
          <li>
            <b lang="und-Latn" dir="ltr">
              {word.word}
            </b>
            {word.script !== "Zyyy" && word.skeleton.length > 1 && (
              <span class="quiet" title={t("search.sound")}>
                {" "}
                ≈ {word.skeleton}
              </span>
            )}
            {spelt(word).length > 0 && <span dir="ltr">: {spelt(word).join(", ")}</span>}
          </li>
        ))}
        {whole.map((one) => (
          <li>
            <Data>{one}</Data>
          </li>
        ))}
      </ul>
      {tried.any && found && <p class="mark">{t("search.any")}</p>}
    </div>
  );
}

/** Silence is not absence: whose records were looked through, and whose were not. */
function Coverage() {
  const { t } = useWords();
  const status = useGet<Status>("status").results[0];
  const agreements = useGet<Agreement>("agreement/list");
  if (!status) return null;
  const agreed = (peer: string) => agreements.results.some((one) => one.in_force && one.parties.some((party) => party.code === peer));
  const behind = (link: Status["links"][number]) => (link.stopped ? t("search.stopped") : link.in.lag > 0 ? t("partners.entries", { n: link.in.lag }) : t("partners.upToDate"));
  return (
    <section class="card coverage">
      <h2>{t("search.coverage")}</h2>
      <p>
        <Owner code={status.code} /> {t("search.own", { n: status.store.own })}
      </p>
      {status.links.length > 0 && (
        <ul>
          {status.links.map((link) => (
            <li>
              <Owner code={link.peer} /> {t("search.released")} <span class={link.stopped || link.in.lag > 0 ? "late" : "quiet"}>{behind(link)}</span>
              {" · "}
              {agreed(link.peer) ? <a href={href("match")}>{t("search.askMatch")}</a> : <span class="quiet">{t("search.noAgreement")}</span>}
            </li>
          ))}
        </ul>
      )}
      <p class="quiet">{t("search.notCovered")}</p>
    </section>
  );
}

function Rows({ found, text }: { found: Asked<Line>; text: string }) {
  const { t, time, tried: word } = useWords();
  const [type, setType] = useState("");
  const rows = found.results.filter((row): row is Found => "id" in row);
  const tried = found.results.find((row): row is Tried => "tried" in row);
  const types = [...new Set(rows.map((row) => row.type))].sort();
  return (
    <div data-of={text}>
      <Failure why={found.problem} />
      {tried && <TriedShown tried={tried} found={rows.length > 0} />}
      {rows.length === 0 && found.answer && <p class="quiet">{t("search.none", { text })}</p>}
      {rows.length > 0 && (
        <>
          <div class="row middle">
            <span role="status">{t("search.found", { n: rows.length })}</span>
            <label>
              {t("search.type")}{" "}
              <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
                <option value="">{t("search.all")}</option>
                {types.map((one) => (
                  <option value={one}>{word("type", one)}</option>
                ))}
              </select>
            </label>
          </div>
          <Table
            caption={text}
            first={40}
            rows={rows.filter((row) => type === "" || row.type === type)}
            columns={[
              { head: t("col.name"), cell: (row) => <ThingLink id={row.id} name={row.name} /> },
              ...(rows.some((row) => row.latin) ? [{ head: t("col.latin"), cell: (row: Found) => <Latin is={row.latin} /> }] : []),
              { head: t("col.type"), cell: (row) => word("type", row.type), narrow: true },
              { head: t("col.owner"), cell: (row) => <Owner code={row.owner} />, narrow: true },
              { head: t("col.rating"), cell: (row) => row.rating, narrow: true },
              { head: t("col.valid"), cell: (row) => row.valid.split("/").map(time).join(" – "), narrow: true },
            ]}
          />
        </>
      )}
    </div>
  );
}

export function Search({ route }: PageProps) {
  const { t, language } = useWords();
  const text = (route.query.get("text") ?? "").trim();
  const found = useGet<Line>("search", text === "" ? undefined : { text, limit: 100, tried: true });
  const of = found.of === undefined ? "" : (JSON.parse(found.of) as { text: string }).text;
  /* While somebody types, what was found last stands still. */
  const rows = useMemo(() => <Rows found={found} text={of} />, [found.results, found.problem, of, language]);
  return (
    <>
      <h1>{t("nav.search")}</h1>
      {text === "" ? <p class="quiet">{t("search.ask")}</p> : found.of === undefined && !found.problem ? <p class="quiet">{t("wait")}</p> : rows}
      <Coverage />
    </>
  );
}
