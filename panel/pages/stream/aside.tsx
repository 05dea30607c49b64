import { Island } from "../../islands/islands.tsx";
import { CopyLine } from "../../parts/code.tsx";
import { handed, knownType } from "../../snippet.ts";
import type { StreamForm } from "../../stream-form.ts";

/** Beside the form: what is copied before anything is saved. */
export function StreamAside(props: { id: string; endpoint: string; form: StreamForm }) {
  const { id, endpoint, form } = props;
  return (
    <aside class="stack" aria-labelledby="endpoint-h">
      <h2 id="endpoint-h">Webhook endpoint</h2>
      <CopyLine id="endpoint" text={endpoint} what="endpoint" isPrimary />
      <p class="hint">Reserved for you for 24 hours; it answers once you save.</p>
      <h2>Snippet</h2>
      <p class="muted">
        The real address is filled in. Whoever knows it can write, so hand it on as you would a password.
      </p>
      <Island
        name="SnippetBox"
        with={{ id, endpoint, initial: form, snippet: handed(knownType(form.type), endpoint, form.body) }}
      />
      <Island name="FormTexts" with={{ id, initial: form }} />
    </aside>
  );
}
