import { catalogRoutes } from "@rollerblade/client";
import { useId } from "react";
import { useRoute } from "../api/use-route.ts";

type FieldInputProps = { readonly label: string; readonly value: string; readonly onChange: (name: string) => void };

/** Takes the name of a field, and offers those that there are. */
export const FieldInput = ({ label, value, onChange }: FieldInputProps) => {
  const id = useId();
  const fields = useRoute(catalogRoutes.listFields, { query: {} });
  return (
    <label>
      {label} <input list={id} value={value} onChange={({ target }) => onChange(target.value)} />
      <datalist id={id}>
        {fields.data?.items.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
};
