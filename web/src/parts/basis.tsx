// What rests on records that were corrected or called back, until a person has read it again.
import type { User } from "../api";
import { useGet } from "../live";
import { Name } from "../person/same";
import { href } from "../route";
import type { Flag } from "../types";
import { useWords } from "../words";
import { Act, Fold } from "./act";
import { Data, Field, Owner } from "./bits";
import { Said } from "./said";

const reads = (user: User) => !["admin", "oversight"].includes(user.role);

/** Where one reads it: a record by its own page, other work by that of its kind (desk/basis.def). */
const pages: Record<string, [page: string, whole: boolean]> = {
  hypothesis: ["hypo", false],
  "joint view": ["joint", false],
  case: ["cases", true],
  "same-person statement": ["persons", false],
  alert: ["alerts", false],
  "message to an outsider": ["joint", false],
};

function Work({ flag }: { flag: Flag }) {
  const { tried } = useWords();
  const page = pages[flag.kind];
  return (
    <>
      {tried("basiskind", flag.kind)} {page ? <a href={href(page[0], page[1] ? flag.thing : "")}><Data>{flag.thing.slice(0, 8)}</Data></a> : <Name id={flag.thing} />}
    </>
  );
}

function Read({ flag }: { flag: Flag }) {
  const { t } = useWords();
  return (
    <Fold title={t("basis.read")}>
      <Act verb="basis/read" label={t("basis.read")} explain={t("basis.readExplain")} read={(said) => ({ thing: flag.thing, note: said.text("note") })}>
        <Field label={t("basis.follows")} wide>
          <input name="note" required dir="auto" />
        </Field>
      </Act>
    </Fold>
  );
}

/** What has changed of what it rests on, and why. */
function Changed({ flag, work }: { flag: Flag; work: boolean }) {
  const { before, t, tried, time } = useWords();
  return (
    <p>
      <strong class={flag.state === "read" ? "" : "late"}>{before(tried("basis", flag.basis))}</strong>{work && <><Work flag={flag} /> · </>}
      {t("basis.record")} {flag.owner && <Owner code={flag.owner} />} <Name id={flag.record} /> {flag.reason && <>– <Said phrase={flag.reason_said} text={flag.reason} /></>} <time class="quiet">{time(flag.time)}</time>
    </p>
  );
}

/** `of`: of this thing alone, where nothing is said if nothing has changed. */
export function Basis({ user, of }: { user: User; of?: string }) {
  const { t } = useWords();
  const flags = useGet<Flag>("basis/list", { all: true }).results.filter((flag) => of === undefined || flag.thing === of);
  const open = flags.filter((flag) => flag.state !== "read");
  const read = flags.filter((flag) => flag.state === "read");
  if (flags.length === 0) return null;
  return (
    <section class="card basis">
      <h2>{t("basis.title")}</h2>
      <ul class="plain">
        {open.map((flag) => (
          <li key={flag.thing + flag.record}>
            <Changed flag={flag} work={of === undefined} />
            {reads(user) && <Read flag={flag} />}
          </li>
        ))}
      </ul>
      {read.length > 0 && (
        <Fold title={t("basis.over", { n: read.length })}>
          <ul class="plain">
            {read.map((flag) => (
              <li key={flag.thing + flag.record}>
                <Changed flag={flag} work={of === undefined} />
                <p class="quiet">
                  <Data>{flag.read_by}</Data>: <Data>{flag.note}</Data>
                </p>
              </li>
            ))}
          </ul>
        </Fold>
      )}
    </section>
  );
}
