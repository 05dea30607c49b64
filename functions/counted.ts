/** A number with its noun: `1 message`, `2 messages`.
 *  @param many where it is not the noun with an s */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
