export interface Fifo<Item> {
  readonly size: number;
  push(item: Item): void;
  peek(): Item | undefined;
  shift(): Item | undefined;
}

/** First in, first out, without moving the others. */
export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = [];
  let head = 0;
  return {
    get size() {
      return items.length - head;
    },
    push: (item) => void items.push(item),
    peek: () => items[head],
    shift() {
      const item = items[head];
      if (item === undefined) return undefined;
      items[head++] = undefined;
      if (head === items.length || head >= 4_096) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
