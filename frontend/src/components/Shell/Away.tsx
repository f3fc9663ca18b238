import { toProblem } from "@/client/problem";
import { Button } from "@/components/ui/Button";
import { Prose } from "@/components/ui/Prose";
import { Brand } from "./Brand";

/** Nothing answers: says so, and what to look at. */
export function Away({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { title, detail, next_step: next } = toProblem(error);
  return (
    <main className="mx-auto grid min-h-dvh max-w-narrow content-center gap-6 px-5">
      <Brand />
      <div role="alert" className="grid gap-3">
        <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
        {[detail, next].map(
          (text) =>
            text &&
            text !== title && (
              <p key={text} className="break-words text-soft">
                <Prose text={text} />
              </p>
            ),
        )}
      </div>
      <div>
        <Button icon="restart" onClick={onRetry}>
          Try again
        </Button>
      </div>
    </main>
  );
}
