/** What is remembered of others, with a bound: whoever brings new keys forever costs no more than
 *  that. What was set longest ago goes first, and what is set again is the newest. A map and a set
 *  keep the order of insertion. */

export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    super();
    this.#sizeMax = sizeMax;
  }

  override set(key: Key, value: Value): this {
    this.delete(key);
    super.set(key, value);
    for (const oldest of this.keys()) {
      if (this.size <= this.#sizeMax) break;
      this.delete(oldest);
    }
    return this;
  }
}

export class BoundedSet<Value> extends Set<Value> {
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    super();
    this.#sizeMax = sizeMax;
  }

  override add(value: Value): this {
    this.delete(value);
    super.add(value);
    for (const oldest of this) {
      if (this.size <= this.#sizeMax) break;
      this.delete(oldest);
    }
    return this;
  }
}
