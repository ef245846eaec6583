import { usePageTitle } from "../../parts/use-page-title.ts";
import { DeadLetters } from "./dead-letters.tsx";
import { EventsTail } from "./events-tail.tsx";
import { Services } from "./services.tsx";

/** How the installation is: services, what waits, what could not be handled, and what happens now. */
const Operations = () => {
  usePageTitle("Operations");
  return (
    <>
      <h1>Operations</h1>
      <div className="panels">
        <Services />
        <DeadLetters />
      </div>
      <EventsTail />
    </>
  );
};

export default Operations;
