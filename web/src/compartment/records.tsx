// What is in compartments, as far as who looks may know of it; putting a record in, taking it out.
import type { User } from "../api";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field, Table } from "../parts/bits";
import { Name } from "../person/same";
import type { Hidden, Member } from "../types";
import { useWords } from "../words";

const puts = (user: User) => user.role !== "admin" && user.role !== "oversight";
const takes = (user: User) => ["legal", "case"].includes(user.role);

/** Those that one is in oneself: nobody hides a record where he would not find it again. */
export function useOwn(user: User): string[] {
  const members = useGet<Member>("compartment/members", puts(user) ? {} : undefined);
  return members.results.find((one) => one.name === user.name)?.compartments ?? [];
}

function Take({ row }: { row: Hidden }) {
  const { t } = useWords();
  return (
    <Fold title={t("compartment.take")}>
      {row.compartments.map((name) => (
        <Act key={name} verb="compartment/take" label={t("compartment.takeOf", { compartment: name })} read={(said) => ({ object: row.object, name, reason: said.text("reason") })}>
          <Field label={t("col.reason")}>
            <input name="reason" required dir="auto" />
          </Field>
        </Act>
      ))}
    </Fold>
  );
}

/** `id`: this record; else one that is named. */
export function Put({ user, id }: { user: User; id?: string }) {
  const { t } = useWords();
  const own = useOwn(user);
  if (own.length === 0) return null;
  return (
    <Fold title={t("compartment.put")}>
      <Act verb="compartment/put" label={t("compartment.put")} explain={t("compartment.putExplain")} read={(said) => ({ object: id ?? said.text("object"), name: said.text("compartment") })}>
        {id === undefined && (
          <Field label={t("case.id")} wide>
            <input name="object" required dir="ltr" />
          </Field>
        )}
        <Field label={t("compartment.one")}>
          <select name="compartment" required>
            {own.map((one) => (
              <option>{one}</option>
            ))}
          </select>
        </Field>
      </Act>
    </Fold>
  );
}

export function Records({ user }: { user: User }) {
  const { t } = useWords();
  const list = useGet<Hidden>("compartment/list");
  return (
    <>
      <Put user={user} />
      <Answer of={list} empty={t("compartment.empty")}>
        {(rows) => (
          <Table
            caption={t("compartment.records")}
            rows={rows}
            columns={[
              { head: t("col.name"), cell: (row) => <Name id={row.object} /> },
              { head: t("compartment.title"), cell: (row) => <Data>{row.compartments.join(", ")}</Data>, narrow: true },
              ...(takes(user) ? [{ head: "", cell: (row: Hidden) => <Take row={row} /> }] : []),
            ]}
          />
        )}
      </Answer>
    </>
  );
}
