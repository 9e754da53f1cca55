// Private match: the alarms that stand, what may still be compared today, a run and how far it is,
// the hits that stand and what to do about each, the matches that go on.
import { useState } from "preact/hooks";
import { post } from "../api";
import { useAbout } from "../about";
import type { PageProps } from "../app";
import { refresh, useGet } from "../live";
import { Alarms } from "../match/alarms";
import { Runs } from "../match/runs";
import { Standing } from "../match/standing";
import { Answer, Data, Failure, Owner, Table, useAction } from "../parts/bits";
import { PeersField, PurposeField } from "../parts/fields";
import { Name } from "../person/same";
import { href } from "../route";
import type { Agreement, Hit, Run, Status } from "../types";
import { useWords } from "../words";

interface End {
  asked?: string[];
  answered?: string[];
  silent?: string[];
  hits?: number;
}

/** The messages of a run, in their order (match/match.h). */
const steps = ["announce", "accept", "set", "set-double", "double", "time", "time-double", "close"];

/** Runs that are under way: how far each is. */
function Progress({ runs }: { runs: Run[] }) {
  const { t } = useWords();
  const open = runs.filter((run) => run.state === "open");
  return (
    <div role="status">
      <ul class="plain runs">
        {open.map((run) => (
          <li class="row middle">
            <Owner code={run.peer} />
            <progress max={steps.length} value={steps.indexOf(run.step) + 1} aria-label={t("match.progress")} />
            <span class="quiet">
              {t("match.step", { n: steps.indexOf(run.step) + 1, of: steps.length })} · {t("match.sizes", { own: run.own, theirs: run.theirs || "…" })}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Terms {
  terms?: { match?: { keys_per_day?: number; set_max?: number } };
}

/** What the agreement still allows today with each party, for a purpose. */
function Budget({ agreement, purpose, runs }: { agreement: Agreement; purpose: string; runs: Run[] }) {
  const { t, language } = useWords();
  const status = useGet<Status>("status").results[0];
  const terms = useGet<Terms>("agreement/show", { id: agreement.agreement }).results[0]?.terms?.match;
  if (!terms?.keys_per_day || !status) return null;
  const most = terms.keys_per_day;
  const number = (n: number) => n.toLocaleString(language);
  const today = status.time.slice(0, 10);
  const charged = (run: Run) => run.purpose === purpose && run.started.startsWith(today) && !["refused", "not-asked", "denied"].includes(run.state);
  const others = agreement.parties.filter((party) => party.code !== status.code);
  return (
    <Table
      caption={t("match.budget", { name: agreement.name })}
      rows={others.map((party) => ({ peer: party.code, used: runs.filter((run) => run.peer === party.code && charged(run)).reduce((sum, run) => sum + run.own, 0) }))}
      columns={[
        { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
        { head: t("match.used"), cell: (row) => <meter min={0} max={most} value={row.used} aria-label={t("match.used")} /> },
        { head: t("match.left"), cell: (row) => <strong class={row.used >= most ? "late" : ""}>{number(Math.max(0, most - row.used))}</strong>, narrow: true },
        { head: t("match.perDay"), cell: () => number(most), narrow: true },
        { head: t("match.setMax"), cell: () => (terms.set_max === undefined ? "" : number(terms.set_max)), narrow: true },
      ]}
    />
  );
}

export function Match({ user }: PageProps) {
  const { t, tried, time } = useWords();
  const { about } = useAbout();
  const agreements = useGet<Agreement>("agreement/list");
  const runs = useGet<Run>("match/runs");
  const hits = useGet<Hit>("match/hits");
  const inForce = agreements.results.filter((one) => one.in_force);
  const purposes = [...new Set(inForce.flatMap((one) => one.purposes))];
  const [chosen, setChosen] = useState<string>();
  const purpose = chosen ?? (purposes.includes(about.purpose) ? about.purpose : (purposes[0] ?? ""));
  const [end, setEnd] = useState<End>();
  const action = useAction();
  const asks = ["analyst", "liaison", "case"].includes(user.role);
  function run(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    setEnd(undefined);
    action.run(async () => {
      const answer = await post<End>("match/run", { with: form.getAll("with").map(String), purpose, seconds: 20 });
      setEnd(answer.results.find((line) => line.asked !== undefined));
      refresh();
    });
  }
  return (
    <>
      <h1>{t("nav.match")}</h1>
      <Alarms user={user} />
      {asks && (
        <form class="card" onSubmit={run}>
          <h2>{t("match.run")}</h2>
          <p class="quiet">{t("match.explain")}</p>
          <div class="row">
            <PeersField name="with" legend={t("match.with")} all />
            <PurposeField of={purposes} chosen={purpose} change={setChosen} />
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
      )}
      <Progress runs={runs.results} />
      {inForce.filter((one) => one.purposes.includes(purpose)).map((one) => (
        <Budget key={one.agreement} agreement={one} purpose={purpose} runs={runs.results} />
      ))}
      <Answer of={hits}>
        {(rows) => (
          <Table
            caption={t("match.hits")}
            rows={rows}
            columns={[
              { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
              { head: t("col.key"), cell: (row) => <Data>{row.key}</Data> },
              { head: t("col.name"), cell: (row) => row.own.map((id) => <div><Name id={id} /></div>) },
              { head: t("col.state"), cell: (row) => tried("match", row.status), narrow: true },
              { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
              { head: t("col.time"), cell: (row) => time(row.time), narrow: true },
              ...(user.role === "oversight"
                ? []
                : [
                    {
                      head: "",
                      cell: (row: Hit) => (
                        <>
                          <a href={href("desk", "new", { to: row.peer, purpose: row.purpose, key: row.key })}>{t("match.ask")}</a>
                          {" · "}
                          <a href={href("release", "", { ids: row.own.join(" ") })}>{t("match.offer")}</a>
                        </>
                      ),
                    },
                  ]),
            ]}
          />
        )}
      </Answer>
      <Standing user={user} purposes={purposes} />
      <Answer of={runs}>{(rows) => <Runs runs={rows} />}</Answer>
    </>
  );
}
