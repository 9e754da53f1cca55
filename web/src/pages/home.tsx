// What needs me now, and what happened last.
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Answer, Data, Owner, Way } from "../parts/bits";
import { href } from "../route";
import type { Hit, Release, Status } from "../types";
import { useWords } from "../words";

export function Home({ user }: PageProps) {
  const { t, tried, time } = useWords();
  const status = useGet<Status>("status");
  const hits = useGet<Hit>("match/hits");
  const held = useGet<{ id: string }>("quarantine/list");
  const releases = useGet<Release>("release/list");
  const node = status.results[0];
  const waits: { text: string; to: string }[] = [];
  if (node && node.queues.refused > 0) waits.push({ text: t("home.refused", { n: node.queues.refused }), to: href("partners") });
  for (const link of node?.links ?? [])
    if (link.out.lag > 0 || link.in.lag > 0) waits.push({ text: t("home.behind", { peer: link.peer, n: link.out.lag + link.in.lag }), to: href("partners") });
  if (held.results.length > 0) waits.push({ text: t("home.quarantine", { n: held.results.length }), to: href("admin") });
  if (hits.results.length > 0) waits.push({ text: t("home.hits", { n: hits.results.length }), to: href("match") });
  return (
    <>
      <h1>{t("nav.home")}</h1>
      <div class="cards">
        <section class="card">
          <h2>{t("home.needs")}</h2>
          {waits.length === 0 ? (
            <p class="quiet">{status.loading ? t("wait") : t("home.nothing")}</p>
          ) : (
            <ul>
              {waits.map((wait) => (
                <li>
                  <a href={wait.to}>{wait.text}</a>
                </li>
              ))}
            </ul>
          )}
          <p class="quiet">
            <Data>{user.name}</Data>, {tried("role", user.role)}
            {node && <> · {time(node.time)}</>}
          </p>
        </section>
        <section class="card">
          <h2>{t("home.recent")}</h2>
          <Answer of={releases}>
            {(rows) => (
              <ul>
                {rows.slice(-8).reverse().map((row) => (
                  <li>
                    <Way out={row.direction === "out"} /> <Owner code={row.peer} /> {time(row.time)} · {tried("release", row.state)} · {t("col.objects")}: {row.objects.length}
                  </li>
                ))}
              </ul>
            )}
          </Answer>
        </section>
      </div>
    </>
  );
}
