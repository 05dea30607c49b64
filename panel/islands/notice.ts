const shownMs = 4_000;

/** Something was just done: said once, and read out. */
export function say(text: string): void {
  const notices = document.querySelector(".notices");
  if (notices === null) return;
  const line = document.createElement("div");
  line.className = "line toast";
  const words = document.createElement("p");
  words.textContent = text;
  line.append(words);
  notices.replaceChildren(line);
  setTimeout(() => line.remove(), shownMs);
}
