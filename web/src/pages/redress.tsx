// Redress: a person says that something is wrong.  Oversight opens and answers, the legal
// officer decides, two officers let an exemption go to partners.
import type { User } from "../api";
import type { PageProps } from "../app";
import { useGet } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Answer, Data, Field, Owner, Table, ThingLink } from "../parts/bits";
import { Due } from "../parts/clock";
import { href } from "../route";
import type { Event } from "../types";
import { useWords } from "../words";

interface Complaint {
  redress: string;
  reference: string;
  state: string;
  due: string;
  overdue: boolean;
  name?: string;
  birth?: string;
  keys?: string[];
  text?: string;
  decision?: { founded?: boolean; reason?: string; by?: string };
  exempt?: { state?: string };
  words?: string;
  answer?: string;
  events?: Event[];
}

interface Asked {
  asked: string;
  peer: string;
  state: string;
}

type Line = Complaint | Asked;

interface Traced {
  record?: string;
  owner?: string;
  type?: string;
  how?: string;
  place?: string;
  id?: string;
  peer?: string;
  state?: string;
  open?: boolean;
}

function Trace({ reference }: { reference: string }) {
  const { t, tried } = useWords();
  const lines = useGet<Traced>("redress/trace", { reference });
  return (
    <Answer of={lines} empty={t("redress.nothing")}>
      {(rows) => (
        <>
          <Table
            caption={t("redress.records")}
            rows={rows.filter((row) => row.record !== undefined)}
            columns={[
              { head: t("col.name"), cell: (row) => <ThingLink id={row.record ?? ""} /> },
              { head: t("col.owner"), cell: (row) => row.owner && <Owner code={row.owner} />, narrow: true },
              { head: t("redress.how"), cell: (row) => tried("traced", row.how ?? ""), narrow: true },
            ]}
          />
          <Table
            caption={t("redress.places")}
            rows={rows.filter((row) => row.place !== undefined)}
            columns={[
              { head: t("audit.object"), cell: (row) => <Data>{row.place}</Data>, narrow: true },
              { head: "", cell: (row) => <Data>{row.id}</Data> },
              { head: t("col.peer"), cell: (row) => row.peer && <Owner code={row.peer} />, narrow: true },
              { head: t("col.state"), cell: (row) => (row.open ? <strong class="late">{t("redress.open")}</strong> : <Data>{row.state}</Data>), narrow: true },
            ]}
          />
        </>
      )}
    </Answer>
  );
}

function Deciding({ reference }: { reference: string }) {
  const { t } = useWords();
  return (
    <Act
      verb="redress/decide"
      title={t("redress.decide")}
      explain={t("redress.decideExplain")}
      label={t("redress.decide")}
      read={(said) => ({ reference, founded: said.text("founded") === "yes", unfounded: said.text("founded") === "no", reason: said.text("reason"), exempt: said.list("exempt"), never: said.list("never").length > 0 ? [said.text("never")] : undefined, "may-tell": said.text("tell") !== "" })}
    >
      <fieldset class="options">
        <legend>{t("redress.founded")}</legend>
        <label>
          <input type="radio" name="founded" value="yes" required /> {t("redress.yes")}
        </label>
        <label>
          <input type="radio" name="founded" value="no" required /> {t("redress.no")}
        </label>
      </fieldset>
      <Field label={t("col.reason")} wide>
        <input name="reason" required dir="auto" />
      </Field>
      <Field label={t("redress.never")} wide>
        <input name="never" dir="ltr" />
      </Field>
      <Field label={t("redress.exempt")} wide>
        <input name="exempt" placeholder="doc:QCL:C0447120" dir="ltr" />
      </Field>
      <label>
        <input type="checkbox" name="tell" value="yes" /> {t("redress.mayTell")}
      </label>
    </Act>
  );
}

