import type { Answer, Port, Question } from "./worker.ts";

/** A child's side of its channel; see child.ts. Its first module is child.main.ts. */

/** Its arguments: the file that serves, the data that it is given, the parent's id and the
 *  resident bytes that end it. */
export type ChildArguments = readonly [file: string, data: string, parent: string, residentBytesMax: string];

export function childArguments(): ChildArguments {
  const [file = "", data = "null", parent = "0", residentBytesMax = "0"] = process.argv.slice(2);
  return [file, data, parent, residentBytesMax];
}

export function childData<Data>(): Data {
  return JSON.parse(childArguments()[1]) as Data;
}

/** The last words of a child whose code threw. */
export interface Dying {
  readonly dying: string;
}

export function childPort(): Port {
  if (process.send === undefined)
    throw new Error("This file runs in a worker thread or a child process only.");
  const send = process.send.bind(process);
  return {
    onQuestion: (listener) => void process.on("message", (question) => listener(question as Question)),
    // Where the parent is gone, so is whoever asked.
    answer: (answer: Answer) => void send(answer, undefined, undefined, () => undefined),
    // The parent hangs up after the last answer.
    close: () => undefined,
  };
}
