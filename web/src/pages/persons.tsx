// Persons: likenesses that wait for a decision, and the decisions, which can be undone.
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Answer } from "../parts/bits";
import { Statement, Suggested } from "../person/same";
import type { Same, Suggestion } from "../person/types";
import { useWords } from "../words";

export function Persons({ user }: PageProps) {
  const { t } = useWords();
  const said = useGet<Same>("same/list");
  const suggested = useGet<Suggestion>("same/suggest", { limit: 20 });
  const rank: Record<string, number> = { proposed: 0, confirmed: 1, never: 2, undone: 3 };
  return (
    <>
      <h1>{t("nav.persons")}</h1>
      <p class="quiet">{t("same.explain")}</p>
      <h2>{t("same.said")}</h2>
      <Answer of={said} empty={t("same.noneSaid")}>
        {(rows) => (
          <div class="cards">
            {[...rows]
              .sort((a, b) => (rank[a.state] ?? 9) - (rank[b.state] ?? 9))
              .map((one) => (
                <Statement key={one.id} same={one} user={user} />
              ))}
          </div>
        )}
      </Answer>
      <h2>{t("same.suggested")}</h2>
      <Answer of={suggested} empty={t("same.noneSuggested")}>
        {(rows) => (
          <div class="cards">
            {rows.map((one) => (
              <Suggested key={`${one.a} ${one.b}`} one={one} user={user} />
            ))}
          </div>
        )}
      </Answer>
    </>
  );
}
