import { Icon } from "@/components/ui/Icon";
import { useTheme } from "@/hooks/use-theme";

export function ThemeButton() {
  const [theme, turn] = useTheme();
  return (
    <button
      type="button"
      onClick={turn}
      aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
      className="grid size-10 place-items-center rounded-md text-soft transition hover:bg-sunk hover:text-ink"
    >
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}
