// Stopping the exchange with a partner at once, and taking it up again.
import type { User } from "../api";
import { Act, Fold } from "../parts/act";
import { Field } from "../parts/bits";
import type { Peer, Status } from "../types";
import { useWords } from "../words";

/** Whoever may (casework/roles.def: peer suspend, peer resume), by the passphrase. */
const stops = (user: User) => ["admin", "liaison", "disclosure", "legal"].includes(user.role);

/** `stopped`: what the partner signed contradicts itself, so nothing of it is taken. */
export function Exchange({ user, peer, stopped }: { user: User; peer: Peer; stopped: Status["links"][number]["stopped"] }) {
  const { t } = useWords();
  const rests = peer.state === "suspended" || Boolean(stopped);
  if (!stops(user) || (peer.state !== "confirmed" && peer.state !== "suspended")) return null;
  if (!user.signs) return <span class="quiet">{t("exchange.signs")}</span>;
  return (
    <Fold key={String(rests)} title={t(rests ? "exchange.resume" : "exchange.suspend")}>
      <Act
        verb={rests ? "peer/resume" : "peer/suspend"}
        label={t(rests ? "exchange.resume" : "exchange.suspend")}
        explain={t(stopped ? "exchange.stoppedExplain" : rests ? "exchange.resumeExplain" : "exchange.suspendExplain", { peer: peer.peer })}
        read={(said) => ({ peer: peer.peer, reason: said.maybe("reason") })}
      >
        <Field label={t("exchange.reason")} wide>
          <input name="reason" required={!rests} dir="auto" />
        </Field>
      </Act>
    </Fold>
  );
}
