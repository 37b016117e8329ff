/** Light or dark: what somebody chose, else what their system prefers, also when that changes. */
export type Theme = "light" | "dark";

const key = "rialto.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

const chosen = (): Theme | null => {
  const value = localStorage.getItem(key);
  return value === "light" || value === "dark" ? value : null;
};

export const currentTheme = (): Theme => chosen() ?? (system.matches ? "dark" : "light");

export function applyTheme(): void {
  const apply = () => {
    document.documentElement.dataset.theme = currentTheme();
  };
  apply();
  system.addEventListener("change", apply);
}

export function toggleTheme(): Theme {
  const next: Theme = currentTheme() === "dark" ? "light" : "dark";
  localStorage.setItem(key, next);
  document.documentElement.dataset.theme = next;
  return next;
}
