import type { StepState } from "@/client/types";
import { Icon } from "@/components/ui/Icon";

export function StepDot({ state }: { state: StepState }) {
  const place = "relative grid size-6 shrink-0 place-items-center rounded-full";
  switch (state) {
    case "succeeded":
      return (
        <span className={`${place} bg-ink text-on-ink`}>
          <Icon name="check" className="size-4" />
        </span>
      );
    case "failed":
      return (
        <span className={`${place} bg-stop text-paper`}>
          <Icon name="cross" className="size-4" />
        </span>
      );
    case "running":
      return (
        <span className={`${place} border-2 border-work bg-fog`}>
          <span className="size-2.5 animate-breathe rounded-full bg-work" />
        </span>
      );
    default:
      return (
        <span
          className={`${place} border-2 border-line bg-fog ${state === "skipped" ? "border-dashed" : ""}`}
        />
      );
  }
}
