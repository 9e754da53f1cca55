// The desk: what two services owe each other, in threads, the most urgent first.
import { useState } from "preact/hooks";
import type { PageProps } from "../app";
import { Answers } from "../desk/answer";
import { ItemCard } from "../desk/item";
import { Reply, Saying } from "../desk/say";
import { useGet } from "../live";
import { Data, Failure, Owner, Way } from "../parts/bits";
import { Due, Precedence } from "../parts/clock";
import { go, href } from "../route";
import type { Balance, Item } from "../types";
import { useWords } from "../words";

const urgency = ["FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"];

/** Everything that belongs together, oldest first. */
interface Thread {
  id: string;
  items: Item[];
}

const isOpen = (item: Item) => item.clocks.length > 0 || item.state === "waiting";

export function threads(items: Item[]): Thread[] {
  const all = new Map<string, Thread>();
  const about = new Map(items.map((item) => [item.id, item.thread]));
  /* Where it begins, as casework/thread finds it; partners may make up a circle. */
  const root = (id: string, hops = 64): string => (hops > 0 && about.get(id) ? root(about.get(id)!, hops - 1) : id);
  for (const item of items) {
    const id = root(item.id);
    const thread = all.get(id) ?? { id, items: [] };
    thread.items.push(item);
    all.set(id, thread);
  }
  for (const thread of all.values()) thread.items.sort((a, b) => a.sent.localeCompare(b.sent));
  const open = (thread: Thread) => (thread.items.some(isOpen) ? 0 : 1);
  const rank = (thread: Thread) => Math.min(...thread.items.map((item) => urgency.indexOf(item.precedence)));
  const last = (thread: Thread) => thread.items.at(-1)?.sent ?? "";
  return [...all.values()].sort((a, b) => open(a) - open(b) || rank(a) - rank(b) || last(b).localeCompare(last(a)));
}

function Row({ thread, here }: { thread: Thread; here: boolean }) {
  const { tried } = useWords();
  const first = thread.items[0]!;
  const clock = thread.items.flatMap((item) => item.clocks).sort((a, b) => a.due.localeCompare(b.due))[0];
  return (
    <li>
      <a class="thread" href={href("desk", thread.id)} aria-current={here ? "true" : undefined}>
        <span class="thread-head">
          <Precedence is={first.precedence} /> {tried("kind", first.kind)} <Way out={first.direction === "out"} /> <Owner code={first.peer} />
          {thread.items.length > 1 && <span class="count">{thread.items.length}</span>}
        </span>
        <span class="thread-text" dir="auto">
          {first.reference && `${first.reference}: `}
          {first.text}
        </span>
        <span class="thread-foot">{clock ? <Due {...clock} /> : <span class="quiet">{tried("item", first.state)}</span>}</span>
      </a>
    </li>
  );
}

function Balances({ all }: { all: Balance[] }) {
  const { t } = useWords();
  if (all.length === 0) return null;
  return (
    <ul class="chips">
      {all.map((one) => (
        <li>
          <Owner code={one.balance} /> {t("desk.balance", { we: one.we_owe, they: one.they_owe })}
          {one.we_late + one.they_late > 0 && <strong> {t("desk.balanceLate", { we: one.we_late, they: one.they_late })}</strong>}
        </li>
      ))}
    </ul>
  );
}

/** Opening it is seeing it: its sender gets a receipt that it was shown. */
function Opened({ thread, user }: { thread: Thread } & Pick<PageProps, "user">) {
  const { t } = useWords();
  const first = thread.items[0]!;
  const verb = { tip: "tip/show", request: "rfi/show", message: "msg/show" }[first.kind];
  const shown = useGet<Item>(verb, { id: first.id });
  /* The whole from its beginning, also what the lists have no more or not yet. */
  const whole = useGet<Item>("msg/thread", { id: first.id });
  const fresh = shown.results[0] ?? first;
  const items = whole.results.length > 0 ? whole.results : thread.items;
  const rest = items.filter((item) => item.id !== first.id);
  return (
    <div class="opened">
      <p class="row">
        <span class="quiet">{t("desk.thread", { n: items.length })}</span>
        <button onClick={() => print()}>{t("print")}</button>
      </p>
      <Failure why={shown.problem ?? whole.problem} />
      {items.map((item) => (
        <ItemCard key={item.id} item={item.id === fresh.id ? fresh : item} />
      ))}
      <Answers item={fresh} user={user} />
      {rest.map((item) => item.direction === "in" && item.clocks.length > 0 && <Answers item={item} user={user} />)}
      {user.role !== "oversight" && user.role !== "collector" && (
        <div class="card">
          <Reply item={fresh} />
        </div>
      )}
    </div>
  );
}

export function Desk({ route, user }: PageProps) {
  const { before, t } = useWords();
  const [openOnly, setOpenOnly] = useState(true);
  const tips = useGet<Item>("tip/list");
  const requests = useGet<Item>("rfi/list");
  const messages = useGet<Item>("msg/list");
  const balances = useGet<Balance>("desk/list");
  const duty = useGet<{ user: string; place: string }>("duty/list");
  const all = threads([...tips.results, ...requests.results, ...messages.results]);
  const id = route.argument;
  const shown = all.filter((thread) => !openOnly || thread.id === id || thread.items.some(isOpen));
  const opened = all.find((thread) => thread.id === id || thread.items.some((item) => item.id === id));
  const writing = id === "new";
  return (
    <>
      <h1>{t("nav.desk")}</h1>
      <div class="row">
        <Balances all={balances.results.filter((line) => "balance" in line)} />
        {duty.results.length > 0 && (
          <span class="quiet">
            {before(t("desk.duty"))}<Data>{duty.results.map((one) => one.user).join(" → ")}</Data>
          </span>
        )}
      </div>
      <Failure why={tips.problem ?? requests.problem ?? messages.problem} />
      <div class="desk">
        <div>
          <p class="row">
            <a class="button" href={href("desk", "new")}>
              {t("desk.new")}
            </a>
            <label>
              <input type="checkbox" checked={openOnly} onChange={(event) => setOpenOnly(event.currentTarget.checked)} /> {t("desk.openOnly")}
            </label>
          </p>
          {shown.length === 0 && <p class="quiet">{tips.loading ? t("wait") : t("desk.empty")}</p>}
          <ul class="threads">
            {shown.map((thread) => (
              <Row thread={thread} here={thread === opened} />
            ))}
          </ul>
        </div>
        {writing ? <Saying done={(made) => go("desk", made)} known={{ to: route.query.get("to") ?? undefined, purpose: route.query.get("purpose") ?? undefined, key: route.query.get("key") ?? undefined }} /> : opened ? <Opened key={opened.id} thread={opened} user={user} /> : <p class="quiet">{t("desk.pick")}</p>}
      </div>
    </>
  );
}
