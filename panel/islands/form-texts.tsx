import { Code } from "../parts/code.tsx";
import { apiCall, cliLine, type StreamForm, terraform } from "../stream-form.ts";
import { useFields } from "./use-fields.ts";

/** The form as a program says it. */
export function FormTexts({ id, initial }: { id: string; initial: StreamForm }) {
  const form = useFields(initial);
  return (
    <div class="stack">
      <details>
        <summary>Show as API call</summary>
        <Code id="as-api" title="API call">
          {apiCall(form)}
        </Code>
        <p class="hint">The API makes an address of its own, and answers with it.</p>
      </details>
      <details>
        <summary>Show as command line</summary>
        <Code id="as-cli" title="Command line" wraps>
          {cliLine(form)}
        </Code>
        <p class="hint">The command makes an address of its own, and prints it.</p>
      </details>
      <details>
        <summary>Show as Terraform</summary>
        <Code id="as-terraform" title="Terraform">
          {terraform(id, form)}
        </Code>
      </details>
    </div>
  );
}