function Shown({ one, user }: { one: Complaint; user: User }) {
  const { t, tried, time } = useWords();
  return (
    <article class="card complaint">
      <h2>
        <Data>{one.reference}</Data> <span class="state">{tried("redress", one.state)}</span> {one.state !== "answered" && <Due what="redress" due={one.due} overdue={one.overdue} />}
      </h2>
      <dl class="facts">
        <dt>{t("desk.subject")}</dt>
        <dd>
          <Data>{[one.name, time(one.birth), one.keys?.join(", ")].filter(Boolean).join(" · ")}</Data>
        </dd>
        {one.text && (
          <>
            <dt>{t("desk.words")}</dt>
            <dd>
              <Data>{one.text}</Data>
            </dd>
          </>
        )}
        {one.decision && (
          <>
            <dt>{t("redress.founded")}</dt>
            <dd>
              {one.decision.founded ? t("redress.yes") : t("redress.no")} <Data>{one.decision.reason}</Data>
            </dd>
          </>
        )}
        {(one.words ?? one.answer) && (
          <>
            <dt>{t("redress.words")}</dt>
            <dd class="said">
              <Data>{one.words ?? one.answer}</Data>
            </dd>
          </>
        )}
      </dl>
      {(one.events?.length ?? 0) > 0 && (
        <ol class="events">
          {one.events?.map((event) => (
            <li>
              <time>{time(event.time)}</time> {tried("redress", event.what)} <Data>{event.by}</Data> {event.note && <Data>– {event.note}</Data>}
            </li>
          ))}
        </ol>
      )}
      <div class="row">
        <a href={href("redress", one.reference)}>{t("redress.trace")}</a>
        {user.role === "oversight" && one.state === "decided" && <Do verb="redress/answer" parameters={{ reference: one.reference }} label={t("redress.answer")} first />}
        {["disclosure", "legal"].includes(user.role) && one.state === "decided" && <Do verb="redress/approve" parameters={{ reference: one.reference }} label={t("redress.approve")} />}
      </div>
      {user.role === "legal" && !["decided", "answered"].includes(one.state) && <Deciding reference={one.reference} />}
    </article>
  );
}

function Opening() {
  const { t } = useWords();
  return (
    <Act verb="redress/open" label={t("redress.take")} explain={t("redress.explain")} read={(said) => ({ reference: said.text("reference"), name: said.text("name"), born: said.maybe("born"), key: said.list("key"), text: said.maybe("text") })}>
      <Field label={t("desk.reference")}>
        <input name="reference" required dir="auto" />
      </Field>
      <Field label={t("col.name")} wide>
        <input name="name" required dir="auto" />
      </Field>
      <Field label={t("thing.births")}>
        <input name="born" placeholder="1988-07-03" dir="ltr" />
      </Field>
      <Field label={t("redress.keys")} wide>
        <input name="key" placeholder="doc:QCL:C0447120" dir="ltr" />
      </Field>
      <Field label={t("redress.text")} wide>
        <input name="text" dir="auto" />
      </Field>
    </Act>
  );
}

export function Redress({ route, user }: PageProps) {
  const { t, tried } = useWords();
  const list = useGet<Line>("redress/list", ["oversight", "legal"].includes(user.role) ? {} : undefined);
  const complaints = list.results.filter((line): line is Complaint => "redress" in line);
  const asked = list.results.filter((line): line is Asked => "asked" in line);
  return (
    <>
      <h1>{t("nav.redress")}</h1>
      {user.role === "oversight" && (
        <section class="card">
          <Fold title={t("redress.new")}>
            <Opening />
          </Fold>
        </section>
      )}
      {route.argument !== "" && <Trace reference={route.argument} />}
      {asked.map((one) => (
        <section class="card">
          <Owner code={one.peer} /> {t("redress.asks")} {tried("redress", one.state)} {user.role === "oversight" && one.state !== "answered" && <Do verb="redress/reply" parameters={{ id: one.asked }} label={t("redress.reply")} />}
        </section>
      ))}
      <Answer of={list} empty={t("redress.none")}>{() => complaints.map((one) => <Shown key={one.redress} one={one} user={user} />)}</Answer>
    </>
  );
}
