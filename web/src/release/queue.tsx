// What waits at the release desk, the oldest first; and the day after, the review of what one
// officer sent alone.
import type { User } from "../api";
import { useGet } from "../live";
import { Act } from "../parts/act";
import { Answer, Data, Field, Owner, Table } from "../parts/bits";
import { Name } from "../person/same";
import { href } from "../route";
import type { Release, Waiting } from "../types";
import { useWords } from "../words";

/** By an officer who has neither sent nor drafted it; "overturned" calls it back. */
function Review({ release }: { release: string }) {
  const { t } = useWords();
  const sent = useGet<Release>("release/list").results.find((one) => one.release === release);
  return (
    <>
      {sent && (
        <p>
          <Data>{sent.approved_by.join(", ")}</Data>: <strong><Data>{sent.emergency}</Data></strong>
        </p>
      )}
      {sent?.objects.map((one) => (
        <div>
          <Name id={typeof one === "string" ? one : one.id} />
        </div>
      ))}
      <Act verb="release/review" label={t("release.review")} explain={t("release.reviewExplain")} read={(said) => ({ release, finding: said.text("finding"), note: said.text("note") })}>
        <Field label={t("release.finding")}>
          <select name="finding">
            <option value="upheld">{t("release.upheld")}</option>
            <option value="overturned">{t("release.overturned")}</option>
          </select>
        </Field>
        <Field label={t("task.note")} wide>
          <input name="note" required dir="auto" />
        </Field>
      </Act>
    </>
  );
}

function Item({ item, user }: { item: Waiting; user: User }) {
  const { t } = useWords();
  if (item.kind === "review") return ["disclosure", "legal"].includes(user.role) ? <Review release={item.id} /> : null;
  if (item.kind === "proposal")
    return (
      <>
        {item.records?.map((id) => (
          <div>
            <Name id={id} />
          </div>
        ))}
        {user.role !== "oversight" && <a href={href("release", "", { ids: (item.records ?? []).join(" ") })}>{t("release.drafts")}</a>}
      </>
    );
  return <a href="#onward" onClick={(event) => (event.preventDefault(), document.getElementById("onward")?.scrollIntoView())}>{t("onward.title")}</a>;
}

/** For how long it has waited; old enough to be ashamed of is red. */
export function Age({ of }: { of: Waiting | undefined }) {
  const { t, time } = useWords();
  return of ? (
    <span class={of.aged ? "late" : ""} title={time(of.since)}>
      {t("release.days", { n: of.days })}
    </span>
  ) : null;
}

/** What must be done by a day stands before what only waits. */
const kinds = ["review", "onward", "proposal"];
const urgent = (a: Waiting, b: Waiting) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.since.localeCompare(b.since);

/** All but the drafts, which have a table of their own. */
export function Queue({ user }: { user: User }) {
  const { t, tried } = useWords();
  const queue = useGet<Waiting>("release/queue");
  return (
    <Answer of={{ ...queue, results: queue.results.filter((row) => row.kind !== "draft").sort(urgent) }} empty={t("release.noQueue")}>
      {(rows) => (
        <Table
          caption={t("release.queue")}
          first={10}
          rows={rows}
          columns={[
            { head: t("release.age"), cell: (row) => <Age of={row} />, narrow: true },
            { head: t("release.what"), cell: (row) => <>{tried("queue", row.kind)} {row.state === "overdue" && <strong class="late">{t("desk.late")}</strong>}</>, narrow: true },
            { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
            { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
            { head: "", cell: (row) => <Item item={row} user={user} /> },
          ]}
        />
      )}
    </Answer>
  );
}
