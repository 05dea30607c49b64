/** One event in the log. Never a body, never a stream id: `streamRef` stands for it, since
 *  the address is the key. */
export interface Log {
  (severity: "INFO" | "WARNING" | "ERROR", message: string, fields?: Record<string, unknown>): void;
}
