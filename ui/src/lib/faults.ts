// What is wrong with what was typed stands at its field, at all of them at once, in the screen's language, which need not be the system's.
import { t } from "./messages.svelte";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** Why a field is not taken; a part that knows better has said so already. */
function why(field: Field): string {
  if (field.validity.customError) return field.validationMessage;
  if (field.validity.valueMissing) return t("field_missing");
  if (field instanceof HTMLInputElement && (field.validity.rangeUnderflow || field.validity.rangeOverflow))
    return t("field_range", { min: field.min, max: field.max });
  return field.title || t("field_unfit");
}

function show(event: Event): void {
  const field = event.target as Field;
  // The browser would show one of them, in its own words.
  event.preventDefault();
  // The keyboard goes to the first of them.
  if (!field.form || field.form.querySelector(":is(input, textarea, select):invalid") === field) field.focus();
  field.classList.add("faulty");
  for (const change of ["input", "change"])
    field.addEventListener(change, () => field.classList.remove("faulty"), { once: true });
  // Said already: by the part that holds the field, or the last time.
  if (field.nextElementSibling?.matches("small[role]")) return;
  const fault = document.createElement("small");
  fault.className = "fault";
  fault.setAttribute("role", "alert");
  fault.textContent = why(field);
  field.after(fault);
  for (const change of ["input", "change"]) field.addEventListener(change, () => fault.remove(), { once: true });
}

export const showFaults = () => window.addEventListener("invalid", show, true);
