import { useRouteError } from "react-router";
import { Away } from "./Away";

/** A mistake of the page itself, or a part of it that could not be loaded after an update. */
export function BrokenPage() {
  return <Away error={useRouteError()} onRetry={() => location.reload()} />;
}
