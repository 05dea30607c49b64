import type { ComponentChildren } from "preact";
import { Tag } from "../../parts/badge.tsx";
import { Block } from "../../parts/frame.tsx";
import { badges } from "../../parts/health.tsx";
import { Sym, symbolNames } from "../../parts/sym.tsx";
import { Column, Table } from "../../parts/table.tsx";

export function Badges() {
  return (
    <Block id="badges" title="Badges">
      <Table
        id="t-badges"
        caption="State: symbol, word, sentence"
        head={
          <>
            <Column>Badge</Column>
            <Column>Sentence beside it</Column>
          </>
        }
      >
        {Object.entries(sentences).map(([state, sentence]) => (
          <tr key={state}>
            <th scope="row">{badges[state as keyof typeof badges]}</th>
            <td>{sentence}</td>
          </tr>
        ))}
      </Table>
      <div class="row">
        <Tag>test</Tag>
        <Tag>managed by Terraform</Tag>
      </div>
      <div class="row">
        {symbolNames.map((name) => (
          <span key={name} class="badge quiet">
            <Sym name={name} />
            {name}
          </span>
        ))}
      </div>
    </Block>
  );
}

const sentences: Record<keyof typeof badges, ComponentChildren> = {
  failing: (
    <>
      418 hits wait: dataset <code>crm</code> does not exist.
    </>
  ),
  odd: "Another stream writes to this table with another key.",
  new: "No hit in the last 7 days.",
  receiving: "Its hits become rows.",
  unknown: "Its table did not answer in time.",
  paused: "Senders get 503; those that retry lose nothing.",
  closed: "The address answers 410.",
};
