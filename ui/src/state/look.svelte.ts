// Theme and text size, kept in the webview's own storage: no secret is in them.
const read = (name: string, fallback: string) => localStorage.getItem(name) ?? fallback;
const SIZES = ["normal", "large", "largest", "double"];

class Look {
  theme = $state(read("theme", "system"));
  size = $state(read("size", "normal"));

  apply(): void {
    document.documentElement.dataset.theme = this.theme;
    document.documentElement.dataset.size = this.size;
    localStorage.setItem("theme", this.theme);
    localStorage.setItem("size", this.size);
  }

  /** One step larger or smaller; 0 is back to normal. */
  resize(step: number): void {
    const at = step === 0 ? 0 : SIZES.indexOf(this.size) + step;
    this.size = SIZES[Math.max(0, Math.min(SIZES.length - 1, at))]!;
    this.apply();
  }
}

export const look = new Look();
