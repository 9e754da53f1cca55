// What a partner lets us repeat to a third, and what we let it.
import type { User } from "../api";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table } from "../parts/bits";
import { PeerField, PurposeField } from "../parts/fields";
import { Name } from "../person/same";
import type { Repeat } from "../types";
import { useWords } from "../words";
import { works } from "./works";

/** About records of one owner, which it answers one by one. */
function Ask({ ids, owner }: { ids: string; owner: string | undefined }) {
  const { t } = useWords();
  return (
    <Act verb="repeat/ask" label={t("repeat.ask")} explain={t("repeat.askExplain")} read={(said) => ({ id: said.text("ids").split(/[\s,]+/), owner: said.text("owner"), to: said.text("to"), purpose: said.text("purpose") })}>
      <Field label={t("release.ids")} wide>
        <textarea name="ids" required defaultValue={ids} dir="ltr" />
      </Field>
      <PeerField name="owner" label={t("col.owner")} chosen={owner} />
      <Field label={t("repeat.outsider")}>
        <input name="to" required dir="auto" />
      </Field>
      <PurposeField />
    </Act>
  );
}

export function Repeats({ user, ids, owner }: { user: User; ids: string; owner: string | undefined }) {
  const { t, tried } = useWords();
  const list = useGet<Repeat>("repeat/list");
  const asking = (row: Repeat) => row.side === "owner" && row.state === "asked" && ["disclosure", "legal", "liaison"].includes(user.role);
  return (
    <>
      {works(user) && (
        <section class="card">
          <Fold title={t("repeat.ask")} open={ids !== ""}>
            <Ask key={ids} ids={ids} owner={owner} />
          </Fold>
        </section>
      )}
      <Answer of={list} empty={t("repeat.none")}>
        {(rows) => (
          <Table
            caption={t("repeat.title")}
            rows={rows}
            columns={[
              { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
              { head: t("repeat.outsider"), cell: (row) => <Data>{row.outsider}</Data> },
              { head: t("col.state"), cell: (row) => tried("repeat", row.state), narrow: true },
              { head: t("col.objects"), cell: (row) => row.asked.map((id) => <div>{row.granted.includes(id) ? "✓ " : row.state === "asked" ? "" : "✗ "}<Name id={id} /></div>) },
              {
                head: "",
                cell: (row) =>
                  asking(row) && (
                    <Act verb="repeat/answer" label={t("repeat.answer")} read={(said) => ({ request: row.id, grant: said.all("grant") })}>
                      {row.asked.map((id) => (
                        <label>
                          <input type="checkbox" name="grant" value={id} /> <Name id={id} />
                        </label>
                      ))}
                    </Act>
                  ),
              },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
