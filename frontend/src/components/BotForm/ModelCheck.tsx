import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, body } from "@/client/api";
import type { ModelSpec } from "@/client/types";
import { Button } from "@/components/ui/Button";
import { useSettled } from "@/hooks/use-settled";
import { Verdict } from "./Verdict";

interface Props {
  model: ModelSpec;
  typedKey: string;
}

/** Asks the model for one word: at once when a key has been pasted, else when wanted. */
export function ModelCheck({ model, typedKey }: Props) {
  const { mutate, reset, ...check } = useMutation({
    mutationFn: (key: string) =>
      body(api.POST("/api/v1/checks/model", { body: { model: { ...model }, key: key || null } })),
    // The key is not kept in the page's memory.
    gcTime: 0,
  });
  const ready = Boolean(model.name && (model.provider === "openai" || model.base_url));
  const pasted = useSettled(typedKey.trim());
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each key, not for each letter of a name.
  useEffect(() => {
    reset();
    if (pasted && ready) mutate(pasted);
  }, [pasted]);
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button size="small" busy={check.isPending} disabled={!ready} onClick={() => mutate(typedKey.trim())}>
        Test the model
      </Button>
      <Verdict
        asking={check.isPending ? "Asking the model …" : null}
        checked={check.data}
        error={check.error}
        fine="It answers."
      />
    </div>
  );
}
