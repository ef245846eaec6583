type ChosenColumnsProps = {
  readonly columns: readonly string[];
  readonly onChange: (names: readonly string[]) => void;
};

/** The columns that somebody has chosen, each with a button that takes it out. */
export const ChosenColumns = ({ columns, onChange }: ChosenColumnsProps) =>
  columns.map((name) => (
    <button
      key={name}
      type="button"
      className="quiet"
      aria-label={`Remove the column ${name}`}
      onClick={() => onChange(columns.filter((one) => one !== name))}
    >
      {name} ✕
    </button>
  ));
