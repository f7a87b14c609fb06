// What is asked about one name is asked in the order it came: what was written there is seen by whoever reads next.

export class InTurn {
  #last = new Map<string, Promise<void>>();

  after<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(ask);
    const over = turn
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.#last.get(name) === over) this.#last.delete(name);
      });
    this.#last.set(name, over);
    return turn;
  }
}
