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
    <div className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <PageHead title="API tokens">
        For the command line, for Git and for your own programs. Each does what you may, within its scopes.
      </PageHead>
      <div className="grid grid-cols-1 items-start gap-5 md:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid grid-cols-1 gap-5">
          <Listing
            label="Tokens"
            query={tokens}
            empty="There are no tokens yet."
            row={(token) => <TokenRow token={token} />}
          />
        </div>
        {/* Not before the list, which would push it away on a narrow screen. */}
        {!tokens.isPending && <MakeToken />}
      </div>
    </div>
  );
}
