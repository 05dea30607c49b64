import type { Log } from "../functions/log.ts";

export const levels = ["debug", "info", "warning", "error"] as const;
export type Level = (typeof levels)[number];

/** What other programs call it, and in whatever case. */
export function levelOf(name: string): string {
  const level = name.toLowerCase();
  return level === "warn" ? "warning" : level;
}

/** Whether an event is worth a line at this level. */
export function isLogged(severity: string, level: Level): boolean {
  return levels.indexOf(severity.toLowerCase() as Level) >= levels.indexOf(level);
}

/** One JSON line an event, as Cloud Logging reads it. Source:
 *  https://cloud.google.com/logging/docs/structured-logging */
export function jsonLog(write: (line: string) => void, level: Level): Log {
  return (severity, message, fields) => {
    if (!isLogged(severity, level)) return;
    write(`${JSON.stringify({ severity, message, ...fields, time: new Date().toISOString() })}\n`);
  };
}
