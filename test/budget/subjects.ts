import type { Subject } from "./subject.ts";

/** Everything that a stranger's bytes reach, and people's statements, by room: to load them all takes
 *  longer than to measure one. */
export const rooms = {
  collect: async () => (await import("./collect-subjects.ts")).collectSubjects,
  deliver: async () => (await import("./deliver-subjects.ts")).deliverSubjects,
  statement: async () => (await import("./statement-subjects.ts")).statementSubjects,
} as const;
export type Room = keyof typeof rooms;

/** All of them, with their rooms. */
export async function allSubjects(): Promise<{ room: Room; subject: Subject }[]> {
  const names = Object.keys(rooms) as Room[];
  const all = await Promise.all(names.map(async (room) => ({ room, subjects: await rooms[room]() })));
  return all.flatMap(({ room, subjects }) => subjects.map((subject) => ({ room, subject })));
}
