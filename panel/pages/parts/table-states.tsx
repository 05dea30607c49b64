import { Block } from "../../parts/frame.tsx";
import { Line } from "../../parts/notes.tsx";
import { Pages } from "../../parts/pages.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, Time } from "../../parts/text.tsx";

export function Tables() {
  return (
    <Block id="table" title="Table and its four other states">
      <Table
        id="t-rows"
        isTitled
        caption="Row states"
        head={
          <>
            <Column>Stream</Column>
            <Column class="n">Hits today</Column>
            <Column>Last hit</Column>
          </>
        }
      >
        <Rows />
      </Table>
      <Others />
      <Pages number={3} last={9} href={() => "#table"} />
    </Block>
  );
}

const noon = Date.UTC(2026, 10, 27, 13, 5, 31);

function Rows() {
  return (
    <>
      <tr class="bad">
        <th scope="row">
          <a class="thing" href="#table">
            Needs somebody
          </a>
        </th>
        <td class="n">
          <Count of={1418} />
        </td>
        <td class="t">
          <Time at={noon} zone="Europe/Amsterdam" now={noon} />
        </td>
      </tr>
      <tr class="open">
        <th scope="row">
          <a class="thing" href="#table">
            Open
          </a>
        </th>
        <td class="n">
          <Count of={312} />
        </td>
        <td class="t">
          <Time at={noon - 3 * 86_400_000} zone="Europe/Amsterdam" now={noon} />
        </td>
      </tr>
      <tr class="off">
        <th scope="row">
          <span class="thing">Off</span> <small class="mono">shop.orders</small>
        </th>
        <td class="n">
          <Count of={0} />
        </td>
        <td class="t">
          <span class="none">none in 7 days</span>
        </td>
      </tr>
    </>
  );
}

/** What stands in the place of rows: they load, failed, are filtered away, or are not there yet. */
function Others() {
  return (
    <div class="half">
      <Line tone="quiet" isStatus>
        Loading streams…
      </Line>
      <Line
        tone="bad"
        action={
          <a class="btn small" href="#table">
            Try again
          </a>
        }
      >
        <strong>Streams could not be loaded.</strong> Error id <code>e-0b2c4d6e</code>
      </Line>
      <Line
        action={
          <a class="btn small" href="#table">
            Clear filters
          </a>
        }
      >
        No stream matches “ordres”.
      </Line>
      <Line>No stream yet. It is one address and one table.</Line>
    </div>
  );
}
