/** Everything that ends in a commit: each write answers with the operation to watch. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { intentKey } from "@/client/intent-key";
import type { Diff, Spec, Written } from "@/client/types";
import { keys } from "./keys";
import { useSettled } from "./use-settled";

export interface Deployment {
  owner?: string;
  spec: Spec;
  secrets: Record<string, string>;
}

export function useDeploy() {
  const remember = useRemember();
  return useMutation({
    mutationFn: async (deployment: Deployment) =>
      (await body(
        api.POST("/api/v1/bots", {
          body: { ...deployment, dry_run: false },
          headers: { "Idempotency-Key": intentKey() },
        }),
      )) as Written,
    onSuccess: remember,
  });
}

/** What deploying would commit, asked for while `wanted`; what is wrong with it comes as the error. */
export function useDeployPreview(deployment: Deployment, wanted: boolean) {
  const { owner, spec, secrets } = useSettled(deployment, 500);
  return useQuery({
    enabled: wanted,
    // Values of secrets are no part of the key; they change nothing of the diff.
    queryKey: ["preview", owner, JSON.stringify(spec), Object.keys(secrets).sort().join()],
    queryFn: async () => {
      const answer = await body(api.POST("/api/v1/bots", { body: { owner, spec, secrets, dry_run: true } }));
      return (answer as unknown as { diff: Diff }).diff;
    },
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
}

export interface Edit {
  patch: Spec;
  secrets: Record<string, string>;
  version: string | null;
}

export function usePreview(id: string) {
  return useMutation({
    mutationFn: async ({ patch, secrets }: Edit) => {
      const answer = await body(
        api.PATCH("/api/v1/bots/{id}", {
          params: { path: { id } },
          body: { spec: patch, secrets, dry_run: true },
        }),
      );
      return (answer as unknown as { diff: Diff }).diff;
    },
  });
}

export function useChange(id: string) {
  const remember = useRemember();
  return useMutation({
    mutationFn: async ({ patch, secrets, version }: Edit) =>
      (await body(
        api.PATCH("/api/v1/bots/{id}", {
          params: { path: { id } },
          headers: version ? { "If-Match": `"${version}"` } : {},
          body: { spec: patch, secrets, dry_run: false },
        }),
      )) as Written,
    onSuccess: remember,
  });
}

export type Act = { kind: "pause" | "resume" | "restart" | "delete" } | { kind: "rollback"; commit: string };

export function useAct(id: string) {
  const remember = useRemember();
  return useMutation({
    mutationFn: async (act: Act) => (await send(id, act)) as Written,
    onSuccess: remember,
  });
}

function send(id: string, act: Act) {
  const params = { path: { id } };
  switch (act.kind) {
    case "pause":
      return body(api.POST("/api/v1/bots/{id}/pause", { params }));
    case "resume":
      return body(api.POST("/api/v1/bots/{id}/resume", { params }));
    case "restart":
      return body(api.POST("/api/v1/bots/{id}/restart", { params }));
    case "delete":
      return body(api.DELETE("/api/v1/bots/{id}", { params }));
    case "rollback":
      return body(api.POST("/api/v1/bots/{id}/rollback", { params, body: { commit: act.commit } }));
  }
}

/** After a write: its operation is at hand, and what it changes is asked for anew. */
export function useRemember() {
  const cache = useQueryClient();
  return ({ operation }: Written) => {
    cache.setQueryData(keys.operation(operation.id), operation);
    if (operation.bot) void cache.invalidateQueries({ queryKey: keys.bot(operation.bot) });
  };
}
