// The release desk: what would leave beside what is held, what is withheld and why, who
// approved; what was given and received; calling back, with the proof.
import { useState } from "preact/hooks";
import { post } from "../api";
import type { PageProps } from "../app";
import { refresh, useGet } from "../live";
import { Answer, Data, Failure, Field, Owner, Table, ThingLink, useAction } from "../parts/bits";
import type { Agreement, Draft, Peer, Release, Shown } from "../types";
import { useWords } from "../words";

function Original({ id }: { id: string }) {
  const shown = useGet<Shown>("show", { id });
  const thing = shown.results[0];
  return (
    <li>
      <ThingLink id={id} name={thing?.name || id} /> <span class="quiet">{thing?.type} {thing?.rating}</span>
    </li>
  );
}

/** Left what is held, right what leaves. */
function DraftShown({ draft }: { draft: Draft }) {
  const { t } = useWords();
  return (
    <div class="split">
      <section class="card">
        <h2>{t("release.original")}</h2>
        <ul>
          {draft.objects.map((object) => (
            <Original id={object.id} />
          ))}
        </ul>
      </section>
      <section class="card">
        <h2>
          {t("release.leaves")} → <Owner code={draft.to} />
        </h2>
        <ul>
          {draft.objects.map((object) => (
            <li>
              <Data>{object.sent_as}</Data>
            </li>
          ))}
        </ul>
        {draft.missing.length > 0 && (
          <p>
            {t("release.missing")}: {draft.missing.join(", ")}
          </p>
        )}
      </section>
      <Table
        caption={t("release.withheld")}
        rows={draft.withheld}
        columns={[
          { head: t("col.name"), cell: (row) => <ThingLink id={row.id} name={row.id} /> },
          { head: t("col.type"), cell: (row) => <Data>{row.property}</Data> },
          { head: t("col.reason"), cell: (row) => <Data>{row.reason}</Data> },
        ]}
      />
    </div>
  );
}

function Drafting({ ids }: { ids: string }) {
  const { t } = useWords();
  const peers = useGet<Peer>("peer/list");
  const agreements = useGet<Agreement>("agreement/list");
  const [draft, setDraft] = useState<Draft>();
  const drafting = useAction();
  const approving = useAction();
  const purposes = [...new Set(agreements.results.filter((one) => one.in_force).flatMap((one) => one.purposes))];
  function make(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const tearline = String(form.get("tearline"));
    drafting.run(async () => {
      const id = String(form.get("ids")).split(/[\s,]+/).filter(Boolean);
      const answer = await post<Draft>("release/draft", { id, to: String(form.get("to")), purpose: String(form.get("purpose")), tearline: tearline === "" ? undefined : tearline });
      setDraft(answer.results[0]);
    });
  }
  function approve(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    approving.run(async () => {
      const answer = await post<Draft>("release/approve", { draft: String(form.get("draft")).trim() });
      setDraft((old) => ({ ...(old as Draft), ...answer.results[0] }));
      refresh();
    });
  }
  return (
    <>
      <form class="card" onSubmit={make}>
        <h2>{t("release.drafts")}</h2>
        <Field label={t("release.ids")}>
          <textarea name="ids" required defaultValue={ids} dir="ltr" />
        </Field>
        <div class="row">
          <Field label={t("release.to")}>
            <select name="to" required>
              {peers.results.map((peer) => (
                <option>{peer.peer}</option>
              ))}
            </select>
          </Field>
          <Field label={t("match.purpose")}>
            <select name="purpose" required>
              {purposes.map((purpose) => (
                <option>{purpose}</option>
              ))}
            </select>
          </Field>
          <Field label={t("release.tearline")}>
            <input name="tearline" dir="auto" />
          </Field>
          <button class="first" disabled={drafting.busy}>
            {t("release.draft")}
          </button>
        </div>
        <Failure why={drafting.why} />
      </form>
      {draft?.objects && <DraftShown draft={draft} />}
      <form class="card" onSubmit={approve}>
        <h2>{t("release.pick")}</h2>
        <div class="row">
          <Field label={t("release.draftId")}>
            <input name="draft" required defaultValue={draft?.draft ?? ""} dir="ltr" size={40} />
          </Field>
          <button class="first" disabled={approving.busy}>
            {t("release.approve")}
          </button>
        </div>
        <Failure why={approving.why} />
        <p role="status">{draft?.state && `${draft.state} ${draft.missing.length > 0 ? `– ${t("release.missing")}: ${draft.missing.join(", ")}` : ""}`}</p>
      </form>
    </>
  );
}

function Recall({ release }: { release: Release }) {
  const { t } = useWords();
  const action = useAction();
  const [reason, setReason] = useState<string>();
  if (reason === undefined) return <button onClick={() => setReason("")}>{t("release.recall")}</button>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        action.run(async () => {
          await post("recall", { release: release.release, reason });
          setReason(undefined);
          refresh();
        });
      }}
    >
      <Field label={t("release.recallWhy")}>
        <input value={reason} required dir="auto" onInput={(event) => setReason(event.currentTarget.value)} />
      </Field>
      <button disabled={action.busy}>{t("release.recall")}</button> <button type="button" onClick={() => setReason(undefined)}>{t("cancel")}</button>
      <Failure why={action.why} />
    </form>
  );
}

export function Releases({ route, user }: PageProps) {
  const { t, time } = useWords();
  const releases = useGet<Release>("release/list");
  const may = ["disclosure", "legal"].includes(user.role);
  const objects = (row: Release) => row.objects.map((object) => (typeof object === "string" ? object : object.id));
  const columns = (out: boolean) => [
    { head: t("col.peer"), cell: (row: Release) => <Owner code={row.peer} />, narrow: true },
    { head: t("col.time"), cell: (row: Release) => time(row.time), narrow: true },
    { head: t("col.state"), cell: (row: Release) => (<>{row.state}{row.erasure && <div class="quiet">{t("release.proof")} #{row.erasure.seq}, {time(row.erasure.said.time)}</div>}</>), narrow: true },
    { head: t("col.purpose"), cell: (row: Release) => row.purpose, narrow: true },
    { head: t("col.objects"), cell: (row: Release) => (<details><summary>{row.objects.length}</summary><ul>{objects(row).map((id) => (<li><ThingLink id={id} /></li>))}</ul></details>) },
    { head: t("col.approved"), cell: (row: Release) => <Data>{row.approved_by.join(", ")}</Data>, narrow: true },
    ...(out && may ? [{ head: "", cell: (row: Release) => (row.state === "sent" || row.state === "received" ? <Recall release={row} /> : null) }] : []),
  ];
  return (
    <>
      <h1>{t("nav.release")}</h1>
      <Drafting ids={route.query.get("ids") ?? ""} />
      <Answer of={releases}>
        {(rows) => (
          <>
            <Table caption={t("release.given")} rows={rows.filter((row) => row.direction === "out")} columns={columns(true)} />
            <Table caption={t("release.received")} rows={rows.filter((row) => row.direction === "in")} columns={columns(false)} />
          </>
        )}
      </Answer>
    </>
  );
}
