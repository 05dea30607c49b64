import { counted } from "./counted.ts";
/** How long ago, in words, e.g. `3 hours ago`. @param ms since then */
export function ago(ms: number): string {
  const [unit, size] = units.find(([, each]) => ms >= each) ?? [];
  if (size === undefined) return "just now";
  const count = Math.floor(ms / size);
  return `${counted(count, unit)} ago`;
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;
