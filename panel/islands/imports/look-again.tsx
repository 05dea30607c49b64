import { useEffect } from "preact/hooks";

const afterMs = 2_000;

/** What is on its way is looked at again by itself while the page is seen; without a script by a click. */
export function LookAgain({ href }: { href: string }) {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") location.replace(href);
    }, afterMs);
    return () => clearInterval(timer);
  }, [href]);
  return (
    <a class="btn" href={href}>
      Look again
    </a>
  );
}
