// What is said of a person: each statement with its owner, rating, label and time.
import { Data, Latin, Owner, Table, ThingLink } from "../parts/bits";
import { useWords } from "../words";
import type { Assertion } from "./types";

/** Kinds in the order in which somebody is recognised. */
const order = ["name", "birth", "document", "telephone", "account", "vehicle", "place", "journey", "tie"];

export function Assertions({ lines }: { lines: Assertion[] }) {
  const { t, tried, time } = useWords();
  const rank = (line: Assertion) => (order.indexOf(line.assertion) + order.length + 1) % (order.length + 1);
  const rows = [...lines].sort((a, b) => rank(a) - rank(b));
  return (
    <Table
      caption={t("thing.assertions")}
      rows={rows}
      columns={[
        { head: t("person.what"), cell: (row) => tried("assertion", row.assertion), narrow: true },
        {
          head: t("person.value"),
          cell: (row) => (
            <>
              {row.object ? <ThingLink id={row.object} name={row.value} /> : <Data>{row.assertion === "birth" ? time(row.value) : row.value}</Data>} <Latin is={row.latin} />{" "}
              <span class="quiet">{[row.relationship, row.kind && tried("named", row.kind), row.script, row.raw && `«${row.raw}»`].filter(Boolean).join(", ")}</span>
            </>
          ),
        },
        { head: t("col.owner"), cell: (row) => <Owner code={row.owner} />, narrow: true },
        { head: t("col.rating"), cell: (row) => row.rating, narrow: true },
        { head: t("thing.label"), cell: (row) => row.label && <span class="quiet">{[row.label.category && row.label.category !== "none" && tried("category", row.label.category), row.label.purposes?.join(" "), row.label.disclosure === false && t("person.noDisclosure")].filter(Boolean).join(" · ")}</span> },
        { head: t("col.time"), cell: (row) => row.time.split("/").map(time).join(" – "), narrow: true },
      ]}
    />
  );
}
