import { LetIn } from "@/components/Users/LetIn";
import { UserRow } from "@/components/Users/UserRow";
import { Listing } from "@/components/ui/Listing";
import { PageHead } from "@/components/ui/PageHead";
import { useMe } from "@/hooks/use-me";
import { useTitle } from "@/hooks/use-title";
import { useUsers } from "@/hooks/use-users";

export function UsersPage() {
  useTitle("People");
  const users = useUsers();
  const me = useMe().data?.user;
  const operator = me?.operator === true;
  return (
    <div className="grid grid-cols-1 gap-5 py-7 sm:py-10">
      <PageHead title="People">
        {operator ? "Who may sign in here." : "You; an operator sees everybody and lets people in."}
      </PageHead>
      <div
        className={`grid grid-cols-1 items-start gap-5 ${operator ? "md:grid-cols-[minmax(0,1fr)_22rem]" : ""}`}
      >
        <div className="grid grid-cols-1 gap-5">
          <Listing
            label="People"
            query={users}
            empty="There is nobody."
            row={(user) => <UserRow user={user} self={user.name === me?.name} operator={operator} />}
          />
        </div>
        {/* Not before the list, which would push it away on a narrow screen. */}
        {operator && !users.isPending && <LetIn />}
      </div>
    </div>
  );
}
