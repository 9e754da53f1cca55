// The page of logins: what each way in opens is said in the node's doc/design/logins.md.
import { useEffect, useState } from "preact/hooks";
import { login, loginByCertificate, type User } from "./api";
import { keysWork, loginByKey } from "./keys";
import { Failure, Field, useAction } from "./parts/bits";
import { goToProvider, loginByProvider, provider, type Back, type Provider } from "./provider";
import { useWords } from "./words";

/** `back`: what a provider sent this page back with. */
export function Login({ done, back }: { done: (user: User) => void; back: Back | undefined }) {
  const { t } = useWords();
  const action = useAction();
  const [elsewhere, setElsewhere] = useState<Provider>();
  const by = (way: () => Promise<User>) => () => action.run(async () => done(await way()));
  useEffect(() => {
    void provider().then(setElsewhere, () => undefined);
    if (back?.code !== undefined) by(() => loginByProvider(back))();
  }, []);
  function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    by(() => login(String(form.get("name")), String(form.get("passphrase"))))();
  }
  return (
    <main class="login">
      <h1>{t("login.title")}</h1>
      <form onSubmit={submit}>
        <Field label={t("login.name")}>
          <input name="name" autocomplete="username" required autofocus />
        </Field>
        <Field label={t("login.passphrase")}>
          <input name="passphrase" type="password" autocomplete="current-password" required />
        </Field>
        <button class="first" disabled={action.busy}>
          {t("login.do")}
        </button>
        <Failure why={action.why} />
        {back?.error !== undefined && !action.why && (
          <p class="failure" role="alert">
            {t("login.refused", { why: back.error.slice(0, 80) })}
          </p>
        )}
      </form>
      <p>
        {elsewhere && (
          <>
            <button class="provider" disabled={action.busy} onClick={() => action.run(goToProvider)}>
              {t("login.provider", { host: elsewhere.host })}
            </button>{" "}
          </>
        )}
        <button disabled={action.busy} onClick={by(loginByCertificate)}>
          {t("login.certificate")}
        </button>{" "}
        {keysWork && (
          <button disabled={action.busy} onClick={by(loginByKey)}>
            {t("login.key")}
          </button>
        )}
      </p>
      <p class="quiet">{t("login.unsigned")}</p>
    </main>
  );
}
