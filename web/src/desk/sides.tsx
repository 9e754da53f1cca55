// The clocks of an item as both sides have them: they run from the receiver's receipt, and
// each side computes the same instant in its own time.
import { Due } from "../parts/clock";
import type { Item } from "../types";
import { useWords } from "../words";

export function Clock({ item }: { item: Item }) {
  const { t, time } = useWords();
  const who = item.direction === "in" ? t("desk.weOwe") : t("desk.theyOwe", { peer: item.peer });
  return (
    <div class="clocks">
      {item.clocks.length > 0 && (
        <p>
          <strong>{who}</strong>{" "}
          {item.clocks.map((clock) => (
            <Due {...clock} />
          ))}
        </p>
      )}
      <p class="quiet">
        {t("desk.sentAt", { time: time(item.sent) })} · {item.received ? t("desk.receivedAt", { time: time(item.received) }) : t("desk.notReceived")}
        {item.skew !== undefined && Math.abs(item.skew) >= 60 && <> · {t("desk.skew", { peer: item.peer, n: Math.round(item.skew / 60) })}</>}
      </p>
    </div>
  );
}
