import type { Log } from "../functions/log.ts";

export type Level = "debug" | "info" | "warning" | "error";

const rank = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 } as const;

/** One JSON line an event, as Cloud Logging reads it. Source: https://cloud.google.com/logging/docs/structured-logging */
export function jsonLog(write: (line: string) => void, level: Level): Log {
  const least = rank[level.toUpperCase() as keyof typeof rank];
  return (severity, message, fields) => {
    if (rank[severity] < least) return;
    write(`${JSON.stringify({ severity, message, ...fields, time: new Date().toISOString() })}\n`);
  };
}
