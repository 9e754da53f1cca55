// What lets one in besides the passphrase: one's own security keys.
import { post, type User } from "../api";
import { keyAdd, keysWork } from "../keys";
import { useGet } from "../live";
import { useWords } from "../words";
import { Answer, Data, Failure, Table, useAction } from "./bits";

export function SecurityKeys({ user }: { user: User }) {
  const { t } = useWords();
  const keys = useGet<{ id: string; title: string; made: string }>("user/key/list", { name: user.name });
  const action = useAction();
  return (
    <section class="card">
      <h2>{t("keys.title")}</h2>
      <p class="quiet">{t(keysWork ? "keys.what" : "keys.nohost")}</p>
      <Answer of={keys}>
        {(rows) =>
          rows.length > 0 && (
            <Table
              caption={t("keys.title")}
              rows={rows}
              columns={[
                { head: t("col.name"), cell: (row) => <Data>{row.title || row.id.slice(0, 12)}</Data> },
                { head: t("col.time"), cell: (row) => row.made.slice(0, 10), narrow: true },
                {
                  head: "",
                  cell: (row) => (
                    <button disabled={action.busy} onClick={() => action.run(async () => void (await post("user/key/remove", { name: user.name, id: row.id })))}>
                      {t("keys.remove")}
                    </button>
                  ),
                },
              ]}
            />
          )
        }
      </Answer>
      {keysWork && user.signs && (
        <button disabled={action.busy} onClick={() => action.run(() => keyAdd(user, new Date().toISOString().slice(0, 10)))}>
          {t("keys.add")}
        </button>
      )}
      <Failure why={action.why} />
    </section>
  );
}
