// A person or a thing: what is held of it, whose each statement is, what it is tied to.
import type { PageProps } from "../app";
import { Put } from "../compartment/records";
import { useGet } from "../live";
import { Basis } from "../parts/basis";
import { Answer, Data, Latin, Owner, Table, ThingLink, Way } from "../parts/bits";
import { works } from "../joint/works";
import { EvidenceCard } from "../parts/evidence";
import { SourcesCard } from "../parts/sources";
import { href } from "../route";
import type { Link, Shown, Thing } from "../types";
import { PersonFacts } from "../person/page";
import { useWords } from "../words";

const extension = "extension-definition--86a0dc31-d438-42da-82df-fd0d7736d75c";

interface Person {
  names?: { full: string; script?: string; kind?: string; reading?: string }[];
  births?: { value?: string; raw?: string }[];
  documents?: { issuer?: string; number?: string }[];
}

function Facts({ shown }: { shown: Shown }) {
  const { t, tried, time } = useWords();
  const person = (shown.object?.["extensions"] as Record<string, Person> | undefined)?.[extension];
  const label = shown.label;
  return (
    <dl class="facts">
      <dt>{t("col.owner")}</dt>
      <dd>
        <Owner code={shown.owner} /> {shown.source.startsWith("import:") && <span class="quiet">{t("thing.own")}</span>}
      </dd>
      {shown.rating && (
        <>
          <dt>{t("col.rating")}</dt>
          <dd>{shown.rating}</dd>
        </>
      )}
      {!shown.object?.["identity_class"] && person?.names?.map((name) => (
        <>
          <dt>{t("col.name")}</dt>
          <dd>
            <Data>{name.full}</Data> <span class="quiet">{[name.kind, name.script].filter(Boolean).join(", ")}</span>
          </dd>
        </>
      ))}
      {!shown.object?.["identity_class"] && person?.births?.map((birth) => (
        <>
          <dt>{t("thing.births")}</dt>
          <dd>
            {time(birth.value)} {birth.raw && <Data>({birth.raw})</Data>}
          </dd>
        </>
      ))}
      {person?.documents?.map((document) => (
        <>
          <dt>{t("thing.documents")}</dt>
          <dd>
            <Data>
              {document.issuer} {document.number}
            </Data>
          </dd>
        </>
      ))}
      {label && (
        <>
          <dt>{t("thing.category")}</dt>
          <dd>{tried("category", label.category ?? "")}</dd>
          <dt>{t("thing.purposes")}</dt>
          <dd>{label.purposes?.join(", ")}</dd>
          <dt>{t("thing.discover")}</dt>
          <dd>{tried("discover", label.discover ?? "")}</dd>
          <dt>{t("thing.retention")}</dt>
          <dd>{time(label.retention)}</dd>
        </>
      )}
      <dt>{t("thing.received")}</dt>
      <dd>{time(shown.received)}</dd>
      <dt>{t("thing.source")}</dt>
      <dd>
        <Data>{shown.source}</Data>
      </dd>
      {shown.erased && (
        <>
          <dt>{t("thing.erased")}</dt>
          <dd>
            <Data>{shown.erased}</Data>
          </dd>
        </>
      )}
    </dl>
  );
}

function Ties({ id }: { id: string }) {
  const { t, time } = useWords();
  const ties = useGet<Thing | Link>("ties", { id });
  const things = new Map<string, Thing>();
  for (const line of ties.results) if ("thing" in line) things.set(line.thing, line);
  const links = ties.results.filter((line): line is Link => "from" in line);
  const other = (link: Link) => (link.from === id ? link.to : link.from);
  return (
    <Answer of={ties}>
      {() => (
        <Table
          caption={t("thing.ties")}
          rows={links}
          columns={[
            { head: t("col.link"), cell: (link) => (link.key ? <Data>= {link.key}</Data> : <><Way out={link.from === id} /> {link.type}</>), narrow: true },
            { head: t("col.name"), cell: (link) => <ThingLink id={other(link)} name={things.get(other(link))?.name} /> },
            { head: t("col.owner"), cell: (link) => <Owner code={link.owner} />, narrow: true },
            { head: t("col.rating"), cell: (link) => link.rating, narrow: true },
            { head: t("col.confidence"), cell: (link) => link.confidence, narrow: true },
            { head: t("col.time"), cell: (link) => link.time.split("/").map(time).join(" – "), narrow: true },
            { head: "", cell: (link) => <span class="quiet">{link.conflict ? t("match.time-conflict") : link.evidential ? "" : t("thing.notEvidence")}</span> },
          ]}
        />
      )}
    </Answer>
  );
}

/** Where it went, and what is known to have become of it there. */
function Trace({ id }: { id: string }) {
  const { t, tried, time } = useWords();
  const went = useGet<{ peer: string; state: string; release?: string; time?: string }>("trace", { id });
  if (went.results.length === 0) return null;
  return (
    <section class="card">
      <h2>{t("thing.trace")}</h2>
      <ul>
        {went.results.map((row) => (
          <li>
            <Owner code={row.peer} /> {tried("release", row.state)} {time(row.time)}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function ThingPage({ route, user }: PageProps) {
  const { t, tried, time } = useWords();
  const id = route.argument;
  const shown = useGet<Shown>("show", { id });
  const versions = useGet<Shown>("history", { id });
  return (
    <Answer of={shown}>
      {([thing]) =>
        thing && (
          <>
            <h1>
              <Data>{thing.name || thing.id}</Data> <Latin is={thing.latin} /> <span class="quiet">{tried("type", thing.type)}</span>
            </h1>
            <p class="row">
              <a href={href("graph", id)}>{t("thing.asGraph")}</a>
              {user.role !== "oversight" && <a href={href("release", "", { ids: id })}>{t("release.drafts")}</a>}
              {works(user) && !thing.source.startsWith("import:") && <a href={href("joint", "", { ids: id, owner: thing.owner })}>{t("repeat.ask")}</a>}
              {user.role === "oversight" && <a href={href("oversight", id)}>{t("audit.whoSaw")}</a>}
              <button onClick={() => print()}>{t("print")}</button>
            </p>
            <Basis user={user} of={id} />
            <div class="cards">
              <section class="card">
                <h2>{t("thing.record")}</h2>
                <Facts shown={thing} />
              </section>
              <section class="card">
                <h2>{t("thing.history")}</h2>
                <Answer of={versions}>
                  {(rows) => (
                    <ol>
                      {rows.map((row) => (
                        <li>
                          {row.version && <>{time(row.version)} · </>}
                          <Owner code={row.owner} /> · <Data>{row.source}</Data> {row.erased && <Data>{row.erased}</Data>}
                        </li>
                      ))}
                    </ol>
                  )}
                </Answer>
              </section>
              <SourcesCard id={id} />
              {thing.type !== "device-record" && <EvidenceCard object={id} may={thing.erased === undefined && thing.source.startsWith("import:") && ["collector", "analyst", "liaison", "case"].includes(user.role)} />}
            </div>
            {thing.type === "identity" && thing.object?.["identity_class"] === "individual" ? <PersonFacts id={id} user={user} /> : <Ties id={id} />}
            <Trace id={id} />
            <Put user={user} id={id} />
            <details>
              <summary>{t("thing.original")}</summary>
              <pre tabindex={0}>{JSON.stringify(thing.object, null, 2)}</pre>
            </details>
          </>
        )
      }
    </Answer>
  );
}
