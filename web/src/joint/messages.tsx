// Words to an outsider with facts of partners: each was granted for it by its owner.  A disclosure
// officer and then the legal officer approve; what was written goes by paper or mail.
import { useState } from "preact/hooks";
import { written, type User } from "../api";
import { refresh, useGet } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table } from "../parts/bits";
import { PurposeField } from "../parts/fields";
import { Save } from "../parts/save";
import { Name } from "../person/same";
import type { Message, Repeat } from "../types";
import { useWords } from "../words";
import { works } from "./works";

/** The outsider first, then what may be told to it: nobody types ids. */
function NewMessage({ granted }: { granted: Repeat[] }) {
  const { t } = useWords();
  const outsiders = [...new Set(granted.map((row) => row.outsider))];
  const [chosen, setChosen] = useState("");
  const to = outsiders.includes(chosen) ? chosen : (outsiders[0] ?? "");
  const facts = [...new Map(granted.filter((row) => row.outsider === to).flatMap((row) => row.granted.map((id) => [id, row.peer] as const)))];
  return (
    <Act verb="repeat/draft" label={t("message.add")} explain={t("message.explain")} read={(said) => ({ id: said.all("id"), to, purpose: said.text("purpose"), text: said.text("text") })}>
      <Field label={t("repeat.outsider")}>
        <select name="to" dir="auto" onChange={(event) => setChosen(event.currentTarget.value)}>
          {outsiders.map((one) => (
            <option selected={one === to}>{one}</option>
          ))}
        </select>
      </Field>
      <PurposeField />
      <fieldset class="options" key={to}>
        <legend>{t("col.objects")}</legend>
        {facts.map(([id, owner]) => (
          <label>
            <input type="checkbox" name="id" value={id} /> <Owner code={owner} /> <Name id={id} />
          </label>
        ))}
      </fieldset>
      <Field label={t("desk.words")} wide>
        <textarea name="text" required dir="auto" />
      </Field>
    </Act>
  );
}

function Acts({ row, user }: { row: Message; user: User }) {
  const { t } = useWords();
  const officer = ["disclosure", "legal"].includes(user.role);
  if (row.state === "waiting") return officer && user.signs && user.name !== row.drafter && !row.approved_by.includes(user.name) ? <Do verb="repeat/approve" parameters={{ message: row.message }} label={t("release.approve")} first /> : null;
  if (!officer && user.role !== "liaison") return null;
  return (
    <Save name={`${row.message}.json`} load={() => written("repeat/write", { message: row.message }).finally(refresh)}>
      {t("message.write")}
    </Save>
  );
}

export function Messages({ user }: { user: User }) {
  const { t, tried } = useWords();
  const list = useGet<Message>("repeat/messages");
  const granted = useGet<Repeat>("repeat/list").results.filter((row) => row.side === "asked" && row.granted.length > 0);
  return (
    <>
      {works(user) && granted.length > 0 && (
        <section class="card">
          <Fold title={t("message.new")}>
            <NewMessage granted={granted} />
          </Fold>
        </section>
      )}
      <Answer of={list} empty={t("message.none")}>
        {(rows) => (
          <Table
            caption={t("message.title")}
            rows={rows}
            columns={[
              { head: t("repeat.outsider"), cell: (row) => <Data>{row.outsider}</Data> },
              { head: t("col.state"), cell: (row) => tried("message", row.state), narrow: true },
              { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
              {
                head: t("desk.words"),
                cell: (row) => (
                  <>
                    <Data>{row.text}</Data> {row.basis && <strong class="late">{t("view.changed")}</strong>}
                  </>
                ),
              },
              { head: t("col.objects"), cell: (row) => row.facts.map((one) => <div><Owner code={one.owner} /> <Name id={one.id} /></div>) },
              { head: t("answer.by"), cell: (row) => <Data>{row.drafter}</Data>, narrow: true },
              { head: t("col.approved"), cell: (row) => <Data>{row.approved_by.join(", ")}</Data>, narrow: true },
              { head: "", cell: (row) => <Acts row={row} user={user} /> },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
