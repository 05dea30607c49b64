import { collectSubjects } from "./collect-subjects.ts";
import { deliverSubjects } from "./deliver-subjects.ts";
import { statementSubjects } from "./statement-subjects.ts";
import type { Subject } from "./subject.ts";

/** Everything that a stranger's bytes reach, and people's statements. */
export const subjects: readonly Subject[] = [...collectSubjects, ...deliverSubjects, ...statementSubjects];

export function subjectNamed(name: string): Subject {
  const subject = subjects.find((one) => one.name === name);
  if (subject === undefined) throw new Error(`No subject has the name ${name}.`);
  return subject;
}
