import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { login, logout, session, type User } from "./api";

function Login({ done }: { done: (user: User) => void }) {
  const [why, setWhy] = useState("");
  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    try {
      done(await login(String(form.get("name")), String(form.get("passphrase"))));
    } catch (failure) {
      setWhy((failure as Error).message);
    }
  }
  return (
    <main>
      <h1>entente</h1>
      <form onSubmit={submit}>
        <label>
          Name <input name="name" autocomplete="username" required />
        </label>
        <label>
          Passphrase <input name="passphrase" type="password" autocomplete="current-password" required />
        </label>
        <button>Log in</button>
        <p role="alert">{why}</p>
      </form>
    </main>
  );
}

function App() {
  const [user, setUser] = useState<User | null | undefined>(null);
  useEffect(() => void session().then(setUser), []);
  if (user === null) return null;
  if (user === undefined) return <Login done={setUser} />;
  return (
    <main>
      <h1>{user.name}</h1>
      <p>{user.role}</p>
      <button onClick={() => void logout().then(() => setUser(undefined))}>Log out</button>
    </main>
  );
}

render(<App />, document.body);
