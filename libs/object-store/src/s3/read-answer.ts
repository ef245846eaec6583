import { XMLParser } from "fast-xml-parser";
import { z } from "zod";
import type { ListedObject } from "../object-store.ts";

/** One page of a bucket's list. */
export type Listing = { readonly objects: readonly ListedObject[]; readonly truncated: boolean };

/**
 * Keeps text as it is: a key may be `1e3`, or begin with a space. Entities are expanded without a limit, since a page has two quotes around
 * each of its 1000 ETags; S3 answers define none of their own.
 */
const parser = new XMLParser({
  htmlEntities: true,
  ignoreAttributes: true,
  isArray: (_name, path) => path === "ListBucketResult.Contents",
  parseTagValue: false,
  processEntities: {
    enabled: true,
    maxTotalExpansions: Number.POSITIVE_INFINITY,
    maxExpandedLength: Number.POSITIVE_INFINITY,
  },
  trimValues: false,
});

const time = z
  .string()
  .optional()
  .transform((text) => {
    const parsed = new Date(text ?? "");
    return Number.isNaN(parsed.getTime()) ? undefined : parsed;
  });

/** Text between elements is white space, of which the parser makes a property, or the whole of an empty element. */
const orEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (typeof value === "string" ? {} : value), schema);

const listingAnswer = z.object({
  ListBucketResult: orEmpty(
    z.object({
      EncodingType: z.string().optional(),
      IsTruncated: z.string().optional(),
      Contents: z
        .array(z.object({ Key: z.string(), Size: z.string(), ETag: z.string().optional(), LastModified: time }))
        .optional(),
    }),
  ),
});

const copyAnswer = z.object({ CopyObjectResult: orEmpty(z.object({ LastModified: time })) });

const errorAnswer = z.object({ Error: z.object({ Message: z.string() }) });

/**
 * Reads the answer of ListObjectsV2. Keys are URL-encoded when the answer says so, which not every server does.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export const readListing = (xml: string): Listing => {
  const { EncodingType, IsTruncated, Contents = [] } = listingAnswer.parse(parser.parse(xml)).ListBucketResult;
  const decode = (key: string): string => (EncodingType === "url" ? decodeURIComponent(key.replaceAll("+", " ")) : key);
  const objects = Contents.map(({ Key, Size, ETag = "", LastModified }) => {
    const etag = ETag.replaceAll('"', "");
    return {
      key: decode(Key),
      size: Number(Size),
      ...(etag !== "" && { etag }),
      ...(LastModified !== undefined && { modified: LastModified }),
    };
  });
  return { objects, truncated: IsTruncated === "true" };
};

/** Reads when an object was last changed from the answer of CopyObject; undefined where the server leaves it out. */
export const readCopyTime = (xml: string): Date | undefined =>
  copyAnswer.safeParse(parser.parse(xml)).data?.CopyObjectResult.LastModified;

/** Reads the message of an error; undefined for an answer that is none. */
export const readErrorMessage = (answer: string): string | undefined => {
  try {
    return errorAnswer.safeParse(parser.parse(answer)).data?.Error.Message;
  } catch {
    // A proxy's page, for example.
    return undefined;
  }
};
