import { collectSubjects } from "./collect-subjects.ts";
import { deliverSubjects } from "./deliver-subjects.ts";
import type { Subject } from "./subject.ts";

/** Everything that a stranger's bytes reach. What else has a budget (statements of SQL) adds its own list here. */
export const subjects: readonly Subject[] = [...collectSubjects, ...deliverSubjects];

export function subjectNamed(name: string): Subject {
  const subject = subjects.find((one) => one.name === name);
  if (subject === undefined) throw new Error(`No subject has the name ${name}.`);
  return subject;
}
