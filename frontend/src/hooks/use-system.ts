import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/client/api";
import { keys } from "./keys";

/** The installation as it is when it is asked; each look is a new question. */
export function useSystem() {
  return useQuery({ queryKey: keys.system, queryFn: () => body(api.GET("/api/v1/system")), staleTime: 0 });
}
