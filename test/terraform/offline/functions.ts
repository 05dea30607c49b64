/** `provider::google::…` */
export const functions: Record<string, (id: string) => string> = {
  location_from_id: part(/locations\/([^/]+)\//),
  name_from_id: part(/\/([^/]+)$/),
  project_from_id: part(/projects\/([^/]+)\//),
  region_from_id: part(/regions\/([^/]+)\//),
  region_from_zone: part(/^([^-]+-.+)-[^-]*$/),
  zone_from_id: part(/zones\/([^/]+)\//),
};

function part(pattern: RegExp): (id: string) => string {
  return (id) => {
    const found = pattern.exec(id)?.[1];
    if (found === undefined) throw new Error(`"${id}" does not match ${pattern.source}`);
    return found;
  };
}
