/** Why a process ended, out of what it wrote to stderr: the sentence that names a reason. Never the frames of
 *  a stack: they say nothing to an operator, and tell everybody else where the program lies.
 *  @returns undefined where it named none */
export function lastWords(stderr: string): string | undefined {
  const lines = stderr.split("\n").map((line) => line.replace(/^# ?/, "").trim());
  const said = lines.findLast((line) => reason.test(line) && !frame.test(line));
  const last = said ?? lines.findLast((line) => line !== "" && !frame.test(line) && !heading.test(line));
  return last?.replace(/\.$/, "");
}

const reason =
  /\b(?:fatal|assertion|check failed|terminate called|what\(\)|\w*error|bad_alloc|out of memory)\b/i;
/** Of V8, of native code, of sanitizers and of JavaScript. */
const frame = /^(?:at |#?\d+:? (?:0x|\S+ ?\(|\S+:\d)|\d+: |\(.*:\d+:\d+\)$|0x[0-9a-f]+)/i;
const heading = /^(?:-{3,}.*|<---.*|\[\d+:0x.*|aborted\b.*|segmentation fault.*|[\s^]*|node\.js v.*)$/i;
