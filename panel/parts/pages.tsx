/** Pages of a list; nothing where there is one. The address keeps the filter. */
export function Pages(props: { number: number; last: number; href: (page: number) => string }) {
  const { number, last, href } = props;
  if (last === 1) return null;
  const near = [1, number - 1, number, number + 1, last].filter((at) => at >= 1 && at <= last);
  const shown = [...new Set(near)].sort((a, b) => a - b);
  return (
    <nav aria-label="Pages">
      <ul class="pages">
        {number > 1 && (
          <li>
            <a href={href(number - 1)}>Previous</a>
          </li>
        )}
        {shown.map((at, index) => (
          <>
            {index > 0 && at > shown[index - 1]! + 1 && (
              <li>
                <span>…</span>
              </li>
            )}
            <li>
              <a href={href(at)} aria-current={at === number ? "page" : undefined}>
                <span class="vh">Page </span>
                {at}
              </a>
            </li>
          </>
        ))}
        {number < last && (
          <li>
            <a href={href(number + 1)}>Next</a>
          </li>
        )}
      </ul>
    </nav>
  );
}

/** Where nobody counts how many pages there are. */
export function Turns(props: { newer?: string; older?: string }) {
  if (props.newer === undefined && props.older === undefined) return null;
  return (
    <nav aria-label="Pages">
      <ul class="pages">
        {props.newer !== undefined && (
          <li>
            <a href={props.newer}>Newer</a>
          </li>
        )}
        {props.older !== undefined && (
          <li>
            <a href={props.older}>Older</a>
          </li>
        )}
      </ul>
    </nav>
  );
}
