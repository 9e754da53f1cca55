// What needs me now, the most urgent first, and what happened last.
import type { User } from "../api";
import type { PageProps } from "../app";
import { ActionWords } from "../alert/words";
import type { Found } from "../alert/found";
import { useGet } from "../live";
import { Basis } from "../parts/basis";
import { Answer, Data, Owner, Way } from "../parts/bits";
import { Due, Precedence } from "../parts/clock";
import { Said, useSaid } from "../parts/said";
import { href } from "../route";
import type { AnswerDraft, Case, Draft, Hit, Item, Onward, Release, Status, Task, Waiting, Warning } from "../types";
import { useWords } from "../words";

/** Alerts that nobody has taken, and what is owed, by its clock. */
function Urgent() {
  const { t, tried } = useWords();
  const found = useGet<Found>("alert/cases");
  const threats = useGet<Warning>("warn/list", { open: true });
  const items = [useGet<Item>("tip/list"), useGet<Item>("rfi/list"), useGet<Item>("msg/list")].flatMap((list) => list.results);
  const ours = items.filter((item) => item.direction === "in" && item.clocks.length > 0).map((item) => ({ item, clock: [...item.clocks].sort((a, b) => a.due.localeCompare(b.due))[0]! }));
  ours.sort((a, b) => a.clock.due.localeCompare(b.clock.due));
  return (
    <ul class="needs">
      {threats.results.map((one) => (
        <li class="late">
          <Precedence is={one.precedence} /> <a href={href("warn")}>{t("home.warn")}</a> <Data>{one.threatened}</Data> <Due what="warn" due={one.due} overdue={one.overdue} />
        </li>
      ))}
      {found.results
        .filter((one) => one.state === "open")
        .map((one) => (
          <li class="late">
            <a href={href("alerts")}>
              <ActionWords action={one.case.action} words={one.words} />
            </a>{" "}
            <Data>{one.case.place}</Data>
          </li>
        ))}
      {ours.slice(0, 8).map(({ item, clock }) => (
        <li>
          <Precedence is={item.precedence} /> <Owner code={item.peer} />{" "}
          <a href={href("desk", item.thread ?? item.id)}>
            <Data>{item.reference ?? `${tried("kind", item.kind)} – ${item.text.slice(0, 60)}`}</Data>
          </a>{" "}
          <Due {...clock} />
        </li>
      ))}
    </ul>
  );
}

/* Where one acts on an alarm, by its kind (casework/alarms.def): the link with the partner, unless it says otherwise. */
const acts: Record<string, string> = { "match-alarm": "match" };

/** What is wrong between us and others, and a duty that was let go. */
function Alarms({ node }: { node: Status }) {
  const { t, time } = useWords();
  if (node.alarms.length === 0 && node.reasons.required) return null;
  return (
    <ul class="needs">
      {node.alarms.map((alarm) => (
        <li class="late" data-alarm={alarm.kind}>
          <Precedence is={alarm.precedence} /> <strong>{t("home.alarm")}</strong> <Owner code={alarm.peer} />{" "}
          <a href={href(acts[alarm.kind] ?? "partners")}>
            <Said phrase={alarm.what_said} text={alarm.what} />
          </a>{" "}
          · {t("home.since", { time: time(alarm.since) })}
        </li>
      ))}
      {node.reasons.until && !node.reasons.required && <li class="late">{t("home.noReasons", { until: time(node.reasons.until ?? ""), law: node.reasons.law ?? "" })}</li>}
    </ul>
  );
}

