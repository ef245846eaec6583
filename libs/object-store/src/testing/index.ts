export { findProgram } from "./find-program.ts";
export {
  buildVersitygw,
  findVersitygw,
  howToGetVersitygw,
  requireVersitygw,
  type S3Server,
  startVersitygw,
} from "./start-versitygw.ts";
