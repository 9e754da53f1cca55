// A person: the records that are taken to be this person, what is said, what was decided.
import type { User } from "../api";
import { useGet } from "../live";
import { Answer, Data, Owner } from "../parts/bits";
import { useWords } from "../words";
import { Assertions } from "./assertions";
import { Name, Statement, Suggested } from "./same";
import type { Assertion, PersonHead, Same, Suggestion } from "./types";

type Line = PersonHead | Assertion | (Same & { assertion: "same" });

export function PersonFacts({ id, user }: { id: string; user: User }) {
  const { t, time } = useWords();
  const lines = useGet<Line>("person", { id });
  const suggested = useGet<Suggestion>("same/suggest", { id, limit: 10 });
  return (
    <>
      <Answer of={lines}>
        {(rows) => {
          const head = rows.find((row): row is PersonHead => row.assertion === "person");
          const same = rows.filter((row): row is Same & { assertion: "same" } => row.assertion === "same");
          const said = rows.filter((row): row is Assertion => row.assertion !== "person" && row.assertion !== "same");
          return (
            <>
              {head && head.records.length > 1 && (
                <section class="card">
                  <h2>{t("person.records", { n: head.records.length })}</h2>
                  <ul>
                    {head.records.map((record) => (
                      <li>
                        <Name id={record.id} /> <Owner code={record.owner} /> <Data>{record.rating}</Data> <span class="quiet">{time(record.time)}</span>
                      </li>
                    ))}
                  </ul>
                </section>
              )}
              <Assertions lines={said} />
              {same.length > 0 && (
                <>
                  <h2>{t("same.said")}</h2>
                  <div class="cards">
                    {same.map((one) => (
                      <Statement key={one.id} same={one} user={user} />
                    ))}
                  </div>
                </>
              )}
            </>
          );
        }}
      </Answer>
      {suggested.results.length > 0 && (
        <>
          <h2>{t("same.suggested")}</h2>
          <div class="cards">
            {suggested.results.map((one) => (
              <Suggested key={`${one.a} ${one.b}`} one={one} user={user} />
            ))}
          </div>
        </>
      )}
    </>
  );
}
