// Who is in which compartment.  An administrator lets people in and out, and sees no record; the
// others see whom they share a compartment with.
import { post, type User } from "../api";
import { refresh, useGet } from "../live";
import { Act } from "../parts/act";
import { Answer, Data, Failure, Field, Table, useAction } from "../parts/bits";
import { UserField } from "../parts/fields";
import type { Member } from "../types";
import { useWords } from "../words";

/** Oversight is in every one, and nobody can let it out. */
const everyone = "*";

function LetIn({ members }: { members: Member[] }) {
  const { t } = useWords();
  const now = (name: string) => members.find((one) => one.name === name)?.compartments ?? [];
  return (
    <Act
      verb="user/clearance"
      label={t("compartment.letIn")}
      explain={t("compartment.letInExplain")}
      read={(said) => ({ name: said.text("user"), compartment: [...new Set([...now(said.text("user")), said.text("compartment").toUpperCase()])].join(",") })}
    >
      <UserField name="user" label={t("col.name")} who={(one) => !["admin", "oversight"].includes(one.role)} />
      <Field label={t("compartment.one")}>
        <input name="compartment" required dir="ltr" maxlength={32} pattern="[A-Za-z0-9\-]+" placeholder="OPAL" list="compartments" />
      </Field>
      <datalist id="compartments">
        {[...new Set(members.flatMap((one) => one.compartments))].filter((one) => one !== everyone).map((one) => (
          <option value={one} />
        ))}
      </datalist>
    </Act>
  );
}

/** One compartment of somebody, with the way out of it. */
function In({ member, name, may }: { member: Member; name: string; may: boolean }) {
  const { t } = useWords();
  const action = useAction();
  const rest = member.compartments.filter((one) => one !== name).join(",");
  return (
    <li>
      <Data>{name === everyone ? t("compartment.all") : name}</Data>
      {may && name !== everyone && (
        <button
          disabled={action.busy}
          aria-label={t("compartment.letOutOf", { name: member.name, compartment: name })}
          onClick={() =>
            action.run(async () => {
              await post("user/clearance", { name: member.name, compartment: rest });
              refresh();
            })
          }
        >
          {t("compartment.letOut")}
        </button>
      )}
      <Failure why={action.why} />
    </li>
  );
}

export function Members({ user }: { user: User }) {
  const { t, tried } = useWords();
  const members = useGet<Member>("compartment/members");
  const may = user.role === "admin";
  return (
    <>
      {may && <LetIn members={members.results} />}
      <Answer of={members} empty={t("compartment.nobody")}>
        {(rows) => (
          <Table
            caption={t("compartment.members")}
            rows={rows}
            columns={[
              { head: t("col.name"), cell: (row) => <Data>{row.name}</Data>, narrow: true },
              { head: t("col.role"), cell: (row) => tried("role", row.role), narrow: true },
              {
                head: t("compartment.title"),
                cell: (row) => (
                  <ul class="chips">
                    {row.compartments.map((name) => (
                      <In key={name} member={row} name={name} may={may} />
                    ))}
                  </ul>
                ),
              },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
