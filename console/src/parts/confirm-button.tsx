import { useState } from "react";

type ConfirmProps = {
  readonly title: string;
  /** What is about to happen. */
  readonly question: string;
  readonly onConfirm: () => void;
  readonly isDisabled?: boolean;
};

/** A button for what cannot be undone: it asks once more, in its own place, before it does it. */
export const ConfirmButton = ({ title, question, onConfirm, isDisabled = false }: ConfirmProps) => {
  const [isAsking, setAsking] = useState(false);
  if (!isAsking)
    return (
      <button type="button" className="quiet" disabled={isDisabled} onClick={() => setAsking(true)}>
        {title}
      </button>
    );
  const confirm = (): void => {
    setAsking(false);
    onConfirm();
  };
  return (
    <fieldset className="confirm">
      <legend>{question}</legend>
      <button type="button" onClick={confirm}>
        {title}
      </button>{" "}
      <button type="button" className="quiet" onClick={() => setAsking(false)}>
        Keep
      </button>
    </fieldset>
  );
};
