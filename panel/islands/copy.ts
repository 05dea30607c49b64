import { say } from "./notice.ts";

/** Buttons that copy, also those that come later. */
export function serveCopies(): void {
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>("[data-copy]") : null;
    if (button !== null) void copy(button);
  });
}

async function copy({ dataset }: HTMLElement): Promise<void> {
  const source = document.getElementById(dataset["copy"] ?? "");
  if (source === null) return;
  try {
    await navigator.clipboard.writeText(source.textContent ?? "");
    say(`Copied ${dataset["what"]}.`);
  } catch {
    // The browser does not let us: it is marked, so that the keyboard can.
    getSelection()?.selectAllChildren(source);
    say("Marked. Press Ctrl+C to copy it.");
  }
}
