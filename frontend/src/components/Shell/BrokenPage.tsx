import { Component, type ReactNode } from "react";
import { useLocation } from "@/router";
import { Away } from "./Away";

/** Shows in place of what is inside a mistake of the page, or a part of it that could not be loaded after an update. */
export function BrokenPage({ children }: { children: ReactNode }) {
  return <Boundary place={useLocation().key}>{children}</Boundary>;
}

interface Props {
  place: string;
  children: ReactNode;
}

interface State {
  error: unknown;
  place: string;
}

class Boundary extends Component<Props, State> {
  override state: State = { error: null, place: this.props.place };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ place }: Props, state: State): State | null {
    // Elsewhere it may be whole.
    return place === state.place ? null : { error: null, place };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error ? <Away error={error} onRetry={() => location.reload()} /> : this.props.children;
  }
}
