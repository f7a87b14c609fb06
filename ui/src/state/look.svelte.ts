// Theme and text size, kept in the webview's own storage: no secret is in them.
const read = (name: string, fallback: string) => localStorage.getItem(name) ?? fallback;

class Look {
  theme = $state(read("theme", "system"));
  size = $state(read("size", "normal"));

  apply(): void {
    document.documentElement.dataset.theme = this.theme;
    document.documentElement.dataset.size = this.size;
    localStorage.setItem("theme", this.theme);
    localStorage.setItem("size", this.size);
  }
}

export const look = new Look();
