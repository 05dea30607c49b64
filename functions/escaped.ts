/** A text as it stands inside a text of JSON. */
export const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
