/** What somebody who follows hits types, longest: it is compared at every place of a body. */
export const filterCharactersMax = 200;

/** Capital and small letters are alike. */
export function wantedOf(typed: string): string {
  return typed.trim().toLowerCase();
}

/** What `field=value` asks for, of what is wanted. */
export function fieldWanted(wanted: string): { name: string; value: string } | undefined {
  const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(wanted) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}
