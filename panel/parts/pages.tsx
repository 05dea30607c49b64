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

/** Where nobody counts how many pages there are.
 *  @param props.words of the ways back and on; by age where left out */
export function BackAndOn(props: {
  back?: string;
  on?: string;
  words?: readonly [back: string, on: string];
}) {
  const { back, on, words = ["Newer", "Older"] } = props;
  if (back === undefined && on === undefined) return null;
  return (
    <nav aria-label={`${words[0]} and ${words[1]}`}>
      <ul class="pages">
        {back !== undefined && (
          <li>
            <a href={back}>{words[0]}</a>
          </li>
        )}
        {on !== undefined && (
          <li>
            <a href={on}>{words[1]}</a>
          </li>
        )}
      </ul>
    </nav>
  );
}
