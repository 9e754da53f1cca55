// What several services do together: tasks, views that others may agree with or not, hands that
// nobody knows yet, what a partner lets us repeat to a third, and what is told to it.
import type { PageProps } from "../app";
import { Makers } from "../joint/makers";
import { Messages } from "../joint/messages";
import { Repeats } from "../joint/repeats";
import { Tasks } from "../joint/tasks";
import { Views } from "../joint/views";
import { useWords } from "../words";

export function Joint({ route, user }: PageProps) {
  const { t } = useWords();
  return (
    <>
      <h1>{t("nav.joint")}</h1>
      <Tasks user={user} />
      <Views user={user} />
      <Makers />
      <Repeats user={user} ids={route.query.get("ids") ?? ""} owner={route.query.get("owner") ?? undefined} />
      <Messages user={user} />
    </>
  );
}
