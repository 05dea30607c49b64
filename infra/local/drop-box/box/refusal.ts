/** What a client of a drop box is told: a status of SFTP version 3, and a sentence.
 *  Source: draft-ietf-secsh-filexfer-02, section 7 */
export const statuses = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  unsupported: 8,
} as const;
type Status = (typeof statuses)[keyof typeof statuses];

export class Refusal extends Error {
  readonly status: Status;
  constructor(status: Status, sentence: string) {
    super(sentence);
    this.name = "Refusal";
    this.status = status;
  }
}

export const failure = (sentence: string) => new Refusal(statuses.failure, sentence);
export const denied = (sentence: string) => new Refusal(statuses.permissionDenied, sentence);

const ofDisk: Readonly<Record<string, [Status, string]>> = {
  ENOENT: [statuses.noSuchFile, "There is no such file or folder."],
  ENOTDIR: [statuses.noSuchFile, "There is no such folder."],
  EEXIST: [statuses.failure, "There is a file or folder of this name already."],
  ENOTEMPTY: [statuses.failure, "The folder is not empty."],
  EISDIR: [statuses.failure, "It is a folder."],
  ELOOP: [statuses.permissionDenied, "Links are not followed."],
  ENAMETOOLONG: [statuses.failure, "The name is too long: at most 255 bytes."],
  ENOSPC: [statuses.failure, "The disk of the server is full. Send the file again later."],
  EDQUOT: [statuses.failure, "The disk of the server is full. Send the file again later."],
};

/** Any error as the client may see it; undefined where it is a fault of ours, for the log. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  const known = ofDisk[(error as NodeJS.ErrnoException).code ?? ""];
  return known && new Refusal(...known);
}
