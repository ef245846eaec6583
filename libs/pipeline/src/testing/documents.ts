/** The document of the demo. */
export const demo = `
datasets: [demo*]
rules:
  - name: mask
    on: {scan: {suffix: T1w}}
    run: {analysis: brain-mask, version: ^1}
  - name: volumes
    on: {derivative: {analysis: brain-mask, output: mask}}
    run: {analysis: tissue-volumes, version: ^1}
  - name: report
    on: {derivative: {analysis: tissue-volumes}}
    join: {by: [dataset], need: [{analysis: tissue-volumes, output: volumes}], complete: all}
    run: {analysis: group-report, version: ^1}
`;

/** The same with a condition on the volumes. */
export const adults = demo.replace(
  "    run: {analysis: tissue",
  "    when: subject.age >= 18\n    run: {analysis: tissue",
);

/** The same with another completeness of the group. */
export const completeWhen = (complete: string, document = demo): string =>
  document.replace("complete: all", `complete: ${complete}`);

/** The same with parameters for the mask. */
export const threshold = (value: number): string =>
  demo.replace(
    "{analysis: brain-mask, version: ^1}",
    `{analysis: brain-mask, version: ^1, parameters: {threshold: ${value}}}`,
  );
