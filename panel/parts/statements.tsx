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
