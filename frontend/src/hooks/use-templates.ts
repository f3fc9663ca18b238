import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import type { Template } from "@/client/types";
import { keys } from "./keys";

export function useTemplates() {
  return useQuery({
    queryKey: keys.templates,
    queryFn: async () => (await body(api.GET("/api/v1/templates"))).items as Template[],
    staleTime: Number.POSITIVE_INFINITY,
  });
}
