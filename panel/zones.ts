/** What the list of offsets holds: fixed ones, and the zones that this runtime knows, by region. */
export interface ZoneGroup {
  readonly title: string;
  readonly zones: readonly { readonly value: string; readonly label: string }[];
}

const fixed = [
  ["-", "12:00 11:00 10:00 09:30 09:00 08:00 07:00 06:00 05:00 04:00 03:30 03:00 02:00 01:00"],
  [
    "+",
    "00:00 01:00 02:00 03:00 03:30 04:00 04:30 05:00 05:30 05:45 06:00 06:30 07:00 08:00 08:45 09:00 09:30",
  ],
  ["+", "10:00 10:30 11:00 12:00 12:45 13:00 14:00"],
].flatMap(([sign, clocks]) => clocks!.split(" ").map((clock) => `${sign}${clock}`));

/** Names that are still listed as they were called before. Source:
 *  https://data.iana.org/time-zones/tzdb/backward */
const renamed: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Godthab": "America/Nuuk",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

let made: { day: number; groups: readonly ZoneGroup[] } | undefined;

/** @param now Unix ms: offsets are those of this year */
export function zoneGroups(now: number): readonly ZoneGroup[] {
  const day = Math.floor(now / 86_400_000);
  if (made?.day !== day) made = { day, groups: make(new Date(now).getUTCFullYear()) };
  return made.groups;
}

function make(year: number): ZoneGroup[] {
  const names = Intl.supportedValuesOf("timeZone").map((name) => renamed[name] ?? name);
  const regions = Map.groupBy(names.filter((name) => name.includes("/")).sort(), (name) =>
    name.slice(0, name.indexOf("/")),
  );
  return [
    {
      title: "Fixed UTC offset, without summer time",
      zones: fixed.map((value) => ({ value, label: `UTC ${value.replace("-", "−")}` })),
    },
    ...[...regions].map(([title, zones]) => ({
      title,
      zones: zones.map((value) => ({ value, label: labelOf(value, year) })),
    })),
  ];
}

/** `Europe/Amsterdam (UTC +01:00 / +02:00)`: in January and in July. */
function labelOf(zone: string, year: number): string {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const shifts = [0, 6].map((month) => {
    const parts = format.formatToParts(Date.UTC(year, month, 1));
    const shift = parts.find(({ type }) => type === "timeZoneName")!.value.slice("GMT".length);
    return (shift === "" ? "+00:00" : shift).replace("-", "−");
  });
  return `${zone.replaceAll("_", " ")} (UTC ${[...new Set(shifts)].join(" / ")})`;
}
