import type { ComponentChildren } from "preact";
import { Code } from "../parts/code.tsx";
import { Column, Table } from "../parts/table.tsx";

/** Nothing yet: the call and the row that it makes. */
export function NoStreams(props: { collectUrl: string; add: ComponentChildren; demo: ComponentChildren }) {
  const { collectUrl, add, demo } = props;
  const body = "orderId=N1&status=delivered&total=120.13&userId=U1";
  return (
    <section class="empty" aria-labelledby="nothing">
      <div class="stack">
        <h2 id="nothing">A stream is one address that your CRM calls and one table that fills up.</h2>
        <p>You get the address on the next page. Nothing else has to be set up first.</p>
      </div>
      <Code id="call" title="Your CRM calls">
        {`curl -d "${body}" \\\n  ${collectUrl}/ds/`}
        <mark>your stream</mark>
      </Code>
      <Table
        id="example"
        kind="scroll"
        isTitled
        caption={
          <>
            Your table gets a row <small>byte for byte as it was sent</small>
          </>
        }
        head={
          <>
            <Column>hit_id</Column>
            <Column>payload</Column>
            <Column class="n">received_at</Column>
            <Column>date</Column>
          </>
        }
      >
        <tr>
          <td class="mono t">83cc2a6a-4829-4410-bab4-95b680c5b8d7</td>
          <td class="mono t">{body}</td>
          <td class="n mono">1603131452000</td>
          <td class="t mono">2020-10-19</td>
        </tr>
      </Table>
      <div class="row">
        {add}
        {demo}
      </div>
      {demo !== undefined && (
        <p class="hint">
          Demo data is two streams with 14 days of made-up hits, some of them dead letters, so that every
          screen has content. It can be removed as a whole.
        </p>
      )}
    </section>
  );
}
