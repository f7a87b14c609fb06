// Of several readings of one thing under way, one that was asked for earlier never replaces one asked for later.

export class Newest {
  #asked = 0;
  #told = 0;

  async read<T>(ask: () => Promise<T>, told: (read: T) => void, failed: (error: unknown) => void): Promise<void> {
    const turn = ++this.#asked;
    const isNews = (): boolean => {
      if (turn < this.#told) return false;
      this.#told = turn;
      return true;
    };
    await ask().then(
      (read) => isNews() && told(read),
      (error: unknown) => isNews() && failed(error),
    );
  }
}
