import { type Status, statusOf } from "../../../functions/activity/status.ts";
import type { Reply } from "../../../functions/request.ts";
import { Badge } from "../../parts/badge.tsx";
import { Facts } from "../../parts/code.tsx";
import { Block } from "../../parts/frame.tsx";
import { Column, Table } from "../../parts/table.tsx";
import { Count, count, counted, Time } from "../../parts/text.tsx";
import type { Visit } from "../../visit.ts";
import { settingsFrame } from "./page.tsx";

/** How everything is. */
export async function systemPage(visit: Visit): Promise<Reply> {
  const status = await statusOf(visit.ports);
  const odd = status.checks.filter(({ ok }) => !ok).length;
  const checked = (
    <>
      Checked <Time at={visit.now} zone="UTC" now={visit.now} /> UTC.
    </>
  );
  return settingsFrame(visit, {
    here: "System",
    sentence: (
      <>
        {odd === 0
          ? "Every part is in order."
          : `${counted(odd, "check")} of ${status.checks.length} ${odd === 1 ? "needs" : "need"} somebody.`}{" "}
        {checked}
      </>
    ),
    children: (
      <>
        <Block id="parts" title="Parts">
          <Checks status={status} />
        </Block>
        <Block id="facts" title="What there is">
          <Facts facts={factsOf(status, visit.now)} />
        </Block>
        <p class="hint">
          <code>npx afterclick status</code> and <code>GET /v1/status</code> tell the same.
        </p>
      </>
    ),
  });
}

function Checks({ status: { checks } }: { status: Status }) {
  return (
    <Table
      id="checks"
      kind="cards"
      caption="Parts and their state"
      head={
        <>
          <Column>Part</Column>
          <Column>State</Column>
        </>
      }
    >
      {checks.map(({ name, ok, detail }) => (
        <tr key={name} class={ok ? undefined : "bad"}>
          <th scope="row">{name}</th>
          <td>
            {ok ? (
              <Badge tone="ok" symbol="ok">
                In order
              </Badge>
            ) : (
              <Badge tone="bad" symbol="bad" fill>
                Failing
              </Badge>
            )}{" "}
            {detail !== undefined && <small>{detail}</small>}
          </td>
        </tr>
      ))}
    </Table>
  );
}

const unknown = <span class="none">cannot be told</span>;

function factsOf(status: Status, now: number) {
  const { queue, dead_letters, streams, disk } = status;
  const { oldest_received_at: oldest } = queue;
  return [
    ["Version", <code>{status.version}</code>],
    ["Hits go to", <code>{status.collect_url}</code>],
    [
      "Waiting hits",
      queue.waiting === undefined ? (
        unknown
      ) : (
        <>
          <Count of={queue.waiting} />
          {oldest !== undefined && (
            <>
              , the oldest received <Time at={oldest} zone="UTC" now={now} />
            </>
          )}
        </>
      ),
    ],
    [
      "Dead letters",
      dead_letters.waiting === undefined ? (
        unknown
      ) : (
        <>
          {dead_letters.at_least === true && "more than "}
          <Count of={dead_letters.waiting} /> {dead_letters.waiting === 1 ? "waits" : "wait"}
        </>
      ),
    ],
    [
      "Streams",
      streams.total === undefined
        ? unknown
        : `${count(streams.total)}, ${count(streams.invalid ?? 0)} invalid`,
    ],
    ...(disk === undefined
      ? []
      : [
          [
            "Disk",
            `${megabytes(disk.used_bytes)} used by the data folder, ${megabytes(disk.free_bytes)} free`,
          ] as const,
        ]),
  ] as const;
}

const megabytes = (bytes: number): string => `${count(Math.floor(bytes / 1_000_000))}\u00a0MB`;