/** What waits for my hand: approvals, and cases that are offered to me. */
function useWaiting(user: User): { text: string; to: string }[] {
  const { t, tried, time } = useWords();
  const signs = ["disclosure", "legal"].includes(user.role);
  const drafts = useGet<Draft>("release/drafts", signs ? {} : undefined);
  const answers = useGet<AnswerDraft>("rfi/drafts", signs ? {} : undefined);
  const tips = useGet<Item>("tip/list", signs ? { state: "waiting" } : undefined);
  const cases = useGet<Case>("case/list", user.role === "admin" ? undefined : {});
  const tasks = useGet<Task>("task/list", user.role === "admin" ? undefined : {});
  const own = useGet<Status>("status").results[0]?.code;
  const onward = useGet<Onward>("onward/list", signs ? {} : undefined);
  const queue = useGet<Waiting>("release/queue", signs ? {} : undefined);
  const waits: { text: string; to: string }[] = [];
  const mine = (drafter: string, approvals: string[] = []) => drafter !== user.name && !approvals.includes(user.name);
  for (const draft of drafts.results) if (mine(draft.drafter, draft.approvals)) waits.push({ text: t("home.approve", { who: draft.to }), to: href("release", draft.draft) });
  for (const answer of answers.results) if (mine(answer.drafter, answer.approvals)) waits.push({ text: t("home.approveAnswer", { who: answer.peer }), to: href("desk", answer.request) });
  for (const tip of tips.results) if (!tip.events.some((event) => event.by === user.name)) waits.push({ text: t("home.approveTip", { who: tip.peer }), to: href("desk", tip.id) });
  for (const one of cases.results) if (one.offered_to === user.name) waits.push({ text: t("case.offeredYou", { owner: one.owner }), to: href("cases", one.case) });
  for (const one of tasks.results)
    if (one.task.who === own && ["proposed", "accepted"].includes(one.state)) waits.push({ text: t("home.task", { what: tried("activity", one.task.activity), due: time(one.task.due) }), to: href("joint") });
  for (const one of onward.results) if (one.direction === "in" && one.state === "asked") waits.push({ text: t("home.onward", { who: one.peer }), to: href("release") });
  for (const one of queue.results) if (one.kind === "review") waits.push({ text: t("home.review", { who: one.peer }), to: href("release") });
  return waits;
}

export function Home({ user }: PageProps) {
  const said = useSaid();
  const { before, t, tried, time } = useWords();
  const content = user.role === "admin" ? undefined : {};
  const status = useGet<Status>("status");
  const hits = useGet<Hit>("match/hits", content);
  const held = useGet<{ id: string }>("quarantine/list", content);
  const releases = useGet<Release>("release/list", content);
  const waits = useWaiting(user);
  const node = status.results[0];
  if (node && node.queues.refused > 0) waits.push({ text: t("home.refused", { n: node.queues.refused }), to: href("partners") });
  for (const link of node?.links ?? [])
    if (link.stopped) waits.push({ text: t("home.stopped", { peer: link.peer, why: said(link.stopped_said, link.stopped) }), to: href("partners") });
    else if (link.out.lag > 0 || link.in.lag > 0) waits.push({ text: t("home.behind", { peer: link.peer, n: link.out.lag + link.in.lag }), to: href("partners") });
  if (held.results.length > 0) waits.push({ text: t("home.quarantine", { n: held.results.length }), to: href("admin") });
  if (hits.results.length > 0) waits.push({ text: t("home.hits", { n: hits.results.length }), to: href("match") });
  return (
    <>
      <h1>{t("nav.home")}</h1>
      <div class="cards">
        <section class="card">
          <h2>{t("home.needs")}</h2>
          {node && <Alarms node={node} />}
          {content && <Urgent />}
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
            <Data>{user.name}</Data> · {tried("role", user.role)}
            {node && <> · {time(node.time)}</>}
          </p>
        </section>
        {content && (
          <section class="card">
            <h2>{t("home.recent")}</h2>
            <Answer of={releases}>
              {(rows) => (
                <ul>
                  {rows.slice(-8).reverse().map((row) => (
                    <li>
                      <Way out={row.direction === "out"} /> <Owner code={row.peer} /> {time(row.time)} · {tried("release", row.state)} · {before(t("col.objects"))}{row.objects.length}
                    </li>
                  ))}
                </ul>
              )}
            </Answer>
          </section>
        )}
      </div>
      {content && <Basis user={user} />}
    </>
  );
}
