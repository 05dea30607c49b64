import { useEffect, useState } from "preact/hooks";

const keptMax = 20;
/** A browser keeps some megabytes for a site. */
const lettersMax = 20_000;

/** The statements that somebody ran here before: the browser keeps them, and no server does.
 *  @param props.ran what the page shows the result of */
export function QueryHistory(props: { who: string; ran?: string }) {
  const key = `afterclick queries of ${props.who}`;
  const [kept, setKept] = useState<readonly string[]>([]);
  const keep = (statements: readonly string[]) => {
    setKept(statements);
    // A browser may keep nothing: then it is there until the page goes.
    try {
      if (statements.length === 0) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(statements));
    } catch {
      return;
    }
  };
  useEffect(() => {
    const before = readKept(key);
    const { ran } = props;
    if (ran === undefined || ran.length > lettersMax) setKept(before);
    else keep([ran, ...before.filter((statement) => statement !== ran)].slice(0, keptMax));
  }, []);
  if (kept.length === 0) return null;
  return <Statements statements={kept} choose={fillIn} forget={() => keep([])} />;
}

function readKept(key: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function fillIn(statement: string): void {
  const field = document.querySelector<HTMLTextAreaElement>("textarea#sql");
  if (field === null) return;
  field.value = statement;
  field.focus();
}

/** Statements that were run before, the newest first: each one can be had again. */
export function Statements(props: {
  statements: readonly string[];
  choose?: (statement: string) => void;
  forget?: () => void;
}) {
  return (
    <section class="card" aria-labelledby="before-h">
      <header>
        <h2 id="before-h">Run before</h2>
        <button class="btn small plain" type="button" onClick={props.forget}>
          Forget them
        </button>
      </header>
      <ul class="picks">
        {props.statements.map((statement) => (
          <li key={statement}>
            <button class="btn plain mono" type="button" onClick={() => props.choose?.(statement)}>
              {statement}
            </button>
          </li>
        ))}
      </ul>
      <p class="hint">This browser alone keeps them.</p>
    </section>
  );
}
