// The release desk: what waits for approval, drafting, what was given and received.
import { useState } from "preact/hooks";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table } from "../parts/bits";
import { PeerField, PurposeField } from "../parts/fields";
import { useEvidence, useSize } from "../parts/evidence";
import { Name } from "../person/same";
import { DraftShown, useMissing } from "../release/draft";
import { Correct, Given } from "../release/given";
import { OnwardAsk, OnwardShown } from "../release/onward";
import { Age, Queue } from "../release/queue";
import { go, href } from "../route";
import type { Draft, Waiting as Waits } from "../types";
import { useWords } from "../words";

/** The files of what is drafted: none goes unless it is chosen. */
function Files({ object }: { object: string }) {
  const size = useSize();
  return (
    <>
      {useEvidence(object).map((one) => (
        <label>
          <input type="checkbox" name="evidence" value={one.hash} /> <Data>{one.name}</Data> <span class="quiet">{size(one.size)}</span>
        </label>
      ))}
    </>
  );
}

/** `onward`: what an owner has granted to go on, and to nobody else; else own records, by their ids. */
function Drafting({ ids, onward, to, purpose }: { ids: string; onward: string; to?: string | undefined; purpose?: string | undefined }) {
  const { t } = useWords();
  const [objects, setObjects] = useState(ids.split(/[\s,]+/).filter(Boolean));
  return (
    <Act<Draft>
      verb="release/draft"
      label={t("release.draft")}
      explain={t("release.draftExplain")}
      done={([draft]) => draft && go("release", draft.draft)}
      read={(said) => ({
        id: onward ? [] : objects,
        to: said.text("to"),
        purpose: said.text("purpose"),
        fields: said.maybe("fields"),
        tearline: said.maybe("tearline"),
        evidence: said.all("evidence").join(",") || undefined,
        onward: onward || undefined,
        for: said.list("for").join(",") || undefined,
      })}
    >
      {onward ? (
        <div class="files">
          {objects.map((id) => (
            <span>
              <Name id={id} />
            </span>
          ))}
        </div>
      ) : (
        <Field label={t("release.ids")} wide>
          <textarea name="ids" required defaultValue={ids} dir="ltr" onInput={(event) => setObjects(event.currentTarget.value.split(/[\s,]+/).filter(Boolean))} />
        </Field>
      )}
      <PeerField name="to" label={t("release.to")} chosen={to} />
      <PurposeField chosen={purpose} />
      <Field label={t("release.fields")}>
        <input name="fields" dir="ltr" />
      </Field>
      <Field label={t("release.for")} wide>
        <input name="for" dir="ltr" />
      </Field>
      <Field label={t("release.tearline")} wide>
        <input name="tearline" dir="auto" />
      </Field>
      <div class="files" aria-label={t("evidence.title")}>
        {onward === "" && objects.filter((id) => id.includes("--")).slice(0, 20).map((id) => (
          <Files key={id} object={id} />
        ))}
      </div>
    </Act>
  );
}

function Waiting() {
  const { t, time } = useWords();
  const missing = useMissing();
  const drafts = useGet<Draft>("release/drafts");
  const queue = useGet<Waits>("release/queue");
  return (
    <Answer of={drafts} empty={t("release.noDrafts")}>
      {(rows) => (
        <Table
          caption={t("release.waiting")}
          rows={rows}
          columns={[
            { head: t("release.draftId"), cell: (row) => <a href={href("release", row.draft)}>{time(row.drafted)}</a>, narrow: true },
            { head: t("release.age"), cell: (row) => <Age of={queue.results.find((one) => one.id === row.draft)} />, narrow: true },
            { head: t("release.to"), cell: (row) => <Owner code={row.to} />, narrow: true },
            { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
            { head: t("col.objects"), cell: (row) => row.objects.length, narrow: true },
            { head: t("answer.by"), cell: (row) => <Data>{row.drafter}</Data>, narrow: true },
            { head: t("col.approved"), cell: (row) => <Data>{row.approvals?.join(", ")}</Data> },
            {
              head: t("release.missing"),
              cell: (row) => (row.refused ? <strong class="late"><Data>{row.refused}</Data></strong> : <Data>{missing(row.missing)}</Data>),
            },
          ]}
        />
      )}
    </Answer>
  );
}

export function Releases({ route, user }: PageProps) {
  const { t } = useWords();
  const ids = route.query.get("ids") ?? "";
  const onward = route.query.get("onward") ?? "";
  if (route.argument !== "")
    return (
      <>
        <h1>{t("release.title")}</h1>
        <DraftShown id={route.argument} user={user} />
      </>
    );
  return (
    <>
      <h1>{t("nav.release")}</h1>
      <Waiting />
      <Queue user={user} />
      {user.role !== "oversight" && (
        <section class="card">
          <Fold title={t("release.drafts")} open={ids !== ""}>
            <Drafting key={ids} ids={ids} onward={onward} to={route.query.get("to") ?? undefined} purpose={route.query.get("purpose") ?? undefined} />
          </Fold>
          <Fold title={t("onward.ask")}>
            <OnwardAsk key={ids} ids={ids} />
          </Fold>
          <Fold title={t("release.correct")}>
            <Correct />
          </Fold>
        </section>
      )}
      <OnwardShown user={user} />
      <Given user={user} />
    </>
  );
}
