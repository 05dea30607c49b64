import { useEffect, useState } from "preact/hooks";
import type { Recent } from "../../functions/hits/recent.ts";
import { Checklist } from "../parts/spine.tsx";
import { Facts } from "../parts/code.tsx";
import { Line } from "../parts/notes.tsx";
import { counted, Time } from "../parts/text.tsx";

/** What arrived of one stream, as somebody without an account may know it. */
export interface Arrived {
  /** Unix ms: when it was looked. */
  readonly at: number;
  readonly isWritable: boolean;
  /** Absent where it could not be told. */
  readonly recent?: Recent;
}

interface ArrivalsProps {
  readonly arrived: Arrived;
  readonly zone: string;
  /** The last look got no answer, or the link is over. */
  readonly trouble?: "silent" | "over";
}

export function Arrivals({ arrived, zone, trouble }: ArrivalsProps) {
  const { at, isWritable, recent } = arrived;
  return (
    <div class="stack wide">
      <section class="card">
        <header>
          <h2>What arrived</h2>
          <span class="hint">
            as of <Time at={at} zone={zone} now={at} />
          </span>
        </header>
        {trouble !== undefined && <Trouble trouble={trouble} />}
        <Facts
          facts={[
            ["Last hit", <LastHit recent={recent} zone={zone} now={at} />],
            ["Hits today", <Today recent={recent} />],
          ]}
        />
      </section>
      <Checklist
        isWritable={isWritable}
        why="Tell whoever gave you this link. What is answered with 2xx is stored and waits."
        recent={recent}
        zone={zone}
        now={at}
      />
    </div>
  );
}

function Trouble({ trouble }: { trouble: "silent" | "over" }) {
  return (
    <div>
      <Line tone="warn" isStatus>
        {trouble === "over"
          ? "This link is over: what stands here is not looked up any more. Ask whoever sent it for a new one."
          : "The last look got no answer. It is tried again."}
      </Line>
    </div>
  );
}

function LastHit({ recent, zone, now }: { recent: Recent | undefined; zone: string; now: number }) {
  if (recent === undefined) return <span class="none">could not be told</span>;
  if (recent.lastAt !== undefined) return <Time at={recent.lastAt} zone={zone} now={now} />;
  return (
    <span class="none">
      {recent.lastTestAt === undefined ? "none in the last 7 days" : "only tests in the last 7 days"}
    </span>
  );
}

function Today({ recent }: { recent: Recent | undefined }) {
  if (recent === undefined) return <span class="none">could not be told</span>;
  return (
    <>
      {recent.isMore ? `at least ${counted(recent.today, "hit")}` : counted(recent.today, "hit")}, without
      tests
    </>
  );
}

const everyMs = 5_000;

/** Looks again as long as somebody looks at the page. @param props.look where */
export function ArrivalsWatch(props: ArrivalsProps & { look: string }) {
  const [seen, setSeen] = useState<Pick<ArrivalsProps, "arrived" | "trouble">>({ arrived: props.arrived });
  const [looks, setLooks] = useState(0);
  const isOver = seen.trouble === "over";

  useEffect(() => {
    if (isOver) return undefined;
    const timer = setTimeout(() => {
      const looked = document.hidden ? Promise.resolve() : look(props.look).then(setSeen);
      // Silence is shown with what was known before.
      looked
        .catch(() => setSeen(({ arrived }) => ({ arrived, trouble: "silent" })))
        .finally(() => setLooks((before) => before + 1));
    }, everyMs);
    return () => clearTimeout(timer);
  }, [looks, isOver]);

  async function look(path: string): Promise<Pick<ArrivalsProps, "arrived" | "trouble">> {
    const answer = await fetch(path, { headers: { accept: "application/json" } });
    if (answer.status === 404) return { arrived: seen.arrived, trouble: "over" };
    if (!answer.ok) throw new Error(String(answer.status));
    return { arrived: (await answer.json()) as Arrived };
  }

  return <Arrivals {...props} {...seen} />;
}
