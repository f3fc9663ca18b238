import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { keys } from "./keys";

/** The installation as it is when it is asked; each look is a new question. */
export function useSystem() {
  return useQuery({ queryKey: keys.system, queryFn: () => body(api.GET("/api/v1/system")), staleTime: 0 });
}

/** The machine as `botyard doctor` sees it; for operators. */
export function useChecks(enabled: boolean) {
  return useQuery({
    enabled,
    queryKey: keys.checks,
    queryFn: async () => (await body(api.GET("/api/v1/system/checks"))).items,
    staleTime: 0,
  });
}
