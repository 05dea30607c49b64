/** `select 1 as a, 2 as A` has two columns of one name, since warehouses do not tell upper from lower case;
 *  as keys and in files the second is `A_2`: no value gets lost. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set(names.map((name) => name.toLowerCase()));
  const used = new Set<string>();
  return names.map((name) => {
    let key = name;
    for (
      let number = 2;
      used.has(key.toLowerCase()) || (key !== name && taken.has(key.toLowerCase()));
      number++
    )
      key = `${name}_${number}`;
    used.add(key.toLowerCase());
    return key;
  });
}
