import { zoneGroups } from "../zones.ts";

/** The options of a choice of zones. One that is not listed was typed by somebody, and stays. */
export function Zones({ chosen, now }: { chosen: string; now: number }) {
  const groups = zoneGroups(now);
  const isListed = groups.some(({ zones }) => zones.some(({ value }) => value === chosen));
  return (
    <>
      {!isListed && (
        <option value={chosen} selected>
          {chosen}
        </option>
      )}
      {groups.map(({ title, zones }) => (
        <optgroup key={title} label={title}>
          {zones.map(({ value, label }) => (
            <option key={value} value={value} selected={value === chosen}>
              {label}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  );
}
