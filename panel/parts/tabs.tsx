/** The sections of a thing are links. */
export function Tabs(props: {
  of: string;
  tabs: readonly { href: string; title: string; /** Of problems alone. */ count?: string | undefined }[];
  here: string;
}) {
  return (
    <nav class="tabs" aria-label={props.of}>
      {props.tabs.map(({ href, title, count }) => (
        <a key={title} href={href} aria-current={title === props.here ? "page" : undefined}>
          {title}
          {count !== undefined && (
            <span class="count bad">
              {count}
              <span class="vh"> wait</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}
