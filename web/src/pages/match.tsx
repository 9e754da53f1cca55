// Private match: start a run, and the hits that stand.
import { useState } from "preact/hooks";
import { post } from "../api";
import type { PageProps } from "../app";
import { refresh, useGet } from "../live";
import { Answer, Data, Failure, Field, Owner, Table, ThingLink, useAction } from "../parts/bits";
import type { Agreement, Hit, Peer } from "../types";
import { useWords } from "../words";

interface End {
  asked?: string[];
  answered?: string[];
  silent?: string[];
  hits?: number;
}

export function Match(_: PageProps) {
  const { t, tried, time } = useWords();
  const peers = useGet<Peer>("peer/list");
  const agreements = useGet<Agreement>("agreement/list");
  const hits = useGet<Hit>("match/hits");
  const purposes = [...new Set(agreements.results.filter((one) => one.in_force).flatMap((one) => one.purposes))];
  const [end, setEnd] = useState<End>();
  const action = useAction();
  function run(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    action.run(async () => {
      const answer = await post<End>("match/run", { with: form.getAll("with").map(String), purpose: String(form.get("purpose")), seconds: 20 });
      setEnd(answer.results.find((line) => line.asked !== undefined));
      refresh();
    });
  }
  return (
    <>
      <h1>{t("nav.match")}</h1>
      <form class="card" onSubmit={run}>
        <h2>{t("match.run")}</h2>
        <p class="quiet">{t("match.explain")}</p>
        <div class="row">
          <fieldset>
            <legend>{t("match.with")}</legend>
            {peers.results.map((peer) => (
              <label>
                <input type="checkbox" name="with" value={peer.peer} checked={peer.state === "confirmed"} disabled={peer.state !== "confirmed"} /> <Owner code={peer.peer} />{" "}
              </label>
            ))}
          </fieldset>
          <Field label={t("match.purpose")}>
            <select name="purpose" required>
              {purposes.map((purpose) => (
                <option>{purpose}</option>
              ))}
            </select>
          </Field>
          <button class="first" disabled={action.busy || purposes.length === 0}>
            {action.busy ? t("wait") : t("match.do")}
          </button>
        </div>
        <Failure why={action.why} />
        <p role="status">
          {end && t("match.answered", { n: end.hits ?? 0, who: end.answered?.join(", ") ?? "" })}
          {end && (end.silent?.length ?? 0) > 0 && <> {t("match.silent", { who: end.silent?.join(", ") ?? "" })}</>}
        </p>
      </form>
      <Answer of={hits}>
        {(rows) => (
          <Table
            caption={t("match.hits")}
            rows={rows}
            columns={[
              { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
              { head: t("col.key"), cell: (row) => <Data>{row.key}</Data> },
              { head: t("col.name"), cell: (row) => row.own.map((id) => <div><ThingLink id={id} name={id.split("--")[0]} /></div>) },
              { head: t("col.state"), cell: (row) => tried("match", row.status), narrow: true },
              { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
              { head: t("col.time"), cell: (row) => time(row.time), narrow: true },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
