// A button that saves a file: a page never shows what came from outside inside itself.
import type { ComponentChildren } from "preact";
import { Failure, useAction } from "./bits";

export function Save({ name, load, children, link = false }: { name: string; load: () => Promise<Blob>; children: ComponentChildren; link?: boolean }) {
  const action = useAction();
  return (
    <>
      <button
        class={link ? "link" : ""}
        disabled={action.busy}
        onClick={() =>
          action.run(async () => {
            const address = URL.createObjectURL(await load());
            Object.assign(document.createElement("a"), { href: address, download: name }).click();
            URL.revokeObjectURL(address);
          })
        }
      >
        {children}
      </button>
      <Failure why={action.why} />
    </>
  );
}
