import { en } from "./en";
import { type Facts, fill } from "./fill";
import { type Messages, vi } from "./vi";

type Key = { [K in keyof Messages]: Messages[K] extends string ? K : never }[keyof Messages];

const chosen = $state({ language: (localStorage.getItem("language") as "vi" | "en" | null) ?? "vi" });

export const language = () => chosen.language;

export function setLanguage(value: "vi" | "en"): void {
  chosen.language = value;
  localStorage.setItem("language", value);
  document.documentElement.lang = value;
}

export function t(key: Key, facts: Facts = {}): string {
  return fill((chosen.language === "en" ? en : vi)[key], facts, chosen.language);
}

export function errorText(code: string, facts: Facts): string {
  const texts = (chosen.language === "en" ? en : vi).error;
  return fill(texts[code] ?? texts.internal ?? code, { incident: code, ...facts }, chosen.language);
}
