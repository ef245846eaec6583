import { type Fields, imageFields } from "@rollerblade/query";

/**
 * What expressions of a mapping can ask of an image: `capture` (of the pattern of its rule), `file`, `series` (headers of
 * DICOM), `sidecar` (the JSON of `dcm2niix`, or that beside a file), `image` (the header), `table` (rows of its person, by
 * the name of the table), `subject` and `session`.
 */
export const mappingFields: Fields = {
  known: {
    "file.path": "text",
    "file.name": "text",
    "file.folder": "text",
    "file.size": "number",
    "subject.label": "text",
    "subject.source": "text",
    "session.label": "text",
    "session.source": "text",
    ...imageFields,
    "series.SeriesDescription": "text",
    // The same in lower case, for conditions.
    "series.description": "text",
    "series.ProtocolName": "text",
    "series.StudyDescription": "text",
    "series.PatientID": "text",
    "series.PatientSex": "text",
    "series.PatientAge": "number",
    "series.StudyDate": "text",
    "series.SeriesNumber": "number",
    "series.Modality": "text",
    "series.Manufacturer": "text",
    "series.ImageType": "dynamic",
    "series.files": "number",
    "series.part": "text",
  },
  open: ["capture", "series", "sidecar", "table"],
};

/** What a condition on rows of a table can ask. */
export const rowFields: Fields = { known: {}, open: ["row"] };

/** What a fieldmap's conditions can ask of planned images: their names and metadata. */
export const targetFields: Fields = {
  known: { "target.suffix": "text", "target.datatype": "text", "target.path": "text" },
  open: ["target", "metadata"],
};
