// One case: its owner, members, what belongs to it and what has happened; on paper as well.
import type { User } from "../api";
import { useAbout } from "../about";
import { useGet, useShown } from "../live";
import { Act, Do, Fold } from "../parts/act";
import { Basis } from "../parts/basis";
import { Answer, Data, Field, Owner, ThingLink } from "../parts/bits";
import { UserField } from "../parts/fields";
import { href } from "../route";
import type { Case, Item } from "../types";
import { useWords } from "../words";

/** A record by its name, with whose it is and how good. */
function Record({ id }: { id: string }) {
  const { tried, time } = useWords();
  const thing = useShown(id);
  return (
    <tr>
      <td>
        <ThingLink id={id} name={thing?.name} />
      </td>
      <td>{tried("type", id.split("--")[0] ?? "")}</td>
      <td>{thing && <Owner code={thing.owner} />}</td>
      <td>{thing?.rating}</td>
      <td>{thing?.valid?.split("/").map(time).join(" – ")}</td>
    </tr>
  );
}

function Things({ of }: { of: Case }) {
  const { t } = useWords();
  const tips = useGet<Item>("tip/list");
  const requests = useGet<Item>("rfi/list");
  const items = [...tips.results, ...requests.results];
  const records = of.things.filter((id) => id.includes("--"));
  const others = of.things.filter((id) => !id.includes("--"));
  return (
    <>
      {records.length > 0 && (
        <div class="table">
          <table>
            <caption>{t("case.records")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("col.name")}</th>
                <th scope="col">{t("col.type")}</th>
                <th scope="col">{t("col.owner")}</th>
                <th scope="col">{t("col.rating")}</th>
                <th scope="col">{t("col.valid")}</th>
              </tr>
            </thead>
            <tbody>
              {records.map((id) => (
                <Record id={id} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {others.length > 0 && (
        <ul>
          {others.map((id) => {
            const item = items.find((one) => one.id === id || one.reference === id);
            return (
              <li>
                <a href={href("desk", item?.id ?? id)}>
                  <Data>{item?.reference ?? item?.text.slice(0, 80) ?? id}</Data>
                </a>
              </li>
            );
          })}
        </ul>
      )}
      {of.things.length === 0 && <p class="quiet">{t("case.empty")}</p>}
    </>
  );
}

/** Who can answer for a case. */
const carries = (role: string) => ["analyst", "legal", "liaison", "case"].includes(role);

/** To another, who must accept. */
function Transfer({ of, user }: { of: Case; user: User }) {
  const { t } = useWords();
  if (of.offered_to === user.name)
    return (
      <div class="card waiting">
        <p>{t("case.offeredYou", { owner: of.owner })}</p>
        <Do verb="case/accept" parameters={{ case: of.case }} label={t("case.accept")} first />
      </div>
    );
  if (of.offered_to) return <p class="mark">{t("case.waits", { to: of.offered_to, owner: of.owner })}</p>;
  if (of.owner !== user.name) return null;
  return (
    <>
      <Fold title={t("case.transfer")}>
        <Act verb="case/transfer" label={t("case.offer")} explain={t("case.transferExplain")} read={(said) => ({ case: of.case, to: said.text("to") })}>
          <UserField name="to" label={t("case.to")} who={(one) => carries(one.role) && one.name !== user.name} />
        </Act>
      </Fold>
      <Fold title={t("case.close")}>
        <Act verb="case/close" label={t("case.close")} explain={t("case.closeExplain")} read={(said) => ({ case: of.case, reason: said.text("reason"), review: said.text("review") })}>
          <Field label={t("col.reason")} wide>
            <input name="reason" required dir="auto" />
          </Field>
          <Field label={t("case.review")}>
            <input name="review" type="date" required />
          </Field>
        </Act>
      </Fold>
    </>
  );
}

function Adding({ of }: { of: Case }) {
  const { t } = useWords();
  return (
    <Fold title={t("case.add")}>
      <Act verb="case/add" label={t("case.addThing")} read={(said) => ({ case: of.case, id: said.text("id") })}>
        <Field label={t("case.id")} wide>
          <input name="id" required dir="ltr" />
        </Field>
      </Act>
      <Act verb="case/add" label={t("case.addMember")} read={(said) => ({ case: of.case, member: said.text("member") })}>
        <UserField name="member" label={t("case.member")} who={(one) => one.role !== "admin" && one.name !== of.owner && !of.members.includes(one.name)} />
      </Act>
    </Fold>
  );
}

export function CaseShown({ id, user }: { id: string; user: User }) {
  const { t, tried, time } = useWords();
  const { about, set } = useAbout();
  const shown = useGet<Case>("case/show", { case: id });
  return (
    <Answer of={shown}>
      {([one]) =>
        one && (
          <>
            <h1>
              <Data>{one.title}</Data>
            </h1>
            <p class="row">
              <a href={href("cases")}>{t("nav.cases")}</a>
              {one.state === "open" && (about.reason !== one.title ? <button onClick={() => set({ reason: one.title.slice(0, 120), purpose: one.purpose })}>{t("case.work")}</button> : <span class="tag">{t("case.working")}</span>)}
              <button onClick={() => print()}>{t("print")}</button>
            </p>
            <Basis user={user} of={one.case} />
            <div class="cards">
              <section class="card">
                <h2>{t("case.who")}</h2>
                <dl class="facts">
                  <dt>{t("case.owner")}</dt>
                  <dd>
                    <strong>
                      <Data>{one.owner}</Data>
                    </strong>
                  </dd>
                  <dt>{t("case.members")}</dt>
                  <dd>
                    <Data>{one.members.join(", ") || "–"}</Data>
                  </dd>
                  <dt>{t("col.purpose")}</dt>
                  <dd>{one.purpose}</dd>
                  <dt>{t("col.state")}</dt>
                  <dd>
                    {tried("casestate", one.state)} {one.review && t("case.reviewOn", { day: time(one.review) })}
                  </dd>
                </dl>
                {one.state === "open" && <Transfer of={one} user={user} />}
                {one.state === "open" && (one.owner === user.name || one.members.includes(user.name)) && <Adding of={one} />}
              </section>
              <section class="card">
                <h2>{t("case.events")}</h2>
                <ol class="events">
                  {one.events.map((event) => (
                    <li>
                      <time>{time(event.time)}</time> {tried("did", event.what)} {event.by && <Data>{event.by}</Data>} {event.note && <Data>– {event.note}</Data>}
                    </li>
                  ))}
                </ol>
              </section>
            </div>
            <h2>{t("case.things")}</h2>
            <Things of={one} />
          </>
        )
      }
    </Answer>
  );
}
