import type { ComponentChildren } from "preact";
import { Code } from "../../parts/code.tsx";

/** Before the first import: what one is, and how a file looks. */
export function NoImports({ add }: { add: ComponentChildren }) {
  return (
    <div class="empty">
      <div class="stack">
        <h2>A file a day from a system that cannot call an address</h2>
        <p>
          Each row is something that happened after the click, and names the web event that it belongs to. A
          file is checked before anything of it counts, and what is wrong in it is told row by row.
        </p>
      </div>
      <Code id="example" title="backend_2026-11-20.csv">
        {
          'date,ev,reference_ev,reference_id,value\n2026-11-20,deal_closed,"lead_form,booking",0012234,1250.50\n'
        }
      </Code>
      {add === false ? (
        <p class="muted">Somebody with the role editor adds one.</p>
      ) : (
        <div class="row">
          {add}
          <span class="hint">You can check a sample before anything is saved.</span>
        </div>
      )}
    </div>
  );
}
