// What several services do together: tasks, views that others may agree with or not, hands that
// nobody knows yet, and what a partner lets us repeat to a third.
import type { PageProps } from "../app";
import { Makers } from "../joint/makers";
import { Repeats } from "../joint/repeats";
import { Tasks } from "../joint/tasks";
import { Views } from "../joint/views";
import { useWords } from "../words";

export function Joint({ user }: PageProps) {
  const { t } = useWords();
  return (
    <>
      <h1>{t("nav.joint")}</h1>
      <Tasks user={user} />
      <Views user={user} />
      <Makers />
      <Repeats user={user} />
    </>
  );
}
