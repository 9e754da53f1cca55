// What was given and received; calling back and correcting, with each partner's proof.
import { useState } from "preact/hooks";
import type { User } from "../api";
import { useGet } from "../live";
import { Act } from "../parts/act";
import { Answer, Data, Field, Owner, Table, ThingLink, type Column } from "../parts/bits";
import type { Release } from "../types";
import { useWords } from "../words";

function Recall({ release }: { release: Release }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  if (!open) return <button onClick={() => setOpen(true)}>{t("release.recall")}</button>;
  return (
    <Act verb="recall" label={t("release.recall")} explain={t("release.recallExplain", { peer: release.peer })} done={() => setOpen(false)} read={(said) => ({ release: release.release, reason: said.text("reason") })} second={<button type="button" onClick={() => setOpen(false)}>{t("cancel")}</button>}>
      <Field label={t("release.recallWhy")} wide>
        <input name="reason" required dir="auto" />
      </Field>
    </Act>
  );
}

/** What the partner's signed log says became of it. */
function Proof({ row }: { row: Release }) {
  const { t, tried, time } = useWords();
  const waits = row.state === "recalled" && row.direction === "out" && !row.erasure;
  return (
    <>
      <span class="state">{tried("release", row.state)}</span>
      {row.receipt && !row.erasure && (
        <div class="quiet">
          {t("release.receipt")} #{row.receipt.seq}, {time(row.receipt.said.time)}
        </div>
      )}
      {row.erasure && (
        <div class="proof">
          ✓ {t("release.proof")} #{row.erasure.seq}, {time(row.erasure.said.time)}
        </div>
      )}
      {row.for && (
        <div class="mark">
          {t("release.byName")} <Data>{row.for.join(", ")}</Data>
        </div>
      )}
      {row.emergency && (
        <div class="late">
          {t("release.wasEmergency")} <Data>{row.emergency}</Data>
        </div>
      )}
      {(row.evidence?.length ?? 0) > 0 && <div class="quiet">{t("evidence.files", { n: row.evidence?.length ?? 0 })}</div>}
      {waits && <div class="late">{t("release.waitsProof", { peer: row.peer })}</div>}
    </>
  );
}

export function Given({ user }: { user: User }) {
  const { t, time } = useWords();
  const releases = useGet<Release>("release/list");
  const may = ["disclosure", "legal"].includes(user.role);
  const objects = (row: Release) => row.objects.map((object) => (typeof object === "string" ? object : object.id));
  const columns = (out: boolean): Column<Release>[] => [
    { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
    { head: t("col.time"), cell: (row) => time(row.time), narrow: true },
    { head: t("col.state"), cell: (row) => <Proof row={row} /> },
    { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
    {
      head: t("col.objects"),
      cell: (row) => (
        <details>
          <summary>{row.objects.length}</summary>
          <ul>
            {objects(row).map((id) => (
              <li>
                <ThingLink id={id} />
              </li>
            ))}
          </ul>
        </details>
      ),
    },
    { head: t("col.approved"), cell: (row) => <Data>{row.approved_by.join(", ")}</Data>, narrow: true },
    ...(out && may ? [{ head: "", cell: (row: Release) => (row.state === "sent" || row.state === "received" ? <Recall release={row} /> : null) }] : []),
  ];
  return (
    <Answer of={releases}>
      {(rows) => (
        <>
          <Table caption={t("release.given")} rows={rows.filter((row) => row.direction === "out").reverse()} columns={columns(true)} />
          <Table caption={t("release.received")} rows={rows.filter((row) => row.direction === "in").reverse()} columns={columns(false)} />
        </>
      )}
    </Answer>
  );
}

/** A record is wrong: who has it is told, and says what it did. */
export function Correct() {
  const { t } = useWords();
  return (
    <Act verb="correct" label={t("release.correct")} explain={t("release.correctExplain")} read={(said) => ({ id: said.text("id"), reason: said.text("reason") })}>
      <Field label={t("case.id")} wide>
        <input name="id" required dir="ltr" />
      </Field>
      <Field label={t("release.correctWhy")} wide>
        <input name="reason" required dir="auto" />
      </Field>
    </Act>
  );
}
