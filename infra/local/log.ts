import type { Log } from "../../functions/log.ts";
import { isLogged, type Level } from "../json-log.ts";

/** One line an event for a person at a terminal: time, severity, message, then what belongs to it. */
export function textLog(write: (line: string) => void, level: Level): Log {
  return (severity, message, fields = {}) => {
    if (!isLogged(severity, level)) return;
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`)
      .join("");
    write(`${new Date().toISOString()} ${severity} ${message}${rest}\n`);
  };
}
