// Cases: who is responsible now.  One owner at any time; a transfer needs its acceptance.
import { useAbout } from "../about";
import type { PageProps } from "../app";
import { CaseShown } from "../case/shown";
import { useGet } from "../live";
import { Act, Fold } from "../parts/act";
import { Answer, Data, Field, Table } from "../parts/bits";
import { PurposeField } from "../parts/fields";
import { go, href } from "../route";
import type { Case } from "../types";
import { useWords } from "../words";

export function Cases({ route, user }: PageProps) {
  const { t, tried, time } = useWords();
  const { about } = useAbout();
  const list = useGet<Case>("case/list");
  const id = route.argument;
  if (id !== "") return <CaseShown id={id} user={user} />;
  return (
    <>
      <h1>{t("nav.cases")}</h1>
      {["analyst", "legal", "liaison", "case"].includes(user.role) && (
        <section class="card">
          <Fold title={t("case.new")}>
            <Act<Case> verb="case/new" label={t("case.open")} explain={t("case.explain")} done={([made]) => made && go("cases", made.case)} read={(said) => ({ title: said.text("title"), purpose: said.text("purpose") })}>
              <Field label={t("case.title")} wide>
                <input name="title" required dir="auto" />
              </Field>
              <PurposeField />
            </Act>
          </Fold>
        </section>
      )}
      <Answer of={list} empty={t("case.none")}>
        {(rows) => (
          <Table
            caption={t("nav.cases")}
            rows={rows}
            columns={[
              {
                head: t("case.title"),
                cell: (row) => (
                  <a href={href("cases", row.case)}>
                    <Data>{row.title}</Data>
                  </a>
                ),
              },
              { head: t("col.purpose"), cell: (row) => row.purpose, narrow: true },
              { head: t("case.owner"), cell: (row) => <Data>{row.owner}</Data>, narrow: true },
              { head: t("col.state"), cell: (row) => (row.offered_to ? t("case.offered", { to: row.offered_to }) : tried("casestate", row.state)), narrow: true },
              { head: t("case.things"), cell: (row) => row.things.length, narrow: true },
              { head: t("col.time"), cell: (row) => time(row.events.at(-1)?.time), narrow: true },
              { head: "", cell: (row) => (about.reason === row.title ? <span class="tag">{t("case.working")}</span> : null), narrow: true },
            ]}
          />
        )}
      </Answer>
    </>
  );
}
