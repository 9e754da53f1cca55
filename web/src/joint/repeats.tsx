// What a partner lets us repeat to a third, and what we let it.
import type { User } from "../api";
import { useGet } from "../live";
import { Act } from "../parts/act";
import { Answer, Data, Owner, Table, ThingLink } from "../parts/bits";
import { Name } from "../person/same";
import type { Repeat } from "../types";
import { useWords } from "../words";
import { works } from "./works";

export function Repeats({ user }: { user: User }) {
  const { t, tried } = useWords();
  const list = useGet<Repeat>("repeat/list");
  const asking = (row: Repeat) => row.side === "owner" && row.state === "asked" && works(user);
  return (
    <Answer of={list} empty={t("repeat.none")}>
      {(rows) => (
        <Table
          caption={t("repeat.title")}
          rows={rows}
          columns={[
            { head: t("col.peer"), cell: (row) => <Owner code={row.peer} />, narrow: true },
            { head: t("repeat.outsider"), cell: (row) => <Data>{row.outsider}</Data> },
            { head: t("col.state"), cell: (row) => tried("repeat", row.state), narrow: true },
            { head: t("col.objects"), cell: (row) => row.asked.map((id) => <div>{row.granted.includes(id) ? "✓ " : row.state === "asked" ? "" : "✗ "}<ThingLink id={id} /></div>) },
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
  );
}
