// Around the picture: finding a thing by its name, and what had begun by a day.
import { useRef } from "preact/hooks";
import { useWords } from "../words";

/** Enter picks the next of that name, Shift and Enter picks it as the second. */
export function FindOnGraph({ find }: { find: (text: string, both: boolean) => boolean }) {
  const { t } = useWords();
  const input = useRef<HTMLInputElement>(null);
  return (
    <label class="find-on-graph">
      <span class="hidden">{t("graph.find")}</span>
      <input
        ref={input}
        type="search"
        dir="auto"
        placeholder={t("graph.find")}
        title={t("graph.findHow")}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.currentTarget.value === "") return;
          event.preventDefault();
          input.current?.setAttribute("aria-invalid", String(!find(event.currentTarget.value, event.shiftKey)));
        }}
      />
    </label>
  );
}

const day = 86400000;

export function Until({ times, change }: { times: [number, number] | undefined; change: (time: number) => void }) {
  const { t, time } = useWords();
  const shown = useRef<HTMLOutputElement>(null);
  if (!times) return null;
  const [first, last] = [Math.floor(times[0] / day), Math.ceil(times[1] / day)];
  const text = (at: number) => time(new Date(at * day).toISOString().slice(0, 10));
  return (
    <label class="until">
      {t("graph.until")}{" "}
      <input
        type="range"
        min={first}
        max={last}
        defaultValue={String(last)}
        onInput={(event) => {
          const at = Number(event.currentTarget.value);
          if (shown.current) shown.current.textContent = text(at);
          change(at >= last ? Infinity : (at + 1) * day - 1);
        }}
      />{" "}
      <output ref={shown}>{text(last)}</output>
    </label>
  );
}
