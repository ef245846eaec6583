import { isJsonList, type Json } from "@rollerblade/abids";
import { faultOfMetadata } from "@rollerblade/abids/metadata-value";

/** Letters that no vocabulary has: a term that lets this through lets any text through. */
const anyText = "Any text at all, 7f3a";

/** Codes of machines: capitals and digits, a few of them, between \, _ or blanks. */
const codes = /^(?:[A-Z0-9]{1,6}|NONE)(?:[\\_ /+-](?:[A-Z0-9]{1,6}|NONE|GEMS))*$/;

/** Words of which makers and converters make the names of sequences. */
const sequenceWords =
  /^(?:(?:multi(?:band|-?echo|slice)?|gradient|spin|stimulated|spoiled|steady|state|free|precession|echo|epi|planar|imaging|turbo|fast|field|flash|inversion|recovery|magnetization|prepared|rapid|mprage|mp2rage|space|tse|fse|tfe|gre|bold|diffusion|dti|dwi|asl|pcasl|pasl|casl|arterial|labeling|labelling|pulsed|continuous|pseudo-?continuous|3d|2d|swi|flair|ssfp|bssfp|spgr|bravo|cube|vista|fid|mosaic|ultrashort|zero|te|perfusion|weighted|t1|t2|t2\*|pd)[ -]?)+$/i;

/**
 * Forms of values that machines write into terms which may hold any text. A value of another form may have been typed by
 * somebody, and is taken out; so is every such term that does not stand here.
 */
const forms: ReadonlyMap<string, RegExp> = new Map([
  [
    "Manufacturer",
    /^(?:siemens(?: healthineers)?|ge(?: medical systems| healthcare)?|philips(?: medical systems| healthcare)?|canon(?: medical systems)?|toshiba|hitachi|fujifilm|uih|united imaging(?: healthcare)?|bruker(?: biospin)?|mediso|mr solutions|varian|agilent|esaote|time medical|cti|cps)$/i,
  ],
  ["ManufacturersModelName", /^[A-Za-z0-9][A-Za-z0-9 .+_/()-]{0,30}$/],
  [
    "BodyPart",
    /^(?:brain|head|neck|headneck|spine|cspine|tspine|lspine|wholebody|whole|body|chest|abdomen|pelvis|skull|orbit|pituitary|heart|knee|eye|iac)$/i,
  ],
  ["ScanningSequence", codes],
  ["SequenceVariant", codes],
  ["ScanOptions", codes],
  ["PulseSequenceType", sequenceWords],
  // *tfl3d1_16ns, epfid2d1_64, EFGRE3D: parts of a few letters.
  ["SequenceName", /^[*_]?[A-Za-z0-9]{1,9}(?:[_#.-][A-Za-z0-9]{1,8}){0,3}$/],
  [
    "SoftwareVersions",
    /^(?:syngo(?: MR)? [A-Z0-9 _-]{2,12}|(?:\d+\\)?(?:LX\\)?MR Software release:[A-Z0-9._]+|\d+(?:\.\d+){1,4}(?:\\\d+(?:\.\d+){0,4})*)$/,
  ],
  [
    "ReceiveCoilName",
    /^(?=.*(?:head|neck|coil|brain|body|spine|sense|multi|quad|birdcage|hea))[A-Za-z0-9 _,;:.()+/-]{1,32}$/i,
  ],
  ["ReceiveCoilActiveElements", /^[A-Z]{1,4}\d*(?:[-,;][A-Z]{0,4}\d+)*(?:[;,][A-Z]{1,4}\d*(?:[-,][A-Z]{0,4}\d+)*)*$/],
  ["CoilCombinationMethod", /^(?:sum of squares|adaptive combine|prescan normalize|rsos|svd)$/i],
  ["MatrixCoilMode", /^(?:sense|grappa|auto|cp|dual|triple|slice-grappa|caipirinha|none)$/i],
  ["ParallelAcquisitionTechnique", /^(?:sense|grappa|asset|arc|smash|space-?rip|mSENSE|ipat|c?sense|none)$/i],
  ["WaterSuppressionTechnique", /^[A-Z0-9 -]{1,12}$/],
  ["ResonantNucleus", /^\d{1,3}[A-Z][a-z]?$/],
  ["TracerRadionuclide", /^[A-Z]?[a-z]?-?\d{1,3}|\d{1,3}[A-Z][a-z]?$/],
  ["TracerName", /^[\][0-9A-Za-z-]{1,12}$/],
  ["ModeOfAdministration", /^(?:bolus|infusion|bolus-infusion)$/i],
  ["TimeZero", /^\d\d:\d\d:\d\d$/],
  ["AcquisitionMode", /^(?:list mode|listmode|frame|sinogram)$/i],
  [
    "AttenuationCorrection",
    /^(?:none|no|\d*-?min(?:ute)? transmission|ct|mr|measured|calculated|[A-Za-z0-9 .,-]{1,20})$/i,
  ],
  ["ReconMethodName", /^(?:fbp|osem|3d-?osem|op-osem|3d-rp|psf|tof|vue point|[A-Z0-9+-]{2,12})$/i],
]);

/** Units are a few letters: `MBq`, `mCi/ug`. */
const unit = /^[A-Za-zµμ/%^0-9·*]{1,12}$/;

/** Whether a term of BIDS may hold any text, so that its value may be somebody's words. */
const isOpen = (term: string): boolean => {
  const known = open.get(term);
  if (known !== undefined) return known;
  const is = faultOfMetadata(term, anyText) === null || faultOfMetadata(term, [anyText]) === null;
  open.set(term, is);
  return is;
};
const open = new Map<string, boolean>();

/**
 * Whether a value with texts in it is one that a machine or a vocabulary wrote: it is valid, and where its term takes any text, it has
 * a form that machines write.
 */
export const isMachineValue = (term: string, value: Json): boolean => {
  if (faultOfMetadata(term, value) !== null) return false;
  if (!isOpen(term)) return true;
  const form = forms.get(term) ?? (term.endsWith("Units") ? unit : undefined);
  const texts = isJsonList(value) ? value : [value];
  return form !== undefined && texts.every((text) => typeof text === "string" && form.test(text));
};
