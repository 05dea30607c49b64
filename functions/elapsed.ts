/** Milliseconds by a clock that nobody sets: for every age and pause inside a process. What it shows means
 *  nothing to another process, so it is never stored; a stored time is Unix ms, and whoever compares one says
 *  how far off it may be. */
export type Elapsed = () => number;

export const elapsedMs: Elapsed = () => performance.now();
