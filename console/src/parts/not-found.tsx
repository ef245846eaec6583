import { Link } from "react-router";

/** What an address shows at which there is nothing, or nothing that this person may see: both look the same. */
export const NotFound = () => (
  <section>
    <h1>There is nothing here</h1>
    <p>
      This address shows nothing to you: it may be mistyped, what it showed may be gone, or it was never shared with
      you. <Link to="/">Go home</Link>.
    </p>
  </section>
);
