/** What the shell gets to know; `afterclick --help` lists them. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notFound: 4,
  /** 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface Failure extends Error {
  readonly exitCode: ExitCode;
  /** The server's advice, where it has one. */
  readonly next?: Next;
}

/** What helps at the command line: this command, or the help of the one that was typed. */
export interface Next {
  readonly command?: string;
}

/** An end that a user understands: one sentence with what was typed, what is allowed and what to do next. */
export function failure(exitCode: ExitCode, sentence: string, cause?: unknown): Failure {
  return Object.assign(new Error(sentence, cause === undefined ? undefined : { cause }), { exitCode });
}

export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && "exitCode" in error;
}

/** The user typed something that cannot be. */
export function wrongUsage(sentence: string): Failure {
  return failure(exitCodes.usage, sentence);
}

/** The server said no, or something on the way failed. */
export function failed(sentence: string, cause?: unknown): Failure {
  return failure(exitCodes.failed, sentence, cause);
}
