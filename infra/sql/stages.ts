/** A select around another one for each stage: columns of a stage are named for the stages after it. */
export function staged(from: string, stages: readonly Readonly<Record<string, string>>[]): string {
  return stages.reduce((inner, columns) => {
    const more = Object.entries(columns).map(([name, expression]) => `${expression} AS ${name}`);
    return `SELECT *, ${more.join(", ")} FROM (${inner})`;
  }, from);
}
