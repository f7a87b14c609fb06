/** How far the pointer moves before it is a drag and no click. */
const START_PX = 6;

/** Where a row is let go: on another row, in its upper or its lower half. */
export type Spot = { id: string; isBefore: boolean };

/**
 * Moving a row of a list with the pointer. The web view keeps its own drag and drop for files from outside, so that rows cannot use it.
 * A row says its id in `data-row`.
 */
export class RowDrag {
  dragged = $state<string | null>(null);
  over = $state<Spot | null>(null);
  #from: { id: string; x: number; y: number } | null = null;
  #drop: (id: string, spot: Spot) => void;

  constructor(drop: (id: string, spot: Spot) => void) {
    this.#drop = drop;
  }

  down = (event: PointerEvent, id: string): void => {
    if (event.button === 0) this.#from = { id, x: event.clientX, y: event.clientY };
  };

  move = (event: PointerEvent): void => {
    if (!this.#from) return;
    // The button was let go outside the list, before this was a drag.
    if (!(event.buttons & 1)) {
      this.cancel();
      return;
    }
    if (!this.dragged) {
      if (Math.hypot(event.clientX - this.#from.x, event.clientY - this.#from.y) < START_PX) return;
      this.dragged = this.#from.id;
      // What is let go is no click on what lies there.
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
    }
    const row = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>("[data-row]");
    const id = row?.dataset.row;
    if (!row || !id || id === this.dragged) {
      this.over = null;
      return;
    }
    const { top, height } = row.getBoundingClientRect();
    this.over = { id, isBefore: event.clientY < top + height / 2 };
    row.scrollIntoView({ block: "nearest" });
  };

  up = (): void => {
    const [id, spot] = [this.dragged, this.over];
    this.cancel();
    if (id && spot) this.#drop(id, spot);
  };

  cancel = (): void => {
    this.dragged = this.over = this.#from = null;
  };
}
