// One tip, request or message: what was said, whose it is, both clocks, what happened since.
import { Clock } from "./sides";
import { Data, Owner, Way } from "../parts/bits";
import { Precedence } from "../parts/clock";
import { href } from "../route";
import type { Item } from "../types";
import { useWords } from "../words";

function Facts({ item }: { item: Item }) {
  const { t, tried, time } = useWords();
  const rows: [string, string | undefined][] = [
    [t("col.purpose"), item.purpose],
    [t("col.rating"), item.rating],
    [t("desk.handling"), item.handling],
    [t("desk.departs"), item.departs && time(item.departs)],
    [t("desk.subject"), item.subject?.map((one) => [one.name, time(one.birth)].filter(Boolean).join(", ")).join(" · ")],
    [t("col.key"), item.keys?.join(" · ")],
    [t("desk.also"), item.also?.join(", ")],
    [t("desk.readings"), item.readings?.map((one) => [one.name, time(one.birth), one.by && `(${one.by})`].filter(Boolean).join(" ")).join(" · ")],
    [t("desk.owner"), item.owner],
    [t("desk.answered"), item.answer && [tried("answer", item.answer.answer ?? item.answer.outcome ?? ""), time(item.answer.until), item.answer.text, item.answer.reason].filter(Boolean).join(" – ")],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) =>
        value ? (
          <>
            <dt>{name}</dt>
            <dd>
              <Data>{value}</Data>
            </dd>
          </>
        ) : null,
      )}
    </dl>
  );
}

function Since({ item }: { item: Item }) {
  const { t, tried, time } = useWords();
  return (
    <details class="fold">
      <summary>{t("desk.since", { n: item.events.length })}</summary>
      <ol class="events">
        {item.events.map((event) => (
          <li>
            <time>{time(event.time)}</time> {tried("item", event.what)} {event.by && <Data>{event.by}</Data>} {event.note && <Data>– {event.note}</Data>}
          </li>
        ))}
      </ol>
    </details>
  );
}

export function ItemCard({ item }: { item: Item }) {
  const { t, tried, time } = useWords();
  const here = item.direction === "in";
  return (
    <article class={`card item ${here ? "theirs" : "ours"}`}>
      <header class="item-head">
        <Precedence is={item.precedence} />
        <strong>{tried("kind", item.kind)}</strong>
        {item.reference && <Data>{item.reference}</Data>}
        <span>
          <Way out={!here} /> <Owner code={item.peer} />
        </span>
        <span class="state">{tried("item", item.state)}</span>
        <time class="quiet">{time(item.sent)}</time>
      </header>
      {item.legal_first && <p class="mark">{t("desk.legalFirst")}</p>}
      <p class="said" dir="auto">
        {item.text}
      </p>
      {(item.releases?.length ?? 0) > 0 && (
        <p>
          <a href={href("release")}>{t("desk.releases", { n: item.releases?.length ?? 0 })}</a>
        </p>
      )}
      <Clock item={item} />
      <Facts item={item} />
      <Since item={item} />
    </article>
  );
}
