// Matches that go on: what is new on either side is compared as it comes, until somebody stops it.
import type { User } from "../api";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Owner, Table, type Column } from "../parts/bits";
import { PeerField, PurposeField } from "../parts/fields";
import type { StandingMatch } from "../types";
import { useWords } from "../words";

/** As long as its keys and tags are kept. */
const goesOn = (one: StandingMatch) => ["making", "offered", "open"].includes(one.state);

function Stop({ match }: { match: StandingMatch }) {
  const { t } = useWords();
  return (
    <Fold title={t("standing.stop")}>
      <Act verb="match/standing/stop" label={t("standing.stop")} explain={t("standing.stopExplain")} read={() => ({ id: match.standing })} />
    </Fold>
  );
}

function useColumns(): Column<StandingMatch>[] {
  const { t, tried, time, language } = useWords();
  const number = (n: number) => n.toLocaleString(language);
  return [
    { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
    { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
    { head: t("col.state"), cell: (row) => <>{tried("standing", row.state)} {row.clause && <>({tried("clause", row.clause)})</>}</> },
    { head: t("match.keys"), cell: (row) => `${number(row.own)} / ${number(row.theirs)}`, narrow: true },
    {
      head: t("standing.asked"),
      cell: (row) => (
        <>
          <meter min={0} max={Math.max(1, row.own)} value={row.asked} aria-label={t("standing.asked")} />
          {row.waiting > 0 && <p class="quiet">{t("standing.waiting", { n: number(row.waiting) })}</p>}
        </>
      ),
    },
    { head: t("match.hits"), cell: (row) => number(row.hits), narrow: true },
    { head: t("col.time"), cell: (row) => time(row.started), narrow: true },
  ];
}

export function Standing({ user, purposes }: { user: User; purposes: string[] }) {
  const { t } = useWords();
  const columns = useColumns();
  const asks = ["analyst", "legal", "liaison", "case"].includes(user.role);
  return (
    <section id="standing">
      <Answer of={useGet<StandingMatch>("match/standing/list")} empty={t("standing.none")}>
        {(rows) => {
          const over = rows.filter((row) => !goesOn(row)).reverse();
          return (
            <>
              <Table
                caption={t("standing.title")}
                rows={rows.filter(goesOn)}
                columns={[...columns, ...(asks ? [{ head: "", cell: (row: StandingMatch) => <Stop key={row.standing} match={row} /> }] : [])]}
              />
              {over.length > 0 && (
                <Fold title={t("standing.over", { n: over.length })}>
                  <Table caption={t("standing.wasStopped")} first={20} rows={over} columns={columns} />
                </Fold>
              )}
            </>
          );
        }}
      </Answer>
      {asks && (
        <Fold title={t("standing.start")}>
          <Act verb="match/standing/start" label={t("standing.start")} explain={t("standing.explain")} read={(said) => ({ with: said.text("with"), purpose: said.text("purpose") })}>
            <PeerField name="with" label={t("match.with")} />
            <PurposeField of={purposes} />
          </Act>
        </Fold>
      )}
    </section>
  );
}
