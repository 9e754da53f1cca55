// The fields that many forms have: to which partners, to whom, what for, how urgent.
import { useAbout, usePurposes } from "../about";
import { useGet } from "../live";
import type { Peer, Status, User } from "../types";
import { useWords } from "../words";
import { Field, Owner } from "./bits";

const precedences = ["ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH"] as const;

/** `of`: which may be chosen, else those of all agreements in force; `chosen`: what it is for
 * already, else what the session is for. */
export function PurposeField({ of, chosen, change }: { of?: string[]; chosen?: string | undefined; change?: (purpose: string) => void }) {
  const { t } = useWords();
  const { about } = useAbout();
  const purposes = usePurposes();
  return (
    <Field label={t("match.purpose")}>
      <select name="purpose" required onChange={(event) => change?.(event.currentTarget.value)}>
        {(of ?? purposes).map((purpose) => (
          <option selected={purpose === (chosen ?? about.purpose)}>{purpose}</option>
        ))}
      </select>
    </Field>
  );
}

const linked = (peer: Peer) => peer.state === "confirmed";

/** One partner, of those whose link is confirmed; `own`: or this service itself, which comes first. */
export function PeerField({ name, label, own = false, chosen }: { name: string; label: string; own?: boolean; chosen?: string | undefined }) {
  const peers = useGet<Peer>("peer/list");
  const code = useGet<Status>("status", own ? {} : undefined).results[0]?.code;
  return (
    <Field label={label}>
      <select name={name} required>
        {code && <option>{code}</option>}
        {peers.results.map((peer) => (
          <option disabled={!linked(peer)} selected={peer.peer === chosen}>{peer.peer}</option>
        ))}
      </select>
    </Field>
  );
}

/** Several partners, of those whose link is confirmed; `all`: every one is chosen until it is not. */
export function PeersField({ name, legend, chosen, all = false }: { name: string; legend: string; chosen?: string | undefined; all?: boolean }) {
  const peers = useGet<Peer>("peer/list");
  return (
    <fieldset class="options">
      <legend>{legend}</legend>
      {peers.results.map((peer) => (
        <label>
          <input type="checkbox" name={name} value={peer.peer} defaultChecked={linked(peer) && (all || peer.peer === chosen)} disabled={!linked(peer)} /> <Owner code={peer.peer} />
        </label>
      ))}
    </fieldset>
  );
}

/** A person of this node, of those that `who` lets stand; `first`: what nobody chosen means. */
export function UserField({ name, label, who, first }: { name: string; label: string; who: (user: User) => boolean; first?: string }) {
  const { tried } = useWords();
  const users = useGet<User>("user/list");
  return (
    <Field label={label}>
      <select name={name} required={first === undefined}>
        {first !== undefined && <option value="">{first}</option>}
        {users.results.filter(who).map((one) => (
          <option value={one.name}>
            {one.name} ({tried("role", one.role)})
          </option>
        ))}
      </select>
    </Field>
  );
}

export function PrecedenceField({ least = 0 }: { least?: number }) {
  const { t, tried } = useWords();
  return (
    <Field label={t("desk.precedence")}>
      <select name="precedence">
        {precedences.slice(least).map((one) => (
          <option value={one}>{tried("precedence", one)}</option>
        ))}
      </select>
    </Field>
  );
}
