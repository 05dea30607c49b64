/** The admin API advises its own calls, since programs ask it too; a person at the command line has commands. */
const advice: readonly (readonly [string, (command: string) => string])[] = [
  ["GET /openapi.json describes each request", (command) => `afterclick ${command} --help explains it`],
  [
    "GET /openapi.json lists everything it answers",
    () => "afterclick --version tells this version, afterclick status the server's",
  ],
  [
    "GET /v1/streams lists them; with ?removed=true also the removed ones",
    () => "afterclick streams list shows them; with --removed also the removed ones",
  ],
  ["GET /v1/hits/{hit_id} looks for the hit", () => "afterclick hit HIT_ID looks for it"],
  ["GET /v1/hits/{hit_id} tells where the hit is", () => "afterclick hit HIT_ID tells where it is"],
  ["send a SELECT to POST /v1/query", () => "send a SELECT with afterclick query"],
];

/** @param command the one that was typed, e.g. `streams add` */
export function asCommands(sentence: string, command: string): string {
  return advice.reduce((text, [call, instead]) => text.replaceAll(call, () => instead(command)), sentence);
}
