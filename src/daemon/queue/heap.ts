/** A binary heap: the least element first. Equal elements must not exist if the order is to be certain. */
export class Heap<Element> {
  readonly #before: (one: Element, other: Element) => boolean;
  readonly #elements: Element[] = [];

  constructor(before: (one: Element, other: Element) => boolean) {
    this.#before = before;
  }

  push(element: Element): void {
    const elements = this.#elements;
    let at = elements.push(element) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = elements[parent];
      if (above === undefined || !this.#before(element, above)) break;
      elements[at] = above;
      at = parent;
    }
    elements[at] = element;
  }

  pop(): Element | undefined {
    const elements = this.#elements;
    const least = elements[0];
    const moved = elements.pop();
    if (moved === undefined || elements.length === 0) return least;
    let at = 0;
    for (;;) {
      const [left, right] = [elements[2 * at + 1], elements[2 * at + 2]];
      if (left === undefined) break;
      const rightIsLess = right !== undefined && this.#before(right, left);
      const child = rightIsLess ? right : left;
      if (!this.#before(child, moved)) break;
      elements[at] = child;
      at = 2 * at + (rightIsLess ? 2 : 1);
    }
    elements[at] = moved;
    return least;
  }
}
