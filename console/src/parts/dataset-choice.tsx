type DatasetChoiceProps = {
  readonly datasets: readonly { readonly name: string }[];
  readonly value: string;
  readonly onChange: (name: string) => void;
};

/** Chooses one of the datasets that somebody may read. */
export const DatasetChoice = ({ datasets, value, onChange }: DatasetChoiceProps) => (
  <label>
    Dataset{" "}
    <select value={value} onChange={({ target }) => onChange(target.value)}>
      {datasets.map(({ name }) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  </label>
);
