import { MakeToken } from "@/components/Tokens/MakeToken";
import { TokenRow } from "@/components/Tokens/TokenRow";
import { Listing } from "@/components/ui/Listing";
import { PageHead } from "@/components/ui/PageHead";
import { useTitle } from "@/hooks/use-title";
import { useTokens } from "@/hooks/use-tokens";

export function TokensPage() {
  useTitle("API tokens");
  const tokens = useTokens();
  return (
    <div className="mx-auto grid grid-cols-1 w-full max-w-text gap-5 py-7 sm:py-10">
      <PageHead title="API tokens">
        For the command line, for Git and for your own programs. Each does what you may, within its scopes.
      </PageHead>
      <MakeToken />
      <Listing
        label="Tokens"
        query={tokens}
        empty="There are no tokens yet."
        row={(token) => <TokenRow token={token} />}
      />
    </div>
  );
}
