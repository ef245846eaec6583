export { type NewAsset, sendAsset } from "./assets/send-asset.ts";
export { type FindingCounts, type ReportedImport, reportDataset } from "./check/report-dataset.ts";
export {
  type DownloadCounts,
  type DownloadOptions,
  type DownloadProgress,
  type DownloadReport,
  downloadFiles,
} from "./download/download-files.ts";
export { downloadQuery, type ExportOptions, exportDataset, type QuerySelection } from "./download/export-dataset.ts";
export type { PlaceOptions } from "./download/place-file.ts";
export { addressOf, type ImportReport, importDataset } from "./import/import-dataset.ts";
export type { ImportOptions, ImportProgress } from "./import/import-options.ts";
export type { SentContents } from "./import/send-files.ts";
export { type UploadFile, type UploadOptions, uploadScan } from "./import/upload-scan.ts";
export { type WatchOptions, watchChanges } from "./import/watch-changes.ts";
