/** What helps whoever sends: files that run and steps to follow, with the stream's own address in them. */
export interface Snippets {
  /** Names of languages and systems, and `html`: one page with all of them. */
  readonly types: readonly string[];
  /** @param type one of `types` */
  give(type: string, stream: Addressed): HandedOut;
}

export interface Addressed {
  /** Where it takes hits. */
  readonly endpoint: string;
  readonly name?: string;
  /** How a language writes its body; systems have their own. */
  readonly body: "form" | "json";
}

interface HandedOut {
  /** For people. */
  readonly label: string;
  /** What a download is called. */
  readonly file: string;
  readonly text: string;
}
